"""The command line as people use it: in a subprocess, with its output and its exit code."""

import csv
import io
import json
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.dags.change_log import NOON, created, task, user
from tests.dags.cli.conftest import DAY, Cli, environment_of
from tests.dags.maintenance.runs import run
from todo_insights.catalog.stores import open_catalog
from todo_insights.core.hours import Hour
from todo_insights.core.settings import Settings
from todo_insights.hourly.extract import Changes
from todo_insights.lake.schema import TABLES


def test_processed_hour_can_be_queried(cli: Cli, changes: Changes) -> None:
    changes.insert_many([created(user()), created(task()), created(task(_id="bad", status="done"))])
    ran = cli("run", *DAY)
    assert (ran.returncode, ran.stdout.split(" s, ")[0][:28]) == (0, "2 hours, 3 changes, 1 reject")
    warning = "the first change was made in the hour 2026-11-20T12; 1 hour before it is not published"
    assert warning in ran.stderr
    sql = "SELECT user_id, local_date, tasks_created, first_change_at FROM gold_user_activity"
    assert json.loads(cli("query", sql, "--format", "json").stdout) == [
        {
            "user_id": "ada",
            "local_date": "2026-11-20",
            "tasks_created": 1,
            "first_change_at": "2026-11-20T12:00:00.000Z",
        }
    ]
    rows = list(csv.reader(io.StringIO(cli("query", sql, "--format", "csv").stdout)))
    assert rows[1] == ["ada", "2026-11-20", "1", "2026-11-20 12:00:00.000"]
    assert "tasks_created" in cli("query", sql).stdout


def test_run_writes_figures_back(cli: Cli, changes: Changes) -> None:
    changes.insert_many([created(user()), created(task())])
    changes.database.users.insert_one({"_id": "ada"})
    assert cli("run", *DAY).returncode == 0
    ada = changes.database.insights.find_one({"_id": "ada"})
    assert ada is not None
    assert (ada["tasks"]["pending"], ada["as_of"], ada["missing_hours"]) == (1, NOON + timedelta(hours=2), 0)


def test_run_without_hours_finishes_older_write_back(cli: Cli, changes: Changes) -> None:
    changes.insert_one(created(task()))
    changes.database.users.insert_one({"_id": "ada"})
    assert cli("run", "--from", "2026-11-20T12", "--to", "2026-11-20T13").returncode == 0
    # The database is now in the state after a run that was killed between publishing and write-back.
    changes.database.insights.drop()
    changes.delete_many({})
    assert cli("run").stdout.startswith("0 hours,")
    assert changes.database.insights.find_one({"_id": "ada"}) is not None


def test_run_without_range_covers_all_open_hours(cli: Cli, changes: Changes, settings: Settings) -> None:
    now = datetime.now(UTC)
    changes.insert_one(created(task()) | {"at": now - timedelta(hours=3)})
    assert cli("run").returncode == 0
    partitions = [each for each in open_catalog(settings).snapshot() if each.table == TABLES[0].physical]
    assert len(partitions) >= 4
    assert partitions[0].hour == Hour.containing(now - timedelta(hours=3)).hour
    assert partitions[-1].provisional
    # The second run processes only the provisional hours again.
    assert cli("run").stdout.split(" hour")[0] in {"1", "2"}


def test_run_without_range_repeats_late_and_erased_hours(
    cli: Cli, changes: Changes, settings: Settings
) -> None:
    now = datetime.now(UTC)
    earlier, later = now - timedelta(hours=4), now - timedelta(hours=3)
    changes.insert_one(created(task()) | {"at": earlier})
    changes.insert_one(created(task(_id="t2", user_id="bob")) | {"at": later})
    published = [str(Hour.containing(moment)) for moment in (earlier, later)]
    run(published, settings, now - timedelta(minutes=90))
    changes.insert_one(created(task(_id="t3", user_id="bob")) | {"at": later})
    changes.replace_one({"entity_id": "t1"}, created(task(title=None, tags=[])) | {"at": earlier})
    changes.database.erasures.insert_one({"_id": "ada", "finished_at": now - timedelta(minutes=1)})
    follow_ups = cli("run").stdout
    assert "(1 late, 1 erased), " in follow_ups
    assert "data of 1 erased user removed, 1 file deleted" in follow_ups
    assert "erased" not in cli("run").stdout


def test_run_with_empty_log_does_nothing(cli: Cli) -> None:
    ran = cli("run")
    assert (ran.returncode, ran.stdout[:8]) == (0, "0 hours,")


def test_failed_hour_is_named_and_others_are_published(
    cli: Cli, changes: Changes, settings: Settings
) -> None:
    changes.insert_one(created(task(_id="first")) | {"at": NOON - timedelta(hours=1)})
    changes.insert_one(created(task()) | {"at": NOON + timedelta(hours=1)})
    blocked = (
        Path(settings.zone_uris["bronze"].removeprefix("file://")) / "task_changes/dt=2026-11-20/hour=12"
    )
    blocked.parent.mkdir(parents=True)
    blocked.write_text("a file where the hour's folder should be")
    ran = cli("run", *DAY)
    assert ran.returncode == 1
    assert "hour 2026-11-20T12 failed" in ran.stderr
    assert ran.stdout.startswith("2 hours, 1 failed, 2 changes,")


@pytest.mark.parametrize("receipt", [False, True], ids=["erasure is due", "receipt is written"])
def test_unreadable_file_blocks_no_new_hour(
    cli: Cli, changes: Changes, settings: Settings, receipt: bool
) -> None:
    now = datetime.now(UTC)
    earlier, later = now - timedelta(hours=3), now - timedelta(hours=2)
    changes.insert_one(created(task()) | {"at": earlier})
    run([str(Hour.containing(earlier))], settings, now - timedelta(minutes=30))
    changes.insert_one(created(task(_id="t2")) | {"at": later})
    erased = {"_id": "ada", "finished_at": now - timedelta(minutes=1)}
    changes.database.erasures.insert_one(erased)
    if receipt:
        at = now - timedelta(hours=1)
        changes.database.erasure_receipts.insert_one(
            erased | {"hours": [], "files_removed": 0, "at": at, "checked_at": at}
        )
    (bronze,) = Path(settings.zone_uris["bronze"].removeprefix("file://")).glob("task_changes/**/*.parquet")
    bronze.write_bytes(b"cut short")
    ran = cli("run")
    assert ran.returncode == 1
    assert "could not look for late and erased hours: cannot read a file of bronze_task_changes" in ran.stderr
    assert "maintain (make maintain) names the hour" in ran.stderr
    published = {each.hour for each in open_catalog(settings).snapshot()}
    assert Hour.containing(later).hour in published


@pytest.mark.parametrize(
    ("arguments", "env", "code", "message"),
    [
        (["run", "--from", "2026-11-20"], {}, 2, "both --from and --to"),
        (["run", "--from", "yesterday", "--to", "2026-11-20T00"], {}, 2, "write it like"),
        (["run", "--from", "2026-11-20T05", "--to", "2026-11-20T05"], {}, 2, "contains no hour"),
        (["query", "SELECT * FROM nowhere"], {}, 2, "TABLE_NOT_FOUND: line 1:15"),
        (["query", "DROP TABLE gold_user_activity"], {}, 2, "write one SELECT"),
        (["query", "SELECT 1", "--format", "xml"], {}, 2, "invalid choice"),
        (["status"], {"LAKE_URI": ""}, 2, "set LAKE_URI"),
        (["status"], {"MONGODB_URI": ""}, 2, "set MONGODB_URI"),
        (["status"], {"MONGODB_URI": "mongodb://host:port"}, 2, "not a MongoDB address"),
        (["status"], {"MONGODB_URI": "mongodb://host/?tls=true&tlsCAFile=/not/there.pem"}, 2, "tlsCAFile"),
        (["run"], {"MONGODB_URI": "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200"}, 1, "MONGODB_URI"),
        # This address has no option serverSelectionTimeoutMS, so the command waits ten seconds for a server.
        (["status"], {"MONGODB_URI": "localhost:1"}, 1, "MONGODB_URI"),
        (["frobnicate"], {}, 2, "invalid choice"),
        ([], {}, 2, "required"),
    ],
)
def test_wrong_usage_is_reported_without_traceback(
    cli: Cli, arguments: list[str], env: dict[str, str], code: int, message: str
) -> None:
    ran = cli(*arguments, **env)
    assert (ran.returncode, ran.stdout) == (code, "")
    assert message in ran.stderr
    assert "Traceback" not in ran.stderr


def test_interrupt_leaves_complete_hours(changes: Changes, settings: Settings) -> None:
    changes.insert_one(created(task()) | {"at": datetime(2026, 10, 1, tzinfo=UTC)})
    running = subprocess.Popen(
        [sys.executable, "-m", "todo_insights", "run", "--from", "2026-10-01T00", "--to", "2026-11-20T00"],
        env=environment_of(settings),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not open_catalog(settings).snapshot() and time.monotonic() < deadline:
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "Traceback" not in errors
    partitions = open_catalog(settings).snapshot()
    assert 0 < len(partitions) < 1200 * len(TABLES)
    assert len(partitions) % len(TABLES) == 0
