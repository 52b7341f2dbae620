"""Complete runs of each DAG with both versions of Airflow, a real database, files, local S3 and Glue."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import uuid4

import pytest
from pymongo import MongoClient

from tests.aws import on_aws
from tests.dags.airflow.airflows import Airflow
from tests.dags.airflow.scenario import (
    HOURLY,
    PASSWORD,
    Scenario,
    content,
    prepare,
    reference,
    runs_of,
)
from tests.dags.change_log import Document
from todo_insights.catalog.stores import open_stores
from todo_insights.core.aws import Aws
from todo_insights.core.settings import Settings

pytestmark = pytest.mark.airflow

Runs = dict[str, dict[str, Any]]


@pytest.fixture(scope="session")
def scenario(
    airflow: Airflow, mongodb_uri: str, aws_address: str, aws: Aws, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scenario]:
    name = f"todo_{uuid4().hex[:12]}"
    nowhere = Settings(mongodb_uri, name, MappingProxyType({}), "", environment=name)
    with MongoClient[Document](mongodb_uri, tz_aware=True, retryWrites=False) as client:
        client[name].changes.create_index("at")
        folder = tmp_path_factory.mktemp("lakes")
        yield prepare(client[name], mongodb_uri, on_aws(nowhere, aws_address, aws), folder, datetime.now(UTC))


@pytest.fixture(scope="session")
def played(
    airflow: Airflow, scenario: Scenario, aws_address: str, aws: Aws, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Runs, str]:
    """The results of all runs, which one process executes in order, and the output of the process."""
    wanted = runs_of(scenario, tmp_path_factory.mktemp("empty"), aws_address, aws)
    found, output = airflow.run("dag_runs.py", json.dumps([*wanted.values()]))
    return dict(zip(wanted, found, strict=True)), output


@pytest.fixture
def runs(played: tuple[Runs, str]) -> Runs:
    return played[0]


def test_broken_hour_blocks_no_other_hour(runs: Runs, scenario: Scenario, tmp_path: Path) -> None:
    assert runs["isolated"]["tasks"]["process_slice"] == [
        f"success {scenario.own} 1/1 scheduled",
        f"failed {scenario.late} 1/1 late",
    ]
    found = content(open_stores(scenario.unwritable), scenario.own)
    assert found == reference(scenario, scenario.own, tmp_path)
    assert found["gold_user_activity"]


def test_figures_are_written_in_a_red_run(runs: Runs, scenario: Scenario) -> None:
    assert runs["isolated"]["tasks"]["write_back"] == ["success"]
    covered = scenario.database.insights.find_one({"_id": "lake"})
    assert covered is not None
    assert covered["as_of"] == scenario.own.end


def test_red_run_names_the_missing_hour(runs: Runs, scenario: Scenario) -> None:
    run = runs["isolated"]
    assert (run["state"], run["tasks"]["report"]) == ("failed", ["failed"])
    outcome = run["xcoms"]["report.return_value"]
    assert (outcome["missing"], outcome["failed"]) == ([str(scenario.late)], ["process_slice_1"])
    assert (outcome["hours"], outcome["rejects"]) == (1, 0)


def test_refused_hour_blocks_no_other_hour(runs: Runs, scenario: Scenario) -> None:
    run, other = runs["halved"], str(scenario.shrunk.next)
    assert (run["tasks"]["publish_hours"], run["tasks"]["write_back"]) == (["failed"], ["success"])
    assert [each["hour"] for each in run["xcoms"]["publish_hours.return_value"]] == [other]
    assert run["xcoms"]["report.return_value"]["missing"] == [str(scenario.shrunk)]


def test_asset_events_have_results_of_hours(runs: Runs, scenario: Scenario) -> None:
    changes = runs["isolated"]["xcoms"]["report.return_value"]["changes"]
    assert runs["isolated"]["events"]["silver_rejects"] == {
        str(scenario.own): f"published, scheduled, {changes} changes, 0 rejects"
    }


def test_settings_in_airflow_select_s3(runs: Runs, scenario: Scenario, aws: Aws, tmp_path: Path) -> None:
    run = runs["connected"]
    assert (run["state"], run["xcoms"]["report.return_value"]["missing"]) == ("success", [])
    found = content(open_stores(scenario.aws, aws), scenario.own)
    assert found == reference(scenario, scenario.own, tmp_path)


def test_metrics_of_a_run_reach_cloudwatch(runs: Runs, scenario: Scenario, aws: Aws) -> None:
    assert runs["connected"]["tasks"]["report"] == ["success"]
    dimension = {"Name": "Environment", "Value": scenario.aws.environment}
    listed = aws.client("cloudwatch").list_metrics(Dimensions=[dimension])["Metrics"]
    assert {each["Namespace"] for each in listed} == {"TodoApi/Business", "TodoApi/Etl"}
    assert {"HoursFailed", "LateHours", "TotalUsers"} <= {each["MetricName"] for each in listed}


def test_compacted_day_reports_active_users(runs: Runs, scenario: Scenario) -> None:
    (compacted,) = runs["compaction"]["xcoms"]["fold_days.return_value"]
    assert (compacted["dt"], compacted["hours"], compacted["active_users"]) == (str(scenario.day), 24, 4)
    follow_ups = runs["compaction"]["events"]["gold_user_activity_daily"][str(scenario.day)]
    assert follow_ups == f"published, {compacted['rows']['gold_user_activity_daily']} rows, 4 active users"


def test_daily_run_writes_the_team_report(runs: Runs, scenario: Scenario) -> None:
    assert runs["compaction"]["state"] == "success"
    address = urlsplit(runs["compaction"]["xcoms"]["write_report.return_value"])
    assert "<h1>Team report</h1>" in Path(unquote(address.path)).read_text("utf-8")


def test_maintenance_of_a_healthy_lake_is_green(runs: Runs) -> None:
    report = runs["healthy"]["xcoms"]["maintain_lake.return_value"]
    assert (runs["healthy"]["state"], report["findings"], report["folded_days"]) == ("success", [], 1)


def test_maintenance_turns_red_for_lost_files(runs: Runs, scenario: Scenario) -> None:
    run = runs["checked"]
    assert (run["state"], run["tasks"]["report"]) == ("failed", ["failed"])
    assert run["tasks"]["publish_metrics"] == ["success"]
    where = {each["where"] for each in run["xcoms"]["maintain_lake.return_value"]["findings"]}
    assert any(scenario.late.dt in each for each in where)


def test_unavailable_database_skips_the_following_tasks(runs: Runs) -> None:
    tasks = runs["unreachable"]["tasks"]
    assert tasks.pop("plan_windows") == ["failed"]
    assert all(states == ["upstream_failed"] for states in tasks.values())
    assert runs["unreachable"]["state"] == "failed"


def test_reversed_range_is_one_clear_failure(played: tuple[Runs, str], scenario: Scenario) -> None:
    run = played[0]["reversed"]
    assert (run["state"], run["tasks"].pop("plan_windows")) == ("failed", ["failed"])
    assert all(states == ["upstream_failed"] for states in run["tasks"].values())
    own = scenario.own
    reason = f"the range {own.next} to {own} contains no hour; the end must be later than the start"
    assert reason in played[1]


def test_hour_that_has_not_settled_waits_once(runs: Runs, scenario: Scenario) -> None:
    run = runs["waiting"]
    assert (run["state"], run["tasks"]["plan_windows"]) == ("success", ["success"])
    (moment,) = map(datetime.fromisoformat, run["reschedules"])
    assert datetime.fromisoformat(run["xcoms"]["process_slice.return_value"]["as_of"]) >= moment


def test_hour_far_in_the_future_is_one_clear_failure(played: tuple[Runs, str]) -> None:
    run = played[0]["future"]
    assert (run["state"], run["tasks"].pop("plan_windows")) == ("failed", ["failed"])
    assert all(states == ["upstream_failed"] for states in run["tasks"].values())
    assert "ends more than two hours from now; start the run again when it has ended" in played[1]


def test_failure_is_logged_as_one_line(played: tuple[Runs, str], scenario: Scenario) -> None:
    """`dag.test()` logs plain text; test_task_logs.py checks the JSON lines of real tasks."""
    (line,) = (
        each
        for each in played[1].splitlines()
        if f"{HOURLY}.process_slice has failed for good" in each and scenario.own.start.isoformat() in each
    )
    assert {"component=airflow", "operation=process_slice", "status=error"} <= set(line.split())


def test_no_log_shows_the_password(played: tuple[Runs, str]) -> None:
    runs, output = played
    assert PASSWORD not in output
    assert runs["unreachable"]["logged"] == "mongodb://todo:***@cluster"


def test_rebuild_starts_a_job_on_emr_and_checks_its_days(runs: Runs, scenario: Scenario, aws: Aws) -> None:
    """The moto server reports at once that the job has succeeded, but it does not rebuild any day."""
    run, day = runs["rebuilt"], str(scenario.day)
    assert (run["tasks"]["rebuild_days"], run["tasks"]["finish_rebuild"]) == (["success"], ["failed"])
    emr = aws.session.client("emr-serverless", endpoint_url=aws.client("s3").meta.endpoint_url)
    job_id = run["xcoms"]["rebuild_days.return_value"]
    # The server also has the applications from tests with the other version of Airflow.
    (application,) = [
        each["id"]
        for each in emr.list_applications()["applications"]
        if job_id in [job["id"] for job in emr.list_job_runs(applicationId=each["id"])["jobRuns"]]
    ]
    found = emr.get_job_run(applicationId=application, jobRunId=job_id)["jobRun"]
    job = found["jobDriver"]["sparkSubmit"]
    assert job["entryPointArguments"][:4] == ["--from", day, "--to", str(scenario.day + timedelta(days=1))]
    gold = scenario.aws.zone_uris["gold"]
    assert f"--conf spark.emr-serverless.driverEnv.GOLD_URI={gold} " in job["sparkSubmitParameters"] + " "
    assert "MONGODB" not in job["sparkSubmitParameters"]


def test_rebuild_without_spark_names_the_command(played: tuple[Runs, str]) -> None:
    runs, output = played
    assert runs["without spark"]["tasks"]["rebuild_days"] == ["failed"]
    assert "run `make spark`" in output
    assert "are not rebuilt, the first is" in output
