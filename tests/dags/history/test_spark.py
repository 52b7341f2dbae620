"""A history rebuild on local Spark publishes the same content as the hourly runs, and skips finished days."""

import os
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from tests.dags.history.conftest import DAYS, History, publish_history
from todo_insights.core.hours import Hour, hours_between
from todo_insights.core.settings import ZONES, Settings
from todo_insights.history.days import RebuiltDay, record_day, recorded_days
from todo_insights.hourly.extract import Changes
from tools.data_folder import ROOT

PYTHON = ROOT / ".venv-spark" / "bin" / "python"
REBUILT = ("silver_task_changes", "silver_user_changes", "gold_user_activity", "gold_category_activity")
ID = "manual__2026-11-29T10:00:00+00:00"
pytestmark = pytest.mark.skipif(
    not PYTHON.exists() or shutil.which("java") is None,
    reason="needs Java 17 and .venv-spark; `make test-spark` installs PySpark and runs this test",
)


def rebuild(history: History, first: str, end: str) -> subprocess.CompletedProcess[str]:
    env = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT / "dags"),
        # These JVM options disable most optimization, so that Spark starts faster.
        "PYSPARK_SUBMIT_ARGS": "--master local[2] --conf spark.ui.enabled=false "
        "--driver-java-options '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC' pyspark-shell",
        "SPARK_LOCAL_IP": "127.0.0.1",
        "CATALOG_URI": history.settings.catalog_uri,
        **{f"{zone.upper()}_URI": history.settings.zone_uris[zone] for zone in ZONES},
    }
    command = [str(PYTHON), "-m", "todo_insights.history", "--from", first, "--to", end, "--id", ID]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def test_rebuild_equals_hourly_runs_and_goes_on_after_the_last_finished_day(history: History) -> None:
    """At the start, the first day is marked as finished, and a Bronze file of the last hour is missing."""
    checksums = history.checksums()
    finished = RebuiltDay(DAYS[0], 3, 1, 0, ())
    record_day(finished, ID, history.stores.lake)
    broken = [history.partitions(table, dt)[0] for table in REBUILT for dt in DAYS]
    for each in broken:
        history.publish_without_rows(each)
    lost = history.partitions("bronze_task_changes", DAYS[1])[-1]
    path = history.stores.lake.path("bronze", lost.location, lost.files[0].name)
    hidden = Path(path).rename(f"{path}.hidden")

    done = rebuild(history, DAYS[0], "2026-11-22")

    hidden.rename(path)
    assert done.returncode == 1, done.stderr
    assert f"{DAYS[1]}T{lost.hour}: cannot read a file" in done.stderr.splitlines()[-1]
    assert recorded_days(ID, history.stores.lake) == {DAYS[0]: finished}
    found = history.checksums()
    assert {key for key in checksums if found[key] != checksums[key]} == {
        (each.table, each.dt, each.hour) for each in broken if each.dt == DAYS[0]
    }


@pytest.mark.skipif("HISTORY_HOURS" not in os.environ, reason="takes minutes: `make test-spark HOURS=744`")
def test_rebuilt_month_equals_the_hourly_runs(changes: Changes, settings: Settings) -> None:
    # A rebuild accepts only past days, and the whole month is past at this time.
    first = Hour.parse("2026-10-01T00")
    end = Hour(first.start + timedelta(hours=int(os.environ["HISTORY_HOURS"])))
    history = publish_history(changes, settings, list(hours_between(first, end)), 20)
    rows, checksums = history.rows(), history.checksums()
    days = sorted({dt for _, dt, _ in checksums})
    for dt in days:
        for table in REBUILT:
            for each in history.partitions(table, dt):
                history.publish_without_rows(each)

    done = rebuild(history, days[0], str(end.start.date() + timedelta(days=1)))

    assert done.returncode == 0, done.stderr
    assert history.rows() == rows
    assert history.checksums() == checksums
