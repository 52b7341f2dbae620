"""The rebuild on a real local Spark: it publishes what the hourly runs published, and resumes by day."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.dags.history.conftest import DAYS, History
from todo_insights.core.settings import ZONES
from tools.data_folder import ROOT

PYTHON = ROOT / ".venv-spark" / "bin" / "python"
pytestmark = pytest.mark.skipif(
    not PYTHON.exists() or shutil.which("java") is None,
    reason="needs Java 17 and .venv-spark; `make test-spark` installs PySpark and runs this test",
)


def run(history: History) -> tuple[int, str, list[str]]:
    """Rebuild both days; returns the exit status, the output, and the days that were published now."""
    uris = {f"{zone.upper()}_URI": history.settings.zone_uris[zone] for zone in ZONES}
    env = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT / "dags"),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "CATALOG_URI": history.settings.catalog_uri,
        **uris,
    }
    command = [
        PYTHON,
        "-m",
        "todo_insights.history",
        "--from",
        DAYS[0],
        "--to",
        "2026-11-22",
        "--id",
        "run 1",
    ]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    lines = [json.loads(line) for line in done.stderr.splitlines() if line.startswith('{"timestamp"')]
    days = [each["window"] for each in lines if each.get("operation") == "rebuild"]
    return done.returncode, done.stdout + done.stderr, days


def test_rebuild_on_spark_equals_hourly_runs_and_resumes_by_day(history: History) -> None:
    rows, checksums = history.rows(), history.checksums()
    for dt in DAYS:
        for table in ("silver_task_changes", "gold_user_activity", "gold_category_activity"):
            history.publish_without_rows(history.partitions(table, dt)[0])
    (bronze, *_) = history.partitions("bronze_task_changes", DAYS[1])
    file = Path(history.stores.lake.path("bronze", bronze.location, bronze.files[0].name))
    file = Path("/") / file
    hidden = file.rename(file.with_suffix(".hidden"))
    status, output, days = run(history)
    assert (status, days) == (1, DAYS), output
    assert f"{DAYS[1]}T{bronze.hour}" in output.splitlines()[-1]
    hidden.rename(file)
    status, output, days = run(history)
    assert (status, days) == (0, DAYS[1:]), output
    assert history.rows() == rows
    assert history.checksums() == checksums
