"""A soak detects memory growth after the warm-up; short peaks and short measurements are ignored."""

import os

import psutil
import pytest

from bench.soak.memory import MIB, Memory, trend


def series(growth_per_second: float, seconds: int) -> list[tuple[float, int]]:
    return [(float(at), int(80 * MIB + at * growth_per_second)) for at in range(0, seconds, 5)]


@pytest.mark.parametrize(("mib_in_10_minutes", "stable"), [(0, True), (3, True), (6, False), (60, False)])
def test_growth_after_warm_up_is_limited(mib_in_10_minutes: int, stable: bool) -> None:
    assert trend(1, series(mib_in_10_minutes * MIB / 600, 600)).is_stable is stable


def test_growth_during_warm_up_is_ignored() -> None:
    warming = [(float(at), (40 + at // 3) * MIB) for at in range(0, 120, 5)]
    stable = [(float(at), 80 * MIB) for at in range(120, 600, 5)]
    assert trend(1, warming + stable).percent == pytest.approx(0, abs=0.01)


def test_short_series_has_no_trend() -> None:
    found = trend(1, series(MIB, 200))
    assert (found.percent, found.is_stable) == (None, True)


def test_each_window_keeps_its_minimum() -> None:
    memory = Memory({os.getpid(): {0: 1}})
    memory.sample(4.9, [psutil.Process()])
    memory.sample(5.0, [psutil.Process()])
    windows = memory.series[os.getpid()]
    assert windows[0] == 1
    assert windows[1] > 1


def test_ended_process_is_skipped() -> None:
    ended = psutil.Popen(["true"])
    ended.wait()
    memory = Memory()
    memory.sample(0, [ended])
    assert memory.trends() == []
