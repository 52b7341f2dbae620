"""What every DAG owes its operators, asked of the real Airflow in its own virtualenv."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from todo_insights.lake.schema import TABLES

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-airflow" / "bin" / "python"
REPORT = Path(__file__).with_name("dag_report.py")
HOURLY = "todo_hourly_insights"

pytestmark = pytest.mark.airflow


def _report(folder: Path, home: Path, **env: str) -> dict[str, Any]:
    variables = {
        "PATH": os.environ["PATH"],
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "True",
        "PYTHONPATH": str(ROOT / "dags"),
    }
    ran = subprocess.run(
        [PYTHON, REPORT, folder],
        env=variables | env,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stderr
    found: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return found


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return _report(ROOT / "dags", tmp_path_factory.mktemp("airflow"))


@pytest.fixture
def hourly(report: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = report["dags"][HOURLY]
    return found


def test_every_file_of_the_folder_loads(report: dict[str, Any]) -> None:
    assert report["import_errors"] == {}
    assert set(report["dags"]) == {path.stem for path in (ROOT / "dags").glob("*.py")}


def test_file_is_named_after_its_dag(report: dict[str, Any]) -> None:
    assert all(dag["file"] == f"{name}.py" for name, dag in report["dags"].items())


def test_parsing_imports_nothing_heavy(report: dict[str, Any]) -> None:
    heavy = {"pandas", "pyarrow", "numpy", "pymongo", "pymongoarrow", "todo_insights", "boto3", "duckdb"}
    assert not heavy & set(report["imported"])


def test_parsing_takes_under_half_a_second(report: dict[str, Any]) -> None:
    assert report["seconds"] < 0.5


def test_every_dag_tells_what_to_do_when_red(report: dict[str, Any]) -> None:
    for dag in report["dags"].values():
        headings = [line for line in dag["doc_md"].splitlines() if line.startswith("## ")]
        assert headings == ["## What it does", "## What to do when it is red", "## How to backfill"]
        assert all(task in dag["doc_md"] for task in dag["tasks"])


def test_every_task_has_owner_and_patient_retries(report: dict[str, Any]) -> None:
    for dag in report["dags"].values():
        for task in dag["tasks"].values():
            assert task["owner"] not in ("", "airflow")
            assert task["retries"] >= 2
            assert task["exponential"]


def test_every_dag_is_tagged_and_described(report: dict[str, Any]) -> None:
    assert all("todo" in dag["tags"] and dag["description"] for dag in report["dags"].values())


def test_hourly_run_owns_a_whole_hour_of_utc(hourly: dict[str, Any]) -> None:
    # A bare cron string would give its runs an empty data interval.
    assert (hourly["timetable"], hourly["timezone"]) == ("CronDataIntervalTimetable", "UTC")


def test_outage_heals_itself_within_limits(hourly: dict[str, Any]) -> None:
    assert (hourly["catchup"], hourly["max_active_runs"]) == (True, 8)


def test_steps_follow_each_other(hourly: dict[str, Any]) -> None:
    assert {name: task["downstream"] for name, task in hourly["tasks"].items()} == {
        "plan_windows": ["process_slice"],
        "process_slice": ["publish_hours"],
        "publish_hours": ["write_back"],
        "write_back": [],
    }


def test_waiting_takes_no_worker_slot(hourly: dict[str, Any]) -> None:
    assert hourly["tasks"]["plan_windows"]["mode"] == "reschedule"


def test_slices_run_side_by_side_but_end_alone(hourly: dict[str, Any]) -> None:
    assert hourly["tasks"]["process_slice"]["mapped"]
    assert {hourly["tasks"][name]["at_once"] for name in ("publish_hours", "write_back")} == {1}


def test_every_lake_table_is_an_asset(hourly: dict[str, Any]) -> None:
    assert hourly["tasks"]["publish_hours"]["outlets"] == sorted(table.physical for table in TABLES)


def test_manual_run_can_name_its_hours(hourly: dict[str, Any]) -> None:
    assert hourly["params"] == ["from_hour", "to_hour"]


def test_configuration_sets_the_first_day(tmp_path: Path) -> None:
    found = _report(ROOT / "dags", tmp_path, AIRFLOW__TODO__START_DATE="2026-11-19T00:00:00+00:00")
    assert found["dags"][HOURLY]["start_date"] == "2026-11-19 00:00:00+00:00"
