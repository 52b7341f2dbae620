"""The command `status`: the hours that it prints."""

import os
import pty
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta

from tests.dags.change_log import NOON, created, task
from tests.dags.cli.conftest import DAY, Cli, environment_of
from todo_insights.core.hours import Hour
from todo_insights.core.settings import Settings
from todo_insights.hourly.extract import Changes


def test_status_shows_published_and_missing_hours(cli: Cli, changes: Changes) -> None:
    changes.insert_one(created(task()))
    cli("run", "--from", "2026-11-20T12", "--to", "2026-11-20T13")
    lines = cli("status", *DAY).stdout.splitlines()
    assert [
        next(word for word in ("published", "missing") if word in line) for line in lines if "T1" in line
    ] == [
        "missing",
        "published",
        "missing",
    ]


def test_status_is_complete_in_a_narrow_terminal(cli: Cli, changes: Changes, settings: Settings) -> None:
    changes.insert_one(created(task()))
    cli("run", "--from", "2026-11-20T12", "--to", "2026-11-20T13")
    reader, terminal = pty.openpty()
    subprocess.run(
        [sys.executable, "-m", "todo_insights", "status", *DAY],
        env=environment_of(settings) | {"COLUMNS": "80", "TERM": "dumb"},
        stdout=terminal,
        check=True,
        timeout=60,
    )
    os.close(terminal)
    shown = os.read(reader, 100_000).decode()
    os.close(reader)
    assert max(map(len, shown.splitlines())) <= 80
    states = re.findall(r"(2026-11-20T\d\d) . (\w+) ", shown)
    assert states == [
        ("2026-11-20T11", "missing"),
        ("2026-11-20T12", "published"),
        ("2026-11-20T13", "missing"),
    ]


def test_hour_that_has_not_ended_is_in_progress_and_not_missing(cli: Cli, changes: Changes) -> None:
    hour = Hour.containing(datetime.now(UTC))
    ended = Hour.containing(hour.start - timedelta(hours=1))
    lines = cli("status", "--from", str(ended), "--to", str(hour.next)).stdout.splitlines()
    found = {str(each): line for each in (ended, hour) for line in lines if str(each) in line}
    assert "missing" in found[str(ended)]
    assert "in progress" in found[str(hour)]


def test_hours_before_the_first_change_are_no_gap(cli: Cli, changes: Changes) -> None:
    # A run skips hours before the first change of the log. The log is still empty, so this run skips no hour.
    cli("run", "--from", "2026-11-20T01", "--to", "2026-11-20T03")
    changes.insert_one(created(task()))
    cli("run", "--from", "2026-11-20T12", "--to", "2026-11-20T13")
    assert cli("run", "--from", "2026-11-20T02", "--to", "2026-11-20T05").stdout.startswith(
        "1 hour, 0 changes"
    )
    cli("run", "--from", "2026-11-20T15", "--to", "2026-11-20T16")
    lake = changes.database.insights.find_one({"_id": "lake"}) or {}
    assert (lake["covers_from"], lake["missing_hours"]) == (NOON, 2)
    states = dict(re.findall(r"(2026-11-20T\d\d) .{1,3} (\w+)", cli("status").stdout))
    assert [*states][:7] == [f"2026-11-20T{hour}" for hour in ("01", "02", "12", "13", "14", "15", "16")]
    assert [*states.values()][:6] == ["published"] * 3 + ["missing"] * 2 + ["published"]
    assert "2 hours were never published" in cli("maintain").stdout
