"""The log lines of the pipeline have the documented fields, in two formats, and no personal data."""

import json
import logging
import os
import subprocess
import sys
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from tests.dags.change_log import NOON, created, task, updated, user
from tests.dags.insights import Pipeline
from todo_insights.catalog.stores import open_stores
from todo_insights.core.hours import Hour
from todo_insights.core.logs import JsonFormatter, LogEntry
from todo_insights.core.settings import Settings
from todo_insights.hourly.extract import Changes
from todo_insights.metrics.publish import publish
from todo_insights.metrics.run import of_run

HOUR = Hour(NOON)
DAGS = Path(__file__).parents[3] / "dags"
SECRETS = ("Zaphod", "zaphod@example.com", "towel", "improbable", "heart-of-gold")
FIELDS = {
    "timestamp",
    "level",
    "message",
    "component",
    "operation",
    "status",
    "duration_ms",
    "window",
    "table",
    "rows",
    "run_id",
    "metadata",
}


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Any:
    """Return a function that returns the JSON objects of all lines logged so far."""
    caplog.set_level(logging.INFO, "todo_insights")
    return lambda: [json.loads(JsonFormatter().format(record)) for record in caplog.records]


@pytest.fixture
def pipeline(settings: Settings, changes: Changes) -> Pipeline:
    return Pipeline(settings, changes.database, HOUR.end + timedelta(minutes=10))


def test_hour_logs_one_line_per_step(pipeline: Pipeline, lines: Any) -> None:
    pipeline.insert([created(user()), created(task())])
    pipeline.publish(HOUR)
    processed, published = lines()
    assert processed.keys() >= {"timestamp", "run_id", "duration_ms", "rows", "window"}
    assert {**processed, **published}.keys() <= FIELDS
    assert [(each["operation"], each["window"], each["rows"]) for each in (processed, published)] == [
        ("process", str(HOUR), 2),
        ("publish", str(HOUR), 2),
    ]
    assert {each["component"] for each in (processed, published)} == {"etl"}
    assert published["metadata"]["gold_user_activity"] == "published"


def test_rejects_are_logged_as_warning_by_reason(pipeline: Pipeline, lines: Any) -> None:
    newer = [
        created(task(_id=f"new{each}"), schema_version=2, request_id=f"request-{each}") for each in range(2)
    ]
    odd = created(task(_id="odd", status="done"), request_id="zaphod@example.com")
    pipeline.insert([created(user()), *newer, odd])
    pipeline.publish(HOUR)
    (warning,) = [line for line in lines() if line["level"] == "WARNING"]
    assert (warning["table"], warning["rows"]) == ("silver_rejects", 3)
    assert sorted(warning["metadata"].pop("request_ids")) == ["request-0", "request-1"]
    assert warning["metadata"] == {"schema_version is not 1": 2, "unknown after.status": 1}


def test_lines_hold_no_personal_data(pipeline: Pipeline, lines: Any) -> None:
    """The values of personal fields must not be logged, neither of accepted nor of rejected changes."""
    words: dict[str, Any] = {"title": SECRETS[2], "description": SECRETS[3], "tags": [SECRETS[4]]}
    person = user(name=SECRETS[0], email=SECRETS[1])
    good = task(**words)
    pipeline.insert(
        [
            created(person),
            created(good),
            updated(good, status=SECRETS[2]),
            created(task(_id="a", **words | {"tags": SECRETS[4]})),
            created(task(_id="b", **words, due_date=SECRETS[3])),
            created(task(_id="c", **words), schema_version=SECRETS[0]),
            created(task(_id="d", **words), time_zone=SECRETS[2]),
            created(task(_id="e", **words)) | {"before": SECRETS[2]},
            created(task(_id="f", **words), at=SECRETS[3]),
        ]
    )
    pipeline.publish(HOUR)
    pipeline.write(HOUR)
    stores = open_stores(pipeline.settings)
    found = of_run([], 0, stores, pipeline.database.changes, pipeline.settings, 1.0, pipeline.now)
    publish(found, pipeline.settings, None, pipeline.now)
    text = json.dumps(lines())
    assert "silver_rejects" in text
    assert [word for word in SECRETS if word.lower() in text.lower()] == []


def test_exception_is_logged_without_its_message() -> None:
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    logger = logging.Logger("etl")
    logger.addHandler(handler)
    try:
        raise ValueError(SECRETS[0])
    except ValueError:
        logger.exception(LogEntry("broken", "process", status="error"))
    line = json.loads(stream.getvalue())
    assert (line["exception"], line["status"]) == ("ValueError", "error")
    assert SECRETS[0] not in stream.getvalue()


def test_text_format_shows_message_and_fields() -> None:
    line = LogEntry("hour published", "publish", window="2026-11-20T12", rows=3)
    text = '{"operation": "publish", "status": "success", "window": "2026-11-20T12", "rows": 3}'
    assert str(line) == f"hour published {text}"


def command(settings: Settings, log_format: str) -> "subprocess.CompletedProcess[str]":
    """Process one hour on the command line with this value of LOG_FORMAT."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(DAGS),
        "MONGODB_URI": settings.mongodb_uri or "",
        "MONGODB_DATABASE": settings.mongodb_database,
        "LAKE_URI": settings.catalog_uri.removesuffix("/catalog.sqlite"),
        "LOG_FORMAT": log_format,
    }
    hours = ("--from", str(HOUR), "--to", str(HOUR.next))
    return subprocess.run(
        [sys.executable, "-m", "todo_insights", "run", *hours],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_command_line_logs_json_when_asked(settings: Settings, changes: Changes) -> None:
    changes.insert_many([created(user()), created(task(status="done"))])
    ran = command(settings, "json")
    lines = [json.loads(line) for line in ran.stderr.splitlines() if line.startswith("{")]
    assert [line["message"] for line in lines[:3]] == [
        "slice processed",
        "changes rejected",
        "hour published",
    ]
    assert ran.stdout.startswith("1 hour, 2 changes, 1 reject, ")


def test_command_line_logs_nothing_by_default(settings: Settings, changes: Changes) -> None:
    changes.insert_many([created(user()), created(task(status="done"))])
    assert "{" not in command(settings, "text").stderr


def test_unknown_log_format_is_an_error(settings: Settings) -> None:
    ran = command(settings, "loud")
    assert (ran.returncode, "LOG_FORMAT is 'loud'" in ran.stderr) == (2, True)
