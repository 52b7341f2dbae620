"""Prometheus metrics include all processes of the API; `make top` shows requests, alarms and log lines."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.conftest import SECRET
from tests.serving import NO_LIMITS, Api, serving
from tools.data_folder import ROOT, DataFolder
from tools.services import database
from tools.signals.alarms import State, evaluate
from tools.supervision.ports import LOOPBACK, free_port

TASKS = "/api/v1/tasks"
SENT = 20


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    folder = DataFolder(tmp_path)
    folder.create()
    return folder


@pytest.fixture
def api(folder: DataFolder, mongodb_uri: str) -> Iterator[Api]:
    shared = folder.path / "prometheus"
    shared.mkdir()
    # A metrics file of an earlier process, which has ended.
    (shared / "counter_1.db").write_bytes(b"old")
    settings = {
        "METRICS_FILE": str(folder.metrics_file),
        "PROMETHEUS_MULTIPROC_DIR": str(shared),
        "MONGODB_DATABASE": "signals",
        "JWT_SECRET_KEY": SECRET,
    }
    with serving(folder, mongodb_uri, **settings, **NO_LIMITS) as api:
        yield api


def count(api: Api, route: str, status: int) -> float:
    text = requests.get(f"{api.url}/metrics", timeout=10).text
    found = re.search(rf'todo_requests_total{{route="{route}",status="{status}"}} (\S+)', text)
    return float(found[1]) if found else 0


def test_prometheus_counts_the_requests_of_all_processes(api: Api) -> None:
    # Each request opens a new connection, so that both processes serve some requests.
    for _ in range(SENT):
        api.send("GET", TASKS)
    deadline = time.monotonic() + 10
    while count(api, TASKS, 401) < SENT and time.monotonic() < deadline:
        time.sleep(0.2)
    assert count(api, TASKS, 401) == SENT


def top(folder: DataFolder, mongodb_uri: str) -> str:
    env = {
        **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        "COLUMNS": "160",
        "DATA_DIR": str(folder.path),
        "MONGODB_URI": mongodb_uri,
        "MONGODB_DATABASE": "top",
        "PYTHONPATH": f"{ROOT}:{ROOT / 'dags'}",
    }
    return subprocess.run(
        [sys.executable, "-m", "tools.top"], cwd=ROOT, env=env, capture_output=True, text=True, check=True
    ).stdout


def test_top_shows_requests_alarms_and_lines(folder: DataFolder, mongodb_uri: str) -> None:
    without_metrics = top(folder, mongodb_uri)
    settings = {"METRICS_FILE": str(folder.metrics_file), "JWT_SECRET_KEY": SECRET}
    with serving(folder, mongodb_uri, MONGODB_DATABASE="top", **settings, **NO_LIMITS) as api:
        for _ in range(SENT):
            api.send("GET", TASKS)
    # A process that ends writes the metrics of the current minute.
    shown = top(folder, mongodb_uri)

    assert re.search(r"│ ApiMetrics +│ .*docs/runbooks/alarms\.md#api-metrics", without_metrics)
    assert re.search(rf"│ {TASKS} +│ {SENT} ", shown)
    assert "Database\nanswers in" in shown
    assert "INFO Shutting down: Master" in shown


def test_unreachable_database_is_reported_with_the_reason() -> None:
    reason = database.problem(f"mongodb://{LOOPBACK}:{free_port()}")

    assert re.fullmatch(rf"{LOOPBACK}:\d+: .*Connection refused", reason)


@pytest.mark.parametrize(
    ("started", "state"), [(1000 - 14, State.NO_DATA), (1000 - 15, State.ALARM), (None, State.ALARM)]
)
def test_alarm_on_missing_data_waits_until_its_periods_have_passed(started: int | None, state: State) -> None:
    """A new product has no metrics yet: that is no failure, so operators must not see an alarm."""
    states = {each.title: each.state for each in evaluate({}, {"Requests"}, 1000, started)}

    assert states["ApiMetrics"] is state
