"""From HTTP requests to Athena-style answers on S3 and Glue, by the real Airflow, whatever happens to it."""

import signal
from datetime import UTC, datetime, timedelta

import pytest

from tests.system.lake.airflow_client import COMPACTION, MAINTENANCE
from tests.system.lake.airflow_ui import AirflowUi
from tests.system.lake.conftest import BACKFILL_HOURS, HOURS, PATIENCE, Product
from tests.system.lake.pipeline import KPIS

PATIENCE_FOR_BACKFILL = PATIENCE + 90 * BACKFILL_HOURS
pytestmark = [pytest.mark.airflow, pytest.mark.timeout(2 * PATIENCE_FOR_BACKFILL)]


def assert_answers_agree(product: Product) -> None:
    """What SQL on the lake and the API's own figures say is what the answers to the writes said."""
    product.lake.assert_agrees(product.people.oracle)
    product.people.assert_figures_agree()


def test_scheduled_hours_agree_with_answers(product: Product) -> None:
    with product.lake.watching() as seen:
        product.airflow.wait_for_runs(HOURS, PATIENCE)
    seen.assert_whole(product.people.oracle.changes)
    assert_answers_agree(product)
    assert product.lake.ask_on_the_command_line(KPIS) == product.lake.ask(KPIS)
    # The empty hour has its partitions, too.
    assert len(product.lake.partitions(until=product.last_hour)) == 7 * HOURS


def test_backfill_from_ui_changes_nothing_known(settled: Product, ui: AirflowUi) -> None:
    oracle, before = settled.people.oracle, settled.lake.partitions(until=settled.last_hour)
    if settled.oldest_hour < settled.first_hour:
        settled.people.work(settled.oldest_hour, settled.people.join(settled.oldest_hour))
    with settled.lake.watching() as seen:
        ui.start_backfill(settled.oldest_hour, settled.last_hour)
        settled.airflow.wait_until(settled.airflow.has_running_tasks, PATIENCE)
        ui.show_grid(running=True)
        ui.photograph("grid-while-running")
        settled.airflow.wait_until(settled.airflow.backfills_are_done, PATIENCE_FOR_BACKFILL)
        settled.airflow.wait_for_runs(BACKFILL_HOURS, PATIENCE)
        ui.show_grid(running=False)
        ui.photograph("grid-when-finished")
        ui.show_docs()
        ui.photograph("docs")
        ui.close_docs()
        ui.show_graph()
        ui.photograph("graph")
    seen.assert_whole(oracle.changes)
    after = settled.lake.partitions(until=settled.last_hour)
    assert len(after) == 7 * BACKFILL_HOURS
    assert all(after[key].checksum == each.checksum for key, each in before.items())
    # The content is the same, and it was computed anew: each hour is known as of a later moment.
    assert all(after[key].as_of > each.as_of for key, each in before.items())
    assert_answers_agree(settled)


def test_cleared_hour_takes_in_late_change(settled: Product) -> None:
    hour = settled.first_hour + timedelta(hours=1)
    before = dict(settled.people.oracle.changes)
    run = settled.airflow.run_of(hour)
    with settled.lake.watching() as seen:
        settled.people.remember_late(hour)
        settled.airflow.clear(run)
        settled.airflow.wait_for_runs(HOURS, PATIENCE)
    seen.assert_whole(before, settled.people.oracle.changes)
    assert_answers_agree(settled)


def test_killed_task_is_tried_again(settled: Product) -> None:
    hour = settled.first_hour
    before = dict(settled.people.oracle.changes)
    run = settled.airflow.run_of(hour)
    tries = settled.airflow.tries(run)
    with settled.lake.watching() as seen:
        settled.people.remember_late(hour)
        # Bronze is uploaded by then, Silver half.
        with settled.proxy.holding(rf"silver/user_changes/.*hour={hour:%H}") as upload:
            settled.airflow.clear(run)
            settled.caller(upload.caller(PATIENCE)).send_signal(signal.SIGKILL)
        settled.airflow.wait_for_runs(HOURS, PATIENCE)
    assert settled.airflow.tries(run) == tries + 2
    seen.assert_whole(before, settled.people.oracle.changes)
    assert_answers_agree(settled)


def test_failing_store_is_waited_out(settled: Product) -> None:
    hour = settled.last_hour
    before = dict(settled.people.oracle.changes)
    run = settled.airflow.run_of(hour)
    tries = settled.airflow.tries(run)
    with settled.lake.watching() as seen:
        settled.people.remember_late(hour)
        with settled.proxy.failing(rf"gold/.*hour={hour:%H}"):
            settled.airflow.clear(run)
            settled.airflow.wait_until(lambda: settled.airflow.state(run) == "up_for_retry", PATIENCE)
        settled.airflow.wait_for_runs(HOURS, PATIENCE)
    assert settled.airflow.tries(run) == tries + 2
    seen.assert_whole(before, settled.people.oracle.changes)
    assert_answers_agree(settled)


def test_daily_dags_change_no_answer(settled: Product) -> None:
    with settled.lake.watching() as seen:
        settled.airflow.run_now(COMPACTION, PATIENCE)
        settled.airflow.run_now(MAINTENANCE, PATIENCE)
    seen.assert_whole(settled.people.oracle.changes)
    assert_answers_agree(settled)


def test_figures_reach_cloudwatch(settled: Product) -> None:
    cloudwatch, users = settled.aws.client("cloudwatch"), len(settled.people.emails)
    pages = cloudwatch.get_paginator("list_metrics").paginate()
    found = {(each["Namespace"], each["MetricName"]) for page in pages for each in page["Metrics"]}
    assert {("TodoApi/Etl", name) for name in ("RowsExtracted", "HoursFailed", "RunSeconds")} <= found
    # The run that was the last to publish saw everybody.
    told = cloudwatch.get_metric_statistics(
        Namespace="TodoApi/Business",
        MetricName="TotalUsers",
        Dimensions=[{"Name": "Environment", "Value": "local"}],
        StartTime=datetime.now(UTC) - timedelta(days=1),
        EndTime=datetime.now(UTC) + timedelta(hours=1),
        Period=2 * 24 * 3600,
        Statistics=["Maximum"],
    )
    assert [point["Maximum"] for point in told["Datapoints"]] == [users]
