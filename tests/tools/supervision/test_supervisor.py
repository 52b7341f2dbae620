"""`python -m tools api` starts services, restarts dead or hanging services, and stops all processes."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest
import requests

from tools.data_folder import ROOT
from tools.services import api, database
from tools.supervision.ports import free_port

Served = tuple[subprocess.Popen[str], int]
VARIABLES = ("MONGODB_URI", "LAKE_URI", "MONGODB_PORT", "PORT")
# On a busy machine, a start takes several times the usual duration.
TIMEOUT_SECONDS = 120
# A part that hangs is restarted and killed soon.
IMPATIENT = {"UNHEALTHY_SECONDS": "2", "STOP_SECONDS": "2"}


def start(data: Path, port: int, **limits: str) -> subprocess.Popen[str]:
    kept = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "tools", "api"],
        cwd=ROOT,
        env={**kept, "DATA_DIR": str(data), "PORT": str(port), **limits},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@contextmanager
def serving(data: Path, **limits: str) -> Iterator[Served]:
    port = free_port()
    with start(data, port, **limits) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "Ctrl-C" in line:
                break
        yield process, port
        if process.poll() is None:
            process.terminate()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as opened:
        yield opened


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Path]]:
    """One run of the product with its data folder, for several tests; only the last test ends the run."""
    data = tmp_path_factory.mktemp("shared")
    with serving(data, **IMPATIENT) as opened:
        yield opened, data


def test_second_start_in_same_folder_fails(shared: tuple[Served, Path]) -> None:
    (_, port), data = shared
    with start(data, free_port()) as second:
        output, _ = second.communicate(timeout=TIMEOUT_SECONDS)
    assert second.returncode == 1
    assert f"uses {data}" in output
    assert requests.get(f"http://127.0.0.1:{port}/health/ready", timeout=30).status_code == 200


def processes_of(supervisor: subprocess.Popen[str]) -> list[psutil.Process]:
    """All descendants of the supervisor: the guardian, the services and their child processes."""
    return psutil.Process(supervisor.pid).children(recursive=True)


def service_of(supervisor: subprocess.Popen[str], command: str) -> psutil.Process:
    """The direct child of the supervisor that runs this command."""
    children = psutil.Process(supervisor.pid).children()
    (found,) = [each for each in children if any(command in part for part in each.cmdline())]
    return found


def wait_until_gone(processes: list[psutil.Process]) -> None:
    # In a container without an init process, no process reaps orphans, so an ended process remains as a
    # zombie.
    _, remaining = psutil.wait_procs(processes, timeout=0)
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while [each for each in remaining if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]:
        assert time.monotonic() < deadline, remaining
        time.sleep(0.2)


def read_until(process: subprocess.Popen[str], text: str) -> None:
    assert process.stdout is not None
    assert any(text in line for line in process.stdout), f"the output ended before {text!r}"


def wait_until_replaced(supervisor: subprocess.Popen[str], command: str, killed: psutil.Process) -> None:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    replaced = False
    while not replaced:
        assert time.monotonic() < deadline
        time.sleep(0.2)
        # The killed process is a zombie until the supervisor reads its exit status. Then the service has no
        # process until the supervisor starts the next one.
        with suppress(psutil.Error, ValueError):
            replaced = service_of(supervisor, command) != killed


def wait_until_ready(port: int) -> None:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not api.is_ready(port):
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_killed_database_is_restarted(shared: tuple[Served, Path]) -> None:
    process, port = shared[0]
    service_of(process, "nx-27017").kill()
    read_until(process, "The database ended unexpectedly (by signal SIGKILL). Restarting it.")
    wait_until_ready(port)


def test_hanging_api_is_restarted(shared: tuple[Served, Path]) -> None:
    process, port = shared[0]
    hanging = processes_of(process)
    for each in [service_of(process, "webapp"), *service_of(process, "webapp").children()]:
        each.suspend()
    read_until(process, "The API does not respond to GET /health")
    wait_until_ready(port)
    assert service_of(process, "webapp") not in hanging


def test_killed_guardian_is_replaced(shared: tuple[Served, Path]) -> None:
    process, _ = shared[0]
    first = service_of(process, "tools.supervision.guardian")
    first.kill()
    wait_until_replaced(process, "tools.supervision.guardian", first)


def test_api_serves_until_interrupted(shared: tuple[Served, Path]) -> None:
    (process, port), data = shared
    assert requests.get(f"http://127.0.0.1:{port}/health/ready", timeout=30).json()["status"] == "ready"
    uri = database.uri(int((data / "database.port").read_text()))
    assert database.is_reachable(uri, milliseconds=30_000)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=TIMEOUT_SECONDS)
    assert (process.returncode, "All acknowledged changes are stored." in output) == (0, True)
    assert not database.is_reachable(uri)
    assert not (data / "database.port").exists()
    with pytest.raises(requests.ConnectionError):
        requests.get(f"http://127.0.0.1:{port}/health", timeout=5)


def test_part_that_keeps_dying_stops_the_product(served: Served) -> None:
    process, port = served
    before = processes_of(process)
    for _ in range(3):
        killed = service_of(process, "webapp")
        killed.kill()
        read_until(process, "Restarting it.")
        wait_until_replaced(process, "webapp", killed)
        wait_until_ready(port)
    service_of(process, "webapp").kill()
    output, _ = process.communicate(timeout=TIMEOUT_SECONDS)
    assert process.returncode == 1
    assert "The API ended unexpectedly (by signal SIGKILL), after 3 restarts in ten minutes." in output
    wait_until_gone(before)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_nothing_outlives_the_supervisor(served: Served, number: signal.Signals) -> None:
    process, _ = served
    started = processes_of(process)
    assert len(started) >= 4
    process.send_signal(number)
    process.wait(TIMEOUT_SECONDS)
    wait_until_gone(started)


def test_used_port_prevents_start(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        with start(tmp_path, port) as process:
            output, _ = process.communicate(timeout=TIMEOUT_SECONDS)
    assert process.returncode == 1
    assert f"Port {port} is in use" in output
    assert "PORT=" in output
    assert "Traceback" not in output
