"""Compaction: add up the Gold hours of a day into one partition of a daily table. The hours are kept.

The day views read the daily tables up to their cutoff, and the hours after it. Compaction publishes days,
then moves the cutoff. Compaction does not change the results of queries, only the number of files that the
queries read. When an hour up to the cutoff changes, readers see the change after its day is compacted again.
"""

import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import TypedDict

import pyarrow as pa
import pyarrow.compute as pc

from ..catalog.base import Outcome, Partition
from ..catalog.days import NO_CUTOFF, hours_key, outdated_days, physical_names
from ..catalog.stores import Stores
from ..core.errors import HourError, InsightsError, PublishError, StorageError, VerificationError
from ..lake.files import new_run_key
from ..lake.schema import BY_NAME, DAILY_OF, GOLD_USERS, LakeTable
from ..lake.storage import Lake
from ..transform.aggregate import add_up
from ..transform.verify import verify_sum
from .day_hours import Hours, broken_days, complete_days, hours_by_day, is_compacted, stale_days, write_day

logger = logging.getLogger(__name__)

_GOLD = [name for table in DAILY_OF for name in physical_names(table)]
# The maximum number of attempts to move the cutoff if hours change at the same time.
_ATTEMPTS = 5


class CompactedDay(TypedDict):
    """The result of compacting one day.

    `hours` is the number of hours that were added up. `rows` and `outcomes` have one entry per daily table.
    `totals` is the number of counters whose sum over the hours equals their sum in the day. `active_users` is
    the number of users who changed a task on that day. An outcome is superseded if an hour changed during the
    compaction; then the run that changed the hour, or the next compaction, compacts the day.
    """

    dt: str
    hours: int
    rows: dict[str, int]
    totals: int
    active_users: int
    outcomes: dict[str, str]


class _HourChanged(InsightsError):
    """An hour changed while its day was being compacted."""


def compact(days: Sequence[str] | None, stores: Stores, now: datetime) -> list[CompactedDay]:
    """Compact these days, or by default every day that is due; then move the cutoff. May be repeated.

    A day is complete if all its hours are published and none is provisional. A complete day is due if it is
    not compacted. A compacted day, or a day up to the cutoff, is due if its partition is not the sum of its
    hours, or if a file of the partition is missing. If a chosen day is not complete, HourError is raised
    before any work. A failed day does not stop the other days; PublishError is raised at the end.
    """
    cutoff, broken = stores.catalog.cutoff(), broken_days(stores)
    partitions = stores.catalog.snapshot(_GOLD)
    hours = hours_by_day(partitions)
    complete = complete_days(hours)
    if days is None:
        chosen = {dt for dt in complete if not is_compacted(dt, partitions)}
        chosen |= {dt for _, dt in broken} | stale_days(hours, partitions, cutoff)
    else:
        chosen = {*_chosen(days, complete)}
    done, failed = _compact_days({dt: hours[dt] for dt in sorted(chosen & hours.keys())}, stores, now)
    done += _move_cutoff(
        broken - {(table, each["dt"]) for each in done for table in each["rows"]}, stores, now
    )
    if failed:
        raise PublishError("not compacted: " + "; ".join(failed))
    return done


def compact_changed(hours: Collection[str], stores: Stores, now: datetime) -> list[CompactedDay]:
    """After publishing these hours, compact their days again if day views read these days from daily tables.

    Raises PublishError if days failed; the next compaction compacts them.
    """
    # The cutoff is read after the hours were published. If a compaction moves the cutoff later, it finds
    # these hours.
    cutoff = stores.catalog.cutoff()
    done: list[CompactedDay] = []
    failed: list[str] = []
    for dt in sorted({hour[: len(cutoff)] for hour in hours}):
        if dt <= cutoff:
            partitions = stores.catalog.snapshot(_GOLD, dt, dt)
            of_day = hours_by_day(partitions)
            if stale_days(of_day, partitions, cutoff):
                compacted, reasons = _compact_days(of_day, stores, now)
                done, failed = done + compacted, failed + reasons
    if failed:
        raise PublishError("published, but not compacted: " + "; ".join(failed))
    return done


def _compact_days(
    days: Mapping[str, Hours], stores: Stores, now: datetime
) -> tuple[list[CompactedDay], list[str]]:
    """Compact these days; returns the results of the compacted days, and the errors of the failed days."""
    done: list[CompactedDay] = []
    failed: list[str] = []
    for dt, hours in days.items():
        try:
            done.append(_compact_day(dt, hours, stores, now))
        except (StorageError, VerificationError) as error:
            logger.error("%s: not compacted: %s", dt, error)
            failed.append(f"{dt}: {error}")
            continue
        logger.info("%s: %s", dt, ", ".join(f"{name} {each}" for name, each in done[-1]["outcomes"].items()))
    return done, failed


def _move_cutoff(broken: Collection[tuple[str, str]], stores: Stores, now: datetime) -> list[CompactedDay]:
    """Move the cutoff to the end of the compacted days; returns the days compacted again.

    The new cutoff is the newest day such that this day and all earlier days are compacted.
    `broken` contains the daily table and the day of each partition with a missing or incomplete file.
    """
    done: list[CompactedDay] = []
    for _ in range(_ATTEMPTS):
        partitions = stores.catalog.snapshot(_GOLD)
        days = hours_by_day(partitions)
        unusable = stale_days(days, partitions, max(days, default=NO_CUTOFF)) | {dt for _, dt in broken}
        cutoff = max((dt for dt in days if dt < min(unusable, default="9999")), default=NO_CUTOFF)
        if cutoff != stores.catalog.cutoff():
            logger.info("the day views read the daily tables up to %s", cutoff)
            stores.catalog.move_cutoff(cutoff)
        for table, dt in broken:
            logger.warning("%s: %s has lost a file and cannot be compacted; withdrawn", dt, table)
            stores.catalog.withdraw(table, dt)
        # A run that read the former cutoff may have published an hour and not compacted its day.
        partitions = stores.catalog.snapshot(_GOLD, until=cutoff)
        days = hours_by_day(partitions)
        stale = stale_days(days, partitions, cutoff)
        if not stale:
            break
        compacted, failed = _compact_days({dt: days[dt] for dt in sorted(stale)}, stores, now)
        done += compacted
        if failed:
            raise PublishError("not compacted: " + "; ".join(failed))
    return done


def _chosen(days: Sequence[str], complete: Mapping[str, Hours]) -> list[str]:
    if unknown := sorted({*days} - {*complete}):
        raise HourError(f"cannot compact {', '.join(unknown)}: process every hour of the day after its end")
    return sorted({*days})


def _compact_day(dt: str, hours: Hours, stores: Stores, now: datetime) -> CompactedDay:
    sums = {table: _added_up(table, hours[table], stores.lake) for table in DAILY_OF}
    partitions = [_write(table, hours[table], sums[table], stores.lake, now) for table in DAILY_OF]
    return CompactedDay(
        dt=dt,
        hours=len(hours[GOLD_USERS]),
        rows={each.table: each.row_count for each in partitions},
        totals=sum(pa.types.is_integer(field.type) for table in DAILY_OF for field in table.columns),
        active_users=_active(sums[GOLD_USERS]),
        outcomes=_publish(partitions, stores, now),
    )


def _added_up(table: LakeTable, hours: Sequence[Partition], lake: Lake) -> pa.Table:
    for each in hours:
        for file in each.files:
            lake.verify(table.zone, each.location, file)
    parts = lake.read(
        table, [(each.location, file.name) for each in hours for file in each.files], table.columns.names
    )
    expected = sum(each.row_count for each in hours)
    if parts.num_rows != expected:
        raise VerificationError(
            f"{table.physical} has {parts.num_rows} rows, but its partitions have {expected} in the catalog; "
            "process the hours of this day again"
        )
    rows = add_up([parts], table)
    verify_sum([parts], rows, table)
    return rows


def _write(
    table: LakeTable, hours: Sequence[Partition], rows: pa.Table, lake: Lake, now: datetime
) -> Partition:
    run_key = f"{new_run_key(now)}-{hours_key(hours)}"
    return write_day(rows, DAILY_OF[table], hours, run_key, min(each.as_of for each in hours), lake)


def _publish(partitions: list[Partition], stores: Stores, now: datetime) -> dict[str, str]:
    """Publish a day in its daily tables, unless one of its hours has changed; then check the hours again.

    SQLite locks out other publishers while it calls `confirm`. In Glue, an hour may change after `confirm`,
    and the publisher of that hour may have read the old partition of the day. So the hours are checked again.
    """
    dt, hourly = partitions[0].dt, [table.physical for table in DAILY_OF]

    def confirm(partition: Partition) -> None:
        # The file of a published day may have been damaged since it was written, so the content is checked.
        check = stores.lake.require if partition.published_at is None else stores.lake.verify
        for file in partition.files:
            check(BY_NAME[partition.table].zone, partition.location, file)
        if outdated_days([partition, *stores.catalog.snapshot(hourly, dt, dt)]):
            if partition.published_at is not None:
                # This error makes the catalog replace the day even if its sums are equal: the name of its
                # folder contains the digest of its former hours.
                raise StorageError(f"{partition.table} {dt} is not the sum of its current hours")
            raise _HourChanged(f"an hour of {dt} changed while the day was added up")

    try:
        publications = stores.catalog.publish(partitions, now, confirm)
    except _HourChanged as error:
        logger.warning("%s; the day is compacted again", error)
        return {each.table: str(Outcome.SUPERSEDED) for each in partitions}
    for each in publications:
        if each.unneeded:
            stores.lake.remove(BY_NAME[each.partition.table].zone, each.partition.location)
    outdated = {each.table for each in outdated_days(stores.catalog.snapshot(_GOLD, dt, dt))}
    return {
        each.partition.table: str(Outcome.SUPERSEDED if each.partition.table in outdated else each.outcome)
        for each in publications
    }


def _active(activity: pa.Table) -> int:
    changed = activity.filter(pc.greater(activity["changes"], 0))
    return int(pc.count_distinct(changed["user_id"]).as_py())
