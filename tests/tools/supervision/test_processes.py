"""Child processes: an error shows the log of the process, and a stop also ends all descendants."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tools import ToolError
from tools.data_folder import ROOT
from tools.supervision.processes import Service

Start = Callable[[str], Service]
PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[Service] = []

    def run(script: str) -> Service:
        command = [sys.executable, "-c", script]
        started.append(Service.start("The example", command, os.environ, tmp_path / "example.log"))
        return started[-1]

    yield run
    for service in started:
        if service.process.poll() is None:
            service.stop()


def test_error_shows_log_of_ended_service(start: Start) -> None:
    service = start("import sys; print('no such database'); sys.exit(3)")
    with pytest.raises(ToolError, match=r"(?s)ended unexpectedly \(exit status 3\).*no such database"):
        service.wait_until(lambda: False, seconds=10)


def test_slow_service_times_out(start: Start) -> None:
    service = start("import time; print('starting', flush=True); time.sleep(60)")
    started_at = time.monotonic()
    with pytest.raises(ToolError, match="was not ready after 1 s"):
        service.wait_until(lambda: False, seconds=1)
    assert time.monotonic() - started_at < 5


def test_interrupted_start_leaves_no_process(start: Start) -> None:
    def interrupted() -> bool:
        raise KeyboardInterrupt

    service = start("import time; time.sleep(60)")
    with pytest.raises(KeyboardInterrupt):
        service.require_ready(interrupted, seconds=10)
    assert not service.processes()


def test_running_service_has_not_ended(start: Start) -> None:
    service = start("import time; time.sleep(60)")
    service.wait_until(lambda: True, seconds=1)
    assert service.ending() is None


def test_stop_ends_grandchildren_too(start: Start) -> None:
    service = start(PARENT)
    service.wait_until(lambda: service.log.read_text().endswith("\n"), seconds=10)
    grandchild = psutil.Process(int(service.log.read_text()))
    service.stop()
    assert service.process.returncode is not None
    assert not grandchild.is_running()


def test_ended_service_can_be_stopped(start: Start) -> None:
    service = start("pass")
    service.process.wait(timeout=10)
    service.stop()


def test_service_dies_with_its_killed_supervisor(tmp_path: Path) -> None:
    supervisor = (
        "import os, sys; from pathlib import Path; from tools.supervision.processes import Service;"
        f"service = Service.start('x', ['sleep', '60'], os.environ, Path({str(tmp_path / 'log')!r}));"
        "print(service.process.pid, flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", supervisor]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as parent:
        assert parent.stdout is not None
        service = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    deadline = time.monotonic() + 10
    # In a container without an init process, no process reaps orphans, so an ended process remains as a
    # zombie.
    while service.is_running() and service.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.05)
