"""From HTTP requests to Athena-style answers on S3 and Glue, by the real Airflow, whatever happens to it."""

import signal
from datetime import timedelta

import pytest

from tests.system.lake.conftest import HOURS, Product

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
