"""The metrics that describe one run of the pipeline."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from pymongo import DESCENDING

from ..catalog.base import Partition
from ..catalog.stores import Stores
from ..core.hours import Hour
from ..core.logs import LogEntry
from ..core.settings import Settings
from ..hourly.extract import Changes, changes_without_timestamp
from ..hourly.manifest import Published
from ..lake.schema import BRONZE_TASKS, BRONZE_USERS, TABLES
from .publish import Metric

logger = logging.getLogger(__name__)

_NAMES = [table.physical for table in TABLES]


def of_run(
    published: Sequence[Published],
    failed_hours: int,
    stores: Stores,
    changes: Changes,
    settings: Settings,
    run_seconds: float,
    now: datetime,
) -> list[Metric]:
    """The metrics of a run that published these hours and failed to publish `failed_hours` other hours.

    `run_seconds` is the duration of the run so far. A metric without a value, such as the age of the newest
    hour of an empty lake, is left out.
    """
    recent = _snapshot(published, stores, now - settings.look_back)
    newest = _newest_closed(recent) or _newest_closed(stores.catalog.snapshot(_NAMES))
    return [
        *(_lags(newest, changes, now) if newest else ()),
        *_rows(published, recent, changes),
        Metric("LateHours", sum(each["reason"] == "late" for each in published)),
        Metric("HoursFailed", failed_hours),
        Metric("RunSeconds", round(run_seconds, 3)),
        *(Metric("PeakMemoryMb", each) for each in _most(published)),
    ]


def _snapshot(published: Sequence[Published], stores: Stores, since: datetime) -> list[Partition]:
    """The partitions of these hours and of all hours since a time, without reading the whole catalog."""
    first = min((Hour.parse(each["hour"]).dt for each in published), default=Hour.containing(since).dt)
    return stores.catalog.snapshot(_NAMES, min(first, Hour.containing(since).dt))


def _newest_closed(partitions: Sequence[Partition]) -> Hour | None:
    """The newest hour that is published in all tables and was read after it had settled."""
    closed: dict[str, int] = {}
    for each in partitions:
        if not each.provisional:
            closed[_hour(each)] = closed.get(_hour(each), 0) + 1
    newest = max((hour for hour, tables in closed.items() if tables == len(TABLES)), default=None)
    return None if newest is None else Hour.parse(newest)


def _lags(newest: Hour, changes: Changes, now: datetime) -> list[Metric]:
    lag = timedelta()
    # In a query, `$gte` with a date matches only dates, so the newest change has a date in `at`.
    query = {"at": {"$gte": newest.end}}
    for change in changes.find(query, {"at": 1}).sort("at", DESCENDING).limit(1):
        lag = change["at"] - newest.end
    return [
        Metric("LastPublishedHourAgeMinutes", round((now - newest.end) / timedelta(minutes=1), 1)),
        Metric("SourceLagSeconds", round(lag.total_seconds(), 3)),
    ]


def _rows(published: Sequence[Published], recent: Sequence[Partition], changes: Changes) -> list[Metric]:
    hours = {each["hour"] for each in published}
    without_timestamp = changes_without_timestamp(changes)
    if without_timestamp:
        logger.warning(
            LogEntry(
                "changes have no date in the field `at`, so no hour includes them; correct the field",
                "publish_metrics",
                rows=without_timestamp,
            )
        )
    return [
        Metric("RowsExtracted", sum(each["source_count"] for each in published)),
        *(
            Metric("RowsExtracted", _row_count(table.physical, hours, recent), table.physical)
            for table in (BRONZE_TASKS, BRONZE_USERS)
        ),
        Metric("RowsRejected", sum(each["rejects"] for each in published) + without_timestamp),
    ]


def _row_count(table: str, hours: set[str], partitions: Sequence[Partition]) -> int:
    return sum(each.row_count for each in partitions if each.table == table and _hour(each) in hours)


def _most(published: Sequence[Published]) -> list[float]:
    return [max(each["peak_mb"] for each in published)] if published else []


def _hour(partition: Partition) -> str:
    return f"{partition.dt}T{partition.hour}"
