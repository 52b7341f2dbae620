"""Counters are shared by the processes of one or all machines; a killed process loses no count."""

import os
import signal
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from threading import Barrier

import pytest
from flask import Flask

from tests.processes import PROCESSES, Run, four_processes, in_threads
from tests.webapp.conftest import MovableClock
from webapp.core.clock import utc_now
from webapp.core.settings import Settings
from webapp.database.connection import Database
from webapp.http.context import services
from webapp.limits import counters


def test_too_many_callers_reset_all_counts(
    memory: Path, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counters, "MAP_BYTES", 256 * 1024)
    counter = counters.MachineCounter(memory / "small", clock)
    assert max(counter.hit(f"caller-{number}", 60, 9).used for number in range(5000)) == 1
    assert counter.hit("caller-4999", 60, 9).used == 2


def test_inactive_callers_are_deleted(memory: Path, clock: MovableClock) -> None:
    counter = counters.MachineCounter(memory / "swept", clock)
    for number in range(3000):
        counter.hit(f"caller-{number * 7919 % 3000}", 60, 9)
        clock.advance(seconds=1)
    kept = counters._environment(memory / "swept", os.getpid()).stat()["entries"]
    assert kept < 200


@pytest.mark.parametrize("seconds", [-3600, 3600])
def test_window_ends_after_a_jump_of_the_clock(memory: Path, clock: MovableClock, seconds: int) -> None:
    """If the clock is set back, a caller must not stay blocked until the clock shows the old time again."""
    counter = counters.MachineCounter(memory / "jump", clock)
    counter.hit("caller", 60, 9)
    clock.advance(seconds=seconds)
    assert counter.hit("caller", 60, 9) == counters.Window(1, 60.0)


def test_threads_that_count_at_once_open_the_file_once(
    memory: Path, clock: MovableClock, caplog: pytest.LogCaptureFixture
) -> None:
    """LMDB cannot open a file twice in a process. Each attempt uses a new counter, as in a new worker."""
    for attempt in range(20):
        together, counter = Barrier(8), counters.MachineCounter(memory / f"new-{attempt}", clock)
        shared = counters.FallbackCounter(counter, lambda: counters.StorageCounter("memory://"))

        def hit(_: int, together: Barrier = together, shared: counters.Counter = shared) -> int:
            together.wait()
            return shared.hit("caller", 60, 9).used

        assert sorted(in_threads(8, hit)) == list(range(1, 9))
    assert caplog.text == ""


HITS = 500


def hit_machine(app: Flask, folder: str) -> int:
    """Count HITS requests of one caller without a pause; returns the highest count."""
    counter = counters.MachineCounter(Path(folder), utc_now)
    return max(counter.hit("caller", 3600, 1).used for _ in range(HITS))


def hit_database(app: Flask) -> list[int]:
    """Count five requests of one caller, each in its own thread; returns the counts."""
    counter = counters.DatabaseCounter(services(app).database, utc_now)
    return in_threads(5, lambda _: counter.hit("caller", 3600, 1000).used)


def hit_and_die(app: Flask, folder: str) -> int:
    """Kill a child process while it writes and holds the lock; then count like `hit_machine`."""
    child = os.fork()
    if child == 0:
        opened = counters._environment(Path(folder), os.getpid())
        transaction = opened.begin(write=True)
        transaction.put(b"caller", b"torn")
        os.kill(os.getpid(), signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    return hit_machine(app, folder)


@pytest.fixture(scope="module")
def in_processes() -> Iterator[Run]:
    with four_processes() as run:
        yield run


@pytest.mark.parametrize("hit", [hit_machine, hit_and_die])
def test_four_processes_count_every_request(
    in_processes: Run, settings: Settings, memory: Path, hit: Callable[..., int]
) -> None:
    """All requests are counted, even if other processes are killed during a write."""
    highest = in_processes(hit, settings, str(memory / hit.__name__))
    assert max(highest) == PROCESSES * HITS


def test_four_processes_count_every_sign_in(
    in_processes: Run, settings: Settings, database: Database
) -> None:
    counted = sorted(chain.from_iterable(in_processes(hit_database, settings)))
    assert counted == list(range(1, PROCESSES * 5 + 1))
