"""`python -m tools api`: starts, serves requests, locks its folder, and stops cleanly."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tools.data_folder import ROOT
from tools.ports import free_port
from tools.services import database

VARIABLES = ("MONGODB_URI", "LAKE_URI", "MONGODB_PORT", "PORT")


def environment(data: Path, port: int) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    return {**kept, "DATA_DIR": str(data), "PORT": str(port)}


def start(data: Path, port: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "tools", "api"],
        cwd=ROOT,
        env=environment(data, port),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture
def api(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    port = free_port()
    with start(tmp_path, port) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "Ctrl-C" in line:
                break
        yield process, port
        if process.poll() is None:
            process.terminate()


def test_started_api_serves_until_interrupted(api: tuple[subprocess.Popen[str], int], tmp_path: Path) -> None:
    process, port = api
    assert requests.get(f"http://127.0.0.1:{port}/health/ready", timeout=5).json()["status"] == "ready"
    uri = database.uri(int((tmp_path / "database.port").read_text()))
    assert database.is_reachable(uri)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=30)
    assert (process.returncode, "All acknowledged changes are stored." in output) == (0, True)
    assert not database.is_reachable(uri)
    assert not (tmp_path / "database.port").exists()
    with pytest.raises(requests.ConnectionError):
        requests.get(f"http://127.0.0.1:{port}/health", timeout=5)


def test_second_start_in_same_folder_fails(api: tuple[subprocess.Popen[str], int], tmp_path: Path) -> None:
    with start(tmp_path, free_port()) as second:
        output, _ = second.communicate(timeout=30)
    assert second.returncode == 1
    assert f"uses {tmp_path}" in output
    assert requests.get(f"http://127.0.0.1:{api[1]}/health/ready", timeout=5).status_code == 200


def test_used_port_prevents_start(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        with start(tmp_path, port) as process:
            output, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert f"Port {port} is in use" in output
    assert "PORT=" in output
    assert "Traceback" not in output
