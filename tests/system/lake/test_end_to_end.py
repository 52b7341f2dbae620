"""From HTTP requests to Athena-style answers on S3 and Glue, by the real Airflow, whatever happens to it."""

import signal
from datetime import timedelta

import pytest

from tests.system.lake.conftest import BACKFILL_HOURS, HOURS, Product

pytestmark = pytest.mark.airflow


def assert_answers_agree(product: Product) -> None:
    """What SQL on the lake and the API's own figures say is what the answers to the writes said."""
    product.lake.assert_agrees(product.people.oracle)
    product.people.assert_figures_agree()


def test_scheduled_hours_agree_with_answers(product: Product) -> None:
    with product.lake.watching() as seen:
        product.airflow.wait_for_runs(HOURS, seconds=240)
    seen.assert_whole(product.people.oracle.changes)
    assert_answers_agree(product)
    published = product.lake.partitions()
    hours = {(dt, hour) for _, dt, hour in published}
    assert len(hours) >= HOURS
    assert len(published) == 7 * len(hours)


def test_backfill_from_ui_changes_nothing_known(product: Product) -> None:
    oracle, before = product.people.oracle, product.lake.partitions()
    if product.oldest_hour < product.first_hour:
        product.people.work(product.oldest_hour, product.people.join(product.oldest_hour))
    with product.lake.watching() as seen, product.airflow_ui() as ui:
        ui.start_backfill(product.oldest_hour, product.last_hour)
        product.airflow.wait_until(product.airflow.has_running_tasks, seconds=60)
        ui.show_grid(running=True)
        ui.photograph("grid-while-running")
        product.airflow.wait_until(product.airflow.backfills_are_done, seconds=60 + 20 * BACKFILL_HOURS)
        product.airflow.wait_for_runs(BACKFILL_HOURS, seconds=60)
        ui.show_grid(running=False)
        ui.photograph("grid-when-finished")
        ui.show_docs()
        ui.photograph("docs")
        ui.close_docs()
        ui.show_graph()
        ui.photograph("graph")
    seen.assert_whole(oracle.changes)
    after = product.lake.partitions()
    assert len(after) >= 7 * BACKFILL_HOURS
    assert {key: after[key].checksum for key in before} == {key: each.checksum for key, each in before.items()}
    # The content is the same, and it was computed anew: each hour is known as of a later moment.
    assert all(after[key].as_of > each.as_of for key, each in before.items())
    assert_answers_agree(product)


def test_cleared_hour_takes_in_late_change(product: Product) -> None:
    hour = product.first_hour + timedelta(hours=1)
    before = dict(product.people.oracle.changes)
    run = product.airflow.run_of(hour)
    with product.lake.watching() as seen:
        product.people.remember_late(hour)
        product.airflow.clear(run, "process_slice")
        product.airflow.wait_for_runs(HOURS, seconds=120)
    seen.assert_whole(before, product.people.oracle.changes)
    assert_answers_agree(product)


def test_killed_task_is_tried_again(product: Product) -> None:
    hour = product.first_hour
    before = dict(product.people.oracle.changes)
    run = product.airflow.run_of(hour)
    with product.lake.watching() as seen:
        product.people.remember_late(hour)
        # Bronze is uploaded by then, Silver half.
        with product.proxy.holding(rf"silver/user_changes/.*hour={hour:%H}") as upload:
            product.airflow.clear(run, "process_slice")
            product.caller(upload.caller(seconds=60)).send_signal(signal.SIGKILL)
        product.airflow.wait_for_runs(HOURS, seconds=120)
    assert product.airflow.tries(run, "process_slice") == {"success": 3}
    seen.assert_whole(before, product.people.oracle.changes)
    assert_answers_agree(product)


def test_failing_store_is_waited_out(product: Product) -> None:
    hour = product.last_hour
    before = dict(product.people.oracle.changes)
    run = product.airflow.run_of(hour)
    with product.lake.watching() as seen:
        product.people.remember_late(hour)
        with product.proxy.failing(rf"gold/.*hour={hour:%H}"):
            product.airflow.clear(run, "process_slice")
            product.airflow.wait_until(
                lambda: "up_for_retry" in product.airflow.tries(run, "process_slice"), seconds=60
            )
        product.airflow.wait_for_runs(HOURS, seconds=120)
    assert product.airflow.tries(run, "process_slice") == {"success": 3}
    seen.assert_whole(before, product.people.oracle.changes)
    assert_answers_agree(product)
