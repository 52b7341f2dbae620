"""Functions for the tasks of the daily DAGs; they use Airflow, and are imported only inside tasks."""

import logging
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from airflow.sdk.exceptions import AirflowFailException

from todo_insights.core.errors import HourError
from todo_insights.maintenance.compaction import CompactedDay, compact
from todo_insights.maintenance.hour_quality import record_due_days
from todo_insights.maintenance.maintain import Report, of_maintenance
from todo_insights.metrics.publish import publish as publish_metrics

from . import assets
from .resources import TaskResources, now

logger = logging.getLogger(__name__)


def compact_days(params: Mapping[str, str | None], resources: TaskResources) -> list[CompactedDay]:
    """Compact the days of the params, or all due days; an invalid day fails the task without a retry.

    Before the compaction, the rows of gold.hours are written again for each day whose rows differ from the
    catalog.
    """
    record_due_days(resources.stores, now())
    try:
        return compact(_days(params["from_day"], params["to_day"]), resources.stores, now())
    except HourError as error:
        raise AirflowFailException(str(error)) from error


def write_report(resources: TaskResources) -> str:
    """Write the team report to Gold; return and log the address of the file."""
    # The report is imported here, because DuckDB and pygal are slow to import, and no other task needs them.
    from todo_insights.report.write import write_daily_report

    address = write_daily_report(resources.stores, resources.settings.environment, now())
    logger.info("the team report is written: %s", address)
    return address


def record_asset_events(compacted: Sequence[CompactedDay], events: Any) -> None:
    """Add the result of compacting each day to the asset event of each daily table, for Airflow's UI."""
    for asset in assets.DAILY:
        events[asset].extra = {
            each["dt"]: f"{each['outcomes'][asset.name]}, {each['rows'][asset.name]} rows, "
            f"{each['active_users']} active users"
            for each in compacted
        }


def _days(first: str | None, end: str | None) -> list[str] | None:
    if first is None and end is None:
        return None
    if first is None or end is None:
        raise HourError("give both from_day and to_day, or neither")
    start = date.fromisoformat(first)
    count = (date.fromisoformat(end) - start).days
    if count < 1:
        raise HourError(f"the range {first} to {end} contains no day; the end must be later than the start")
    return [(start + timedelta(days=number)).isoformat() for number in range(count)]


def send_metrics(report: Report, resources: TaskResources) -> int:
    """Send the metrics of a maintenance run; returns the number of values that were sent."""
    found = of_maintenance(report)
    publish_metrics(found, resources.settings, resources.aws, now())
    return len(found)


def findings_text(report: Report) -> str:
    """Write the total number of findings, and the place, problem and remedy of each shown finding."""
    shown = (f"{each['where']}: {each['what']}; {each['advice']}" for each in report["findings"])
    return "\n".join([f"{report['findings_count']} findings need attention:", *shown])
