"""The table gold.hours: the quality of each published hour, in one small file for each day.

The rows are computed from the catalog, so they can be written again at any time. Only the number of late
changes depends on earlier runs: it is copied from the previous file, and it increases when a published hour
that is not provisional gets more changes.
"""

import hashlib
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa

from ..catalog.base import Outcome, Partition
from ..catalog.stores import Stores
from ..core.errors import InsightsError, PublishError, StorageError
from ..core.hours import Hour
from ..lake.files import RunFolder, new_run_key
from ..lake.schema import GOLD_HOURS, TABLES
from ..lake.storage import Lake
from .checks import damaged_partitions
from .day_hours import DAY_FILE, write_day

logger = logging.getLogger(__name__)

# The tables of an hour are published in order, so the partition of the last table shows that the whole hour
# is published.
_LAST = TABLES[-1].physical
_READ = [_LAST, GOLD_HOURS.physical]
# The maximum number of attempts to write the rows of a day if other runs publish hours of this day meanwhile.
_ATTEMPTS = 5

# The columns of one row by name, and the rows of one day by the start of the hour.
Row = Mapping[str, Any]
Rows = Mapping[datetime, Row]


class _DayChanged(InsightsError):
    """An hour of the day was published while the rows of the day were being written."""


def record_hours(hours: Collection[str], stores: Stores, now: datetime) -> None:
    """Write the rows of each day that contains one of these hours; call this after publishing the hours.

    The cost depends on the number of these days, not on the age of the lake. Raises PublishError if other
    runs published hours of a day during every attempt; the next compaction writes the rows of this day.
    """
    for dt in sorted({Hour.parse(hour).dt for hour in hours}):
        _record_day(dt, stores, now)


def record_due_days(stores: Stores, now: datetime) -> list[str]:
    """Write the rows of each day whose rows are missing, damaged or outdated; returns these days."""
    partitions = stores.catalog.snapshot(_READ)
    recorded = {each.dt: each for each in partitions if each.table == GOLD_HOURS.physical}
    damaged = damaged_partitions(recorded.values(), stores.lake.files(GOLD_HOURS), stores.lake)
    days: dict[str, list[Partition]] = {}
    for each in partitions:
        if each.table == _LAST:
            days.setdefault(each.dt, []).append(each)
    due = [
        dt
        for dt, hours in sorted(days.items())
        if dt not in recorded
        or (GOLD_HOURS.physical, dt, None) in damaged
        or not recorded[dt].run_id.endswith(f"-{_key(hours)}")
    ]
    for dt in due:
        _record_day(dt, stores, now)
    return due


def _record_day(dt: str, stores: Stores, now: datetime) -> None:
    for _ in range(_ATTEMPTS):
        try:
            return _publish_day(dt, stores, now)
        except _DayChanged as error:
            logger.info("%s; the day is written again", error)
    raise PublishError(f"other runs published hours of {dt} at the same time; compact later (make compact)")


def _publish_day(dt: str, stores: Stores, now: datetime) -> None:
    hours, before = _look(dt, stores)
    if not hours:
        return
    rows = _rows(hours, _rows_before(dt, before, stores.lake))
    run_key = f"{new_run_key(now)}-{_key(hours)}"
    as_of = max(each.as_of for each in hours)
    written = write_day(rows, GOLD_HOURS, hours, run_key, as_of, stores.lake)

    def confirm(partition: Partition) -> None:
        for file in partition.files:
            stores.lake.require(GOLD_HOURS.zone, partition.location, file)
        if _look(dt, stores) != (hours, before):
            raise _DayChanged(f"an hour of {dt} was published")

    try:
        (publication,) = stores.catalog.publish([written], now, confirm)
    except _DayChanged:
        stores.lake.remove(GOLD_HOURS.zone, written.location)
        raise
    if publication.outcome is not Outcome.PUBLISHED:
        stores.lake.remove(GOLD_HOURS.zone, written.location)


def _look(dt: str, stores: Stores) -> tuple[list[Partition], Partition | None]:
    """Read the published hours of a day, and the partition of gold.hours for the day, from the catalog."""
    found = stores.catalog.snapshot(_READ, dt, dt)
    days = [each for each in found if each.table == GOLD_HOURS.physical]
    return [each for each in found if each.table == _LAST], days[0] if days else None


def _rows(hours: Iterable[Partition], before: Rows) -> pa.Table:
    rows = []
    for each in hours:
        start = Hour.parse(f"{each.dt}T{each.hour}").start
        facts = _facts(each)
        rows.append({"hour": start, **facts, "late": _late(facts, before.get(start))})
    return pa.Table.from_pylist(rows, schema=GOLD_HOURS.columns)


def _late(facts: Row, before: Row | None) -> int:
    """The late changes of an hour: the previous number, plus the changes that were added to a final hour."""
    if before is None:
        return 0
    growth = 0 if before["provisional"] else facts["source_count"] - before["source_count"]
    return int(before["late"] + max(growth, 0))


def _facts(hour: Partition) -> dict[str, Any]:
    return {
        "as_of": _milliseconds(hour.as_of),
        "source_count": hour.source_count,
        "rejects": hour.rejects,
        "provisional": hour.provisional,
        "published_at": _milliseconds(hour.published_at or hour.as_of),
    }


def _milliseconds(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _key(hours: Sequence[Partition]) -> str:
    """The digest (12 hex digits) of these hours; the run key of the day's file ends with this digest."""
    facts = sorted((each.hour, *map(str, _facts(each).values())) for each in hours)
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:12]


def _rows_before(dt: str, before: Partition | None, lake: Lake) -> Rows:
    """The rows from the published file or, after a loss of the catalog, from the newest file of the day."""
    locations = [before.location] if before else sorted(_folders(dt, lake), reverse=True)
    for location in locations:
        try:
            rows = lake.read(GOLD_HOURS, [(location, DAY_FILE)], GOLD_HOURS.columns.names)
        except StorageError as error:
            logger.warning("the late changes of %s are counted from 0: %s", dt, error)
            continue
        return {row["hour"]: row for row in rows.to_pylist()}
    return {}


def _folders(dt: str, lake: Lake) -> list[str]:
    found = lake.list(GOLD_HOURS.zone, f"{GOLD_HOURS.name}/dt={dt}")
    return [each.location for each in found if RunFolder.parse(each.location, GOLD_HOURS)]
