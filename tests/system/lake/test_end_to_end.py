"""From HTTP requests to SQL results on emulated S3 and Glue, with a real Airflow and injected faults."""

import signal
from datetime import UTC, datetime, timedelta

import pytest

from tests.dags.lost_catalog import lose_catalog
from tests.system.lake.airflow_client import COMPACTION, HOURLY, MAINTENANCE, SLICE
from tests.system.lake.airflow_ui import AirflowUi
from tests.system.lake.conftest import BACKFILL_HOURS, HOURS, TIMEOUT_SECONDS, LocalSystem
from tests.system.lake.pipeline import KPIS
from todo_insights.core.errors import LostCatalogError
from todo_insights.core.settings import Settings
from tools.signals.airflow_runs import read_airflow

BACKFILL_TIMEOUT_SECONDS = TIMEOUT_SECONDS + 90 * BACKFILL_HOURS
pytestmark = [pytest.mark.airflow, pytest.mark.timeout(2 * BACKFILL_TIMEOUT_SECONDS)]


def assert_results_agree(product: LocalSystem) -> None:
    """Compare SQL results and the API's insights with the oracle, which knows the responses to all writes."""
    product.lake.assert_agrees(product.users.oracle)
    product.users.assert_figures_agree()


def test_scheduled_hours_agree_with_responses(product: LocalSystem) -> None:
    with product.lake.monitoring() as observed:
        product.airflow.wait_for_runs(HOURS, TIMEOUT_SECONDS)
    observed.assert_complete_hours(product.users.oracle.changes)
    assert_results_agree(product)
    assert product.lake.query_on_command_line(KPIS) == product.lake.query(KPIS)
    # The hour without changes has partitions, too, because it was published.
    assert len(product.lake.partitions(until=product.last_hour)) == 7 * HOURS


def test_backfill_from_ui_keeps_published_content(settled: LocalSystem, ui: AirflowUi) -> None:
    oracle, before = settled.users.oracle, settled.lake.partitions(until=settled.last_hour)
    if settled.oldest_hour < settled.first_hour:
        settled.users.work(settled.oldest_hour, settled.users.join(settled.oldest_hour))
    with settled.lake.monitoring() as observed:
        ui.start_backfill(settled.oldest_hour, settled.last_hour)
        settled.airflow.wait_until(settled.airflow.has_running_tasks, TIMEOUT_SECONDS)
        ui.show_grid(running=True)
        ui.save_screenshot("grid-while-running")
        settled.airflow.wait_until(settled.airflow.backfills_are_done, BACKFILL_TIMEOUT_SECONDS)
        settled.airflow.wait_for_runs(BACKFILL_HOURS, TIMEOUT_SECONDS)
        ui.show_grid(running=False)
        ui.save_screenshot("grid-when-finished")
        ui.show_docs()
        ui.save_screenshot("docs")
        ui.close_docs()
        ui.show_graph()
        ui.save_screenshot("graph")
    observed.assert_complete_hours(oracle.changes)
    after = settled.lake.partitions(until=settled.last_hour)
    assert len(after) == 7 * BACKFILL_HOURS
    assert all(after[key].checksum == each.checksum for key, each in before.items())
    # The content is the same, but it was computed again, so `as_of` is later.
    assert all(after[key].as_of > each.as_of for key, each in before.items())
    assert_results_agree(settled)


def test_cleared_hour_includes_late_change(settled: LocalSystem) -> None:
    hour = settled.last_hour
    before = dict(settled.users.oracle.changes)
    run = settled.airflow.run_of(hour)
    with settled.lake.monitoring() as observed:
        settled.users.create_late_tasks(hour)
        settled.airflow.clear(run)
        settled.airflow.wait_for_runs(HOURS, TIMEOUT_SECONDS)
    observed.assert_complete_hours(before, settled.users.oracle.changes)
    assert_results_agree(settled)


def test_killed_task_is_retried(settled: LocalSystem) -> None:
    hour = settled.first_hour
    before = dict(settled.users.oracle.changes)
    run = settled.airflow.run_of(hour)
    tries = settled.airflow.tries(run)
    with settled.lake.monitoring() as observed:
        settled.users.create_late_tasks(hour)
        # At this time, the files of Bronze are complete, and the fault blocks the upload of Silver.
        with settled.proxy.holding(rf"silver/user_changes/.*hour={hour:%H}") as upload:
            settled.airflow.clear(run)
            settled.caller(upload.caller(TIMEOUT_SECONDS)).send_signal(signal.SIGKILL)
        settled.airflow.wait_for_runs(HOURS, TIMEOUT_SECONDS)
    assert settled.airflow.tries(run) == tries + 2
    observed.assert_complete_hours(before, settled.users.oracle.changes)
    assert_results_agree(settled)


def test_failing_store_leads_to_retries(settled: LocalSystem) -> None:
    hour = settled.last_hour
    before = dict(settled.users.oracle.changes)
    run = settled.airflow.run_of(hour)
    tries = settled.airflow.tries(run)
    with settled.lake.monitoring() as observed:
        settled.users.create_late_tasks(hour)
        with settled.proxy.failing(rf"gold/.*hour={hour:%H}"):
            settled.airflow.clear(run)
            settled.airflow.wait_until(lambda: settled.airflow.state(run) == "up_for_retry", TIMEOUT_SECONDS)
            shown = read_airflow(settled.folder)
        settled.airflow.wait_for_runs(HOURS, TIMEOUT_SECONDS)
    assert settled.airflow.tries(run) == tries + 2
    observed.assert_complete_hours(before, settled.users.oracle.changes)
    assert_results_agree(settled)
    assert shown is not None
    # This product has no triggerer.
    assert (shown.problem, shown.unhealthy) == ("", ["Airflow's triggerer has sent no heartbeat"])
    (retrying,) = [each for each in shown.tasks if each.task_id == SLICE]
    # The next attempt may have begun since.
    assert retrying.state in {"up_for_retry", "scheduled", "queued", "running"}
    assert (retrying.run_id, retrying.attempt >= tries + 1) == (run, True)
    assert {each.dag_id for each in shown.dags} >= {HOURLY, COMPACTION, MAINTENANCE}
    assert all(each.newest_run for each in shown.dags if each.dag_id == HOURLY)


def test_daily_dags_change_no_result(settled: LocalSystem) -> None:
    with settled.lake.monitoring() as observed:
        settled.airflow.run_now(COMPACTION, TIMEOUT_SECONDS)
        settled.airflow.run_now(MAINTENANCE, TIMEOUT_SECONDS)
    observed.assert_complete_hours(settled.users.oracle.changes)
    assert_results_agree(settled)


def test_change_of_an_old_hour_is_found_and_published(settled: LocalSystem) -> None:
    """With `make end-to-end`, the hour is 47 hours ago, so only maintenance compares it with the log."""
    hour, before = settled.oldest_hour, dict(settled.users.oracle.changes)
    with settled.lake.monitoring() as observed:
        settled.users.create_late_tasks(hour)
        settled.airflow.run_now(MAINTENANCE, TIMEOUT_SECONDS)
        settled.airflow.run_now(HOURLY, TIMEOUT_SECONDS)
        settled.airflow.run_now(COMPACTION, TIMEOUT_SECONDS)
    observed.assert_complete_hours(before, settled.users.oracle.changes)
    assert_results_agree(settled)


def test_lost_catalog_is_recovered(settled: LocalSystem) -> None:
    lose_catalog(Settings.from_environment(settled.lake.env), settled.aws.identity())
    with pytest.raises(LostCatalogError, match="make recover"):
        settled.lake.query(KPIS)
    assert "recovered" in settled.lake.run_command("recover")
    assert_results_agree(settled)
    settled.airflow.run_now(HOURLY, TIMEOUT_SECONDS)
    assert_results_agree(settled)


def test_figures_reach_cloudwatch(settled: LocalSystem) -> None:
    cloudwatch, users = settled.aws.client("cloudwatch"), len(settled.users.emails)
    pages = cloudwatch.get_paginator("list_metrics").paginate()
    found = {(each["Namespace"], each["MetricName"]) for page in pages for each in page["Metrics"]}
    assert {("TodoApi/Etl", name) for name in ("RowsExtracted", "HoursFailed", "RunSeconds")} <= found
    # The last run that published an hour has counted all users.
    statistics = cloudwatch.get_metric_statistics(
        Namespace="TodoApi/Business",
        MetricName="TotalUsers",
        Dimensions=[{"Name": "Environment", "Value": "local"}],
        StartTime=datetime.now(UTC) - timedelta(days=1),
        EndTime=datetime.now(UTC) + timedelta(hours=1),
        Period=2 * 24 * 3600,
        Statistics=["Maximum"],
    )
    assert [point["Maximum"] for point in statistics["Datapoints"]] == [users]
