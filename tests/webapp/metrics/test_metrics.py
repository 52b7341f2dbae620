"""The metrics of the API: the numbers of requests per minute, in the format that CloudWatch reads."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from pymongo.errors import AutoReconnect

from tests.webapp.conftest import PASSWORD, Person
from webapp.changes import ChangeLog
from webapp.changes.change import Change
from webapp.core.settings import Settings
from webapp.http.context import services
from webapp.metrics import MetricsPublisher, MetricsRecorder
from webapp.metrics.embedded import MAX_VALUES

TASKS = "/api/v1/tasks"
MINUTE = 60


class Published:
    """The metrics that CloudWatch extracts from the log lines: the values by metric name and dimensions."""

    def __init__(self, path: Path) -> None:
        self.values: dict[tuple[str, ...], list[float]] = {}
        self.times: set[int] = set()
        self.metrics: Counter[str] = Counter()
        for text in path.read_text().splitlines():
            self._extract(json.loads(text))

    def _extract(self, line: dict[str, Any]) -> None:
        self.times.add(line["_aws"]["Timestamp"])
        for directive in line["_aws"]["CloudWatchMetrics"]:
            assert directive["Namespace"] == "TodoApi/Api"
            for names in directive["Dimensions"]:
                for metric in directive["Metrics"]:
                    values = line[metric["Name"]]
                    values = values if isinstance(values, list) else [values]
                    assert 0 < len(values) <= 100
                    key = (metric["Name"], *(line[name] for name in names))
                    self.values.setdefault(key, []).extend(values)

    def total(self, *key: str) -> float:
        return sum(self.values[key])


class Clock:
    now = 1_000_000.0 * MINUTE

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "metrics.log"


def publisher(app: Flask, path: Path, clock: Clock) -> MetricsPublisher:
    settings = Settings("a" * 32, environment="dev", metrics_file=path)
    return MetricsPublisher(services(app).get(MetricsRecorder), settings, clock)


def test_minute_counts_requests_errors_and_events(ada: Person, app: Flask, path: Path) -> None:
    services(app).get(MetricsRecorder).take()
    metrics = publisher(app, path, clock := Clock())
    for _ in range(2):
        ada.send("POST", TASKS, {"title": "once"}, Idempotency_Key="the same")
    ada.send("GET", f"{TASKS}/unknown")
    ada.client.post("/api/v1/auth/login", json={"email": "ada@example.com", "password": f"{PASSWORD}!"})
    metrics.tick()
    assert not path.exists()
    clock.now += MINUTE
    metrics.tick()
    found = Published(path)
    assert found.times == {60_000_000_000}
    totals = {name: sum(values) for (name, *rest), values in found.values.items() if rest == ["dev"]}
    assert len(found.values["LatencyMs", "dev"]) == 4
    assert 0 < min(found.values["LatencyMs", "dev"]) < 10_000
    assert {**totals, "LatencyMs": 0} == {
        "Requests": 4,
        "Errors4xx": 2,
        "Errors5xx": 0,
        "LoginFailures": 1,
        "RateLimited": 0,
        "DatabaseErrors": 0,
        "IdempotentReplays": 1,
        "CommitConflicts": 0,
        "RollForwards": 0,
        "LatencyMs": 0,
    }
    routes = [key[2] for key in found.values if key[0] == "Requests" and key[2:]]
    by_route = {route: found.total("Requests", "dev", route) for route in routes}
    assert by_route == {TASKS: 2, f"{TASKS}/<task_id>": 1, "/api/v1/auth/login": 1}
    assert ("Errors5xx", "dev", TASKS) not in found.values


def test_interrupted_write_counts_as_roll_forward(
    ada: Person, app: Flask, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    metrics = publisher(app, path, Clock())

    def die(*arguments: Any) -> bool:
        raise AutoReconnect

    with monkeypatch.context() as patch:
        patch.setattr(ChangeLog, "roll_forward", die)
        failed = ada.send("POST", TASKS, {"title": "once"}, Idempotency_Key="the same")
    assert failed.status_code == 503
    assert ada.send("POST", TASKS, {"title": "once"}, Idempotency_Key="the same").status_code == 201
    metrics.close()
    found = Published(path)
    assert found.total("RollForwards", "dev") == found.total("IdempotentReplays", "dev") == 1
    assert found.total("DatabaseErrors", "dev") == found.total("Errors5xx", "dev", TASKS) == 1


def test_concurrent_write_counts_as_conflict(
    ada: Person, app: Flask, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = f"{TASKS}/{ada.send('POST', TASKS, {'title': 'once'}).json['id']}"
    metrics, append = publisher(app, path, Clock()), ChangeLog._append

    def append_second(log: ChangeLog, change: Change) -> None:
        """Let another request change the task after the tested request has read the task."""
        monkeypatch.setattr(ChangeLog, "_append", append)
        assert ada.send("PATCH", task, {"title": "first"}).status_code == 200
        append(log, change)

    monkeypatch.setattr(ChangeLog, "_append", append_second)
    written = ada.send("PATCH", task, {"title": "second"})
    assert (written.status_code, written.json["title"]) == (200, "second")
    metrics.close()
    assert Published(path).total("CommitConflicts", "dev") == 1


def test_distribution_keeps_every_duration(app: Flask, path: Path) -> None:
    recorder = services(app).get(MetricsRecorder)
    metrics = publisher(app, path, Clock())
    durations = [float(each) for each in range(2 * MAX_VALUES + 1)]
    for each in durations:
        recorder.request(TASKS, 200, each)
    metrics.close()
    found = Published(path)
    assert found.values["LatencyMs", "dev", TASKS] == found.values["LatencyMs", "dev"] == durations
    assert found.total("Requests", "dev", TASKS) == found.total("Requests", "dev") == len(durations)


def test_unwritable_file_is_logged_once_and_harms_no_request(
    ada: Person, app: Flask, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    metrics = publisher(app, tmp_path / "missing" / "metrics.log", clock := Clock())
    for _ in range(3):
        assert ada.send("GET", TASKS).status_code == 200
        clock.now += MINUTE
        metrics.tick()
    assert [each.getMessage() for each in caplog.records] == [
        "metrics cannot be written: No such file or directory"
    ]
