"""The rules for every DAG, such as an owner and a timeout, checked with both versions of Airflow."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.dags.airflow.airflows import Airflow
from todo_airflow.policy import Tag
from todo_insights.core import errors
from todo_insights.lake.schema import ALL_TABLES, DAILY_OF, GOLD_HOURS, TABLES
from tools.data_folder import ROOT

pytestmark = pytest.mark.airflow

Report = dict[str, Any]

HOURLY, COMPACTION, MAINTENANCE = "todo_hourly_insights", "todo_daily_compaction", "todo_lake_maintenance"
START = "2026-11-19T00:00:00+00:00"
HISTORY = "todo_history_rebuild"
HEAVY = {"pandas", "pyarrow", "numpy", "pymongo", "pymongoarrow", "todo_insights", "boto3", "botocore"}


@pytest.fixture(scope="session")
def report(airflow: Airflow) -> Report:
    found, _ = airflow.run("dag_report.py", str(airflow.dags), AIRFLOW__TODO__START_DATE=START)
    return dict(found)


@pytest.fixture
def dags(report: Report) -> Report:
    return dict(report["dags"])


def tasks_of(dags: Report) -> dict[str, Report]:
    return {f"{name}.{task}": dag["tasks"][task] for name, dag in dags.items() for task in dag["tasks"]}


def test_every_file_of_the_folder_loads(report: Report) -> None:
    assert report["import_errors"] == {}
    assert {*report["dags"]} == {path.stem for path in (ROOT / "dags").glob("*.py")}


def test_file_is_named_after_its_dag(dags: Report) -> None:
    assert all(dag["file"] == f"{name}.py" for name, dag in dags.items())


def test_parsing_imports_no_slow_module(report: Report) -> None:
    assert not HEAVY & {*report["imported"]}


def test_each_file_parses_in_half_a_second(report: Report) -> None:
    assert {*report["seconds"]} == {f"{name}.py" for name in report["dags"]}
    assert [each for each in report["seconds"].items() if each[1] >= 0.5] == []


def test_packages_are_not_searched_for_dags(airflow: Airflow) -> None:
    ignored = (airflow.dags / ".airflowignore").read_text().splitlines()
    packages = {f"{path.parent.name}/" for path in airflow.dags.glob("*/__init__.py")}
    assert packages == {line for line in ignored if not line.startswith("#")}


def test_every_dag_documents_remedies_for_failures(dags: Report) -> None:
    for dag in dags.values():
        headings = [line for line in dag["doc_md"].splitlines() if line.startswith("## ")]
        assert headings == ["## What it does", "## What to do when it is red", "## How to backfill"]


def test_triage_notes_name_every_task(dags: Report) -> None:
    for dag in dags.values():
        triage = dag["doc_md"].split("## What to do when it is red")[1].split("## ")[0]
        assert {*re.findall(r"\*\*(\w+)\*\*", triage)} >= {*dag["tasks"]}


def test_triage_notes_name_existing_errors(dags: Report) -> None:
    named = {name for dag in dags.values() for name in re.findall(r"\b[A-Z]\w+Error\b", dag["doc_md"])}
    assert named
    assert [name for name in sorted(named) if not hasattr(errors, name)] == []


def test_every_task_has_owner_and_retries(dags: Report) -> None:
    for name, task in tasks_of(dags).items():
        assert task["owner"] not in ("", "airflow"), name
        assert task["retries"] >= 2, name
        assert task["exponential"], name
        assert task["tells_failure"], name


def test_every_dag_is_tagged_and_described(dags: Report) -> None:
    known = {tag.value for tag in Tag}
    for dag in dags.values():
        assert "todo" in dag["tags"]
        assert {*dag["tags"]} <= known
        assert dag["description"]


@pytest.mark.parametrize(
    ("name", "cron", "catchup", "at_once"),
    [
        (HOURLY, "0 * * * *", True, 8),
        (COMPACTION, "30 1 * * *", False, 1),
        (MAINTENANCE, "30 2 * * *", False, 1),
    ],
)
def test_every_run_has_an_interval_in_utc(
    dags: Report, name: str, cron: str, catchup: bool, at_once: int
) -> None:
    dag = dags[name]
    # If the schedule were only a cron text, Airflow would create runs with an empty data interval.
    assert (dag["timetable"], dag["timezone"]) == ("CronDataIntervalTimetable", "UTC")
    assert (dag["cron"], dag["catchup"], dag["max_active_runs"]) == (cron, catchup, at_once)


def test_configuration_sets_the_first_hour(dags: Report) -> None:
    assert dags[HOURLY]["start_date"].replace(" ", "T") == START


def test_graph_equals_the_documented_picture(dags: Report) -> None:
    dag = dags[HOURLY]
    assert dag["groups"] == {"log_to_lake": ["process_slice", "publish_hours"]}
    assert {name: task["downstream"] for name, task in dag["tasks"].items()} == {
        "plan_windows": ["process_slice", "publish_hours", "report", "write_back"],
        "process_slice": ["publish_hours"],
        "publish_hours": ["report", "write_back"],
        "write_back": ["report"],
        "report": [],
    }


def test_every_task_and_run_has_a_timeout(dags: Report) -> None:
    for name, dag in dags.items():
        longest = max(task["timeout_hours"] for task in dag["tasks"].values())
        assert 0 < longest < dag["timeout_hours"], name


def test_publishing_tasks_share_the_configured_pool(airflow: Airflow, dags: Report) -> None:
    options = {"AIRFLOW__TODO__PUBLISH_POOL": "todo_publish", "AIRFLOW__TODO__SLICE_POOL": "todo_slices"}
    found, _ = airflow.run("dag_report.py", str(airflow.dags), **options)
    pools = {name: task["pool"] for name, task in tasks_of(found["dags"]).items()}
    assert [name for name, pool in pools.items() if pool == "todo_slices"] == [f"{HOURLY}.process_slice"]
    assert {name for name, pool in pools.items() if pool == "todo_publish"} == {
        f"{HOURLY}.publish_hours",
        f"{COMPACTION}.fold_days",
    }
    # Without the option, tasks use the default pool of Airflow. In a pool that does not exist, tasks would
    # wait forever.
    assert {task["pool"] for task in tasks_of(dags).values()} == {"default_pool"}


def test_waiting_takes_no_worker_slot(dags: Report) -> None:
    assert dags[HOURLY]["tasks"]["plan_windows"]["mode"] == "reschedule"


def test_slices_run_in_parallel_and_publish_runs_alone(dags: Report) -> None:
    tasks = dags[HOURLY]["tasks"]
    assert tasks["process_slice"]["mapped"]
    assert {tasks[name]["at_once"] for name in ("publish_hours", "write_back")} == {1}


def test_every_lake_table_is_an_asset(dags: Report) -> None:
    hourly, daily = dags[HOURLY]["tasks"]["publish_hours"], dags[COMPACTION]["tasks"]["fold_days"]
    assert hourly["outlets"] == sorted(table.physical for table in (*TABLES, GOLD_HOURS))
    assert daily["outlets"] == sorted(table.physical for table in DAILY_OF.values())
    assert daily["inlets"] == sorted(table.physical for table in DAILY_OF)
    looked_at = dags[MAINTENANCE]["tasks"]["maintain_lake"]["inlets"]
    assert looked_at == sorted(table.physical for table in ALL_TABLES)


@pytest.mark.parametrize(
    ("name", "params"),
    [
        (HOURLY, ["from_hour", "to_hour"]),
        (COMPACTION, ["from_day", "to_day"]),
        (HISTORY, ["from_day", "to_day"]),
    ],
)
def test_manual_run_accepts_a_range(dags: Report, name: str, params: list[str]) -> None:
    assert dags[name]["params"] == params


def test_mwaa_installs_the_tested_packages() -> None:
    constraint, *pins = (ROOT / "dags" / "requirements.txt").read_text().splitlines()
    ours = (ROOT / "requirements" / "airflow.txt").read_text().splitlines()
    assert constraint == '--constraint "/usr/local/airflow/dags/constraints.txt"'
    assert pins
    assert [pin for pin in pins if pin not in ours] == []


def test_tested_packages_have_versions_of_mwaa() -> None:
    image = _pins(ROOT / "dags" / "constraints.txt")
    ours = _pins(ROOT / "requirements" / "airflow.txt")
    physical_names = ours.keys() & image.keys()
    assert len(physical_names) > 100
    assert {name: ours[name] for name in physical_names} == {name: image[name] for name in physical_names}


def _pins(path: Path) -> dict[str, str]:
    """Return the pinned version of each package, by the normalized name of the package."""
    found = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)", path.read_text(), re.MULTILINE)
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in found}
