"""Functions for the tasks of the hourly DAG; they use Airflow.

Each function imports only the part of the pipeline that it needs, because a task spends more time on imports
than on an hour with few changes.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowFailException, AirflowRescheduleException

from todo_insights.core.errors import HourError, InsightsError, PublishError
from todo_insights.hourly.planning import hours_of_run, is_live, plan_run

from . import assets
from .resources import TaskResources, now

if TYPE_CHECKING:
    from todo_insights.core.hours import Hour
    from todo_insights.hourly.manifest import Manifest, Published, Reason, Slice
    from todo_insights.hourly.run_summary import RunSummary
    from todo_insights.user_insights.write_back import WrittenBack

logger = logging.getLogger(__name__)

# The key of the XCom with a problem that did not fail the task.
TROUBLE = "trouble"
RESULT = "return_value"
_MAX_WAIT = timedelta(hours=2)


def own_hours(context: Mapping[str, Any]) -> "list[Hour]":
    """The hours of a run; a range without hours fails the task without a retry."""
    params = context["params"]
    try:
        return hours_of_run(
            params["from_hour"],
            params["to_hour"],
            context.get("data_interval_start"),
            context.get("data_interval_end"),
            now(),
        )
    except HourError as error:
        raise AirflowFailException(str(error)) from error


def wait_until_settled(hours: "Sequence[Hour]", settle: timedelta) -> None:
    """Reschedule the task to the time at which the last hour of the run has settled.

    The hour cannot settle before this time, so the task needs only one more attempt. If the last hour ends
    more than two hours from now, the task fails without a retry.
    """
    end, moment = hours[-1].end, now()
    if end - moment > _MAX_WAIT:
        raise AirflowFailException(
            f"the hour {hours[-1]} ends more than two hours from now; start the run again when it has ended"
        )
    if moment < end + settle:
        raise AirflowRescheduleException(end + settle)


def slices_of(hours: "Sequence[Hour]", resources: TaskResources, ti: Any) -> "list[Slice]":
    """The slices of the run's own hours; in a live run, also the slices of the hours to reprocess."""
    resources.stores.catalog.check()
    try:
        limit = resources.settings.max_changes_per_slice
        return plan_run(hours, _hours_again(hours, resources, ti), resources.database.changes, limit)
    except HourError as error:
        raise AirflowFailException(str(error)) from error


def _hours_again(hours: "Sequence[Hour]", resources: TaskResources, ti: Any) -> "Mapping[Hour, Reason]":
    from todo_insights.maintenance.reprocessing import hours_to_reprocess

    if not is_live(hours, resources.settings.look_back, now()):
        return {}
    try:
        return hours_to_reprocess(resources.database, resources.stores, resources.settings, now())
    except InsightsError as error:
        # A failed search for hours to reprocess must not stop this run; the last task reports the failure.
        logger.exception("could not look for late and erased hours")
        ti.xcom_push(TROUBLE, f"could not look for late and erased hours: {error}")
        return {}


def publish(manifests: "Sequence[Manifest]", resources: TaskResources, ti: Any) -> "list[Published]":
    """Publish hours, and compact their days again if the day views read these days from the daily tables.

    If some hours fail, the following tasks still get the results of the published hours.
    """
    from todo_insights.hourly.publish import publish_hours
    from todo_insights.maintenance.compaction import compact_changed
    from todo_insights.maintenance.hour_quality import record_hours

    published: Sequence[Any] = []
    try:
        published = publish_hours(manifests, resources.stores, resources.settings.settle, now())
        hours = [each["hour"] for each in published]
        compact_changed(hours, resources.stores, now())
        record_hours(hours, resources.stores, now())
    except PublishError as error:
        ti.xcom_push(RESULT, [*(published or error.published)])
        raise
    return list(published)


def record_asset_events(published: "Sequence[Published]", events: Any) -> None:
    """Add the result of publishing each hour to the asset event of each table, for Airflow's UI."""
    for asset in assets.HOURLY:
        events[asset].extra = {
            each["hour"]: f"{each['outcomes'][asset.name]}, {each['reason']}, "
            f"{each['source_count']} changes, {each['rejects']} rejects"
            for each in published
        }


def write_back(published: "Sequence[Published]", resources: TaskResources) -> "WrittenBack":
    """Write the insights of the users of these hours, then finish erasures, even if writing insights fails.

    Both steps may be repeated. If both fail, the error of the erasures is raised, with the error of the
    insights as its context.
    """
    from todo_insights.maintenance.erasure import finish_erasures
    from todo_insights.user_insights.write_back import write_back as write_insights

    hours = [each["hour"] for each in published]
    try:
        return write_insights(hours, resources.database, resources.stores, now())
    finally:
        receipts = finish_erasures(resources.database, resources.stores, now())
        logger.info("erasures: %d receipts are written", len(receipts))
        if receipts:
            _renew_report(resources)


def _renew_report(resources: TaskResources) -> None:
    """Write today's team report again, because the erasure has deleted all reports."""
    from todo_insights.report.write import write_daily_report

    try:
        write_daily_report(resources.stores, resources.settings.environment, now())
    except InsightsError:
        # The error does not fail the task: no insights are lost, and the next daily run writes a report.
        logger.exception("the team report is not written again")


def send_metrics(
    context: Mapping[str, Any], summary: "RunSummary", done: "Sequence[Published]", resources: TaskResources
) -> None:
    """Send the metrics of a run; in a live run, also the business metrics."""
    from todo_insights.metrics.business import business_metrics
    from todo_insights.metrics.publish import publish as publish_metrics
    from todo_insights.metrics.run import of_run

    seconds = (now() - context["dag_run"].start_date).total_seconds()
    failed = len(summary["missing"])
    found = of_run(
        done, failed, resources.stores, resources.database.changes, resources.settings, seconds, now()
    )
    # Business metrics describe the present time, so the next live run sends current values in any case.
    if is_live(own_hours(context), resources.settings.look_back, now()):
        found += business_metrics(resources.database, resources.stores, now())
    publish_metrics(found, resources.settings, resources.aws, now())


def run_summary(
    context: Mapping[str, Any], slices: "Sequence[Slice]", published: "Sequence[Published] | None"
) -> "RunSummary":
    """The summary of a run, from the present states of its tasks."""
    from todo_insights.hourly.run_summary import summarize_run

    ti, run_id = context["ti"], context["run_id"]
    states = ti.get_task_states(dag_id=ti.dag_id, run_ids=[run_id]).get(run_id, {})
    trouble = ti.xcom_pull(task_ids="plan_windows", key=TROUBLE)
    return summarize_run(
        [each["hour"] for each in slices], published or [], states, [trouble] if trouble else []
    )
