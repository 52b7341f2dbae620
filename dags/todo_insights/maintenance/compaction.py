"""Compaction: the 24 hours of a day of Gold, added up into one partition of a daily table; the hours stay.

Readers use the daily table for a compacted day and the hours for any other day, so compaction changes no
result, only the number of files that are read. A change of an hour withdraws its day from the catalog.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypedDict

import pyarrow as pa
import pyarrow.compute as pc

from .. import CODE_VERSION
from ..core.errors import HourError, InsightsError, PublishError, StorageError, VerificationError
from ..lake.catalog import Catalog, Outcome, Partition
from ..lake.days import hours_key, outdated_days, physical_names
from ..lake.files import daily_location_of, new_run_key
from ..lake.schema import BY_NAME, DAILY_OF, GOLD_USERS, SCHEMA_VERSION, LakeTable
from ..lake.storage import Lake, encode
from ..lake.stores import Stores
from ..transform.aggregate import add_up
from ..transform.verify import verify_sum
from .checks import damaged_partitions

logger = logging.getLogger(__name__)

_GOLD = [name for table in DAILY_OF for name in physical_names(table)]
_HOURS_OF_A_DAY = 24

# The hours of one day, by hourly table.
_Hours = Mapping[LakeTable, Sequence[Partition]]


class CompactedDay(TypedDict):
    """The result of compacting a day.

    `rows` and `outcomes` are keyed by the name of the daily table, `totals` is how many counters were found
    equal in the hours and in the day, `active_users` how many users changed a task. An outcome is superseded
    when an hour changed meanwhile: readers keep using the hours, and the next compaction compacts the day.
    """

    dt: str
    hours: int
    rows: dict[str, int]
    totals: int
    active_users: int
    outcomes: dict[str, str]


class _HourChanged(InsightsError):
    """An hour changed while its day was compacted."""


def compact(days: Sequence[str] | None, stores: Stores, now: datetime) -> list[CompactedDay]:
    """Compact these days, or by default every complete day that is not compacted; may be repeated.

    A day is complete when all its hours are published and none is provisional. Days that no longer are the
    sum of their hours, or that lost a file, are withdrawn first and compacted again. Raises HourError before
    any work for a chosen day that is not complete, and PublishError at the end if days failed; a failed day
    does not stop the others.
    """
    _withdraw_outdated(stores.catalog)
    _withdraw_damaged(stores)
    partitions = stores.catalog.snapshot(_GOLD)
    complete = _complete(partitions)
    done: list[CompactedDay] = []
    failed: list[str] = []
    for dt in _not_compacted(complete, partitions) if days is None else _chosen(days, complete):
        try:
            done.append(_compact_day(dt, complete[dt], stores, now))
        except (StorageError, VerificationError) as error:
            logger.error("%s: not folded: %s", dt, error)
            failed.append(f"{dt}: {error}")
            continue
        logger.info("%s: %s", dt, ", ".join(f"{name} {each}" for name, each in done[-1]["outcomes"].items()))
    if failed:
        raise PublishError("not folded: " + "; ".join(failed))
    return done


def _complete(partitions: Sequence[Partition]) -> dict[str, _Hours]:
    """The hours of each complete day, by day."""
    found: dict[str, dict[LakeTable, list[Partition]]] = {}
    for each in partitions:
        if each.hour is not None and not each.provisional:
            found.setdefault(each.dt, {}).setdefault(BY_NAME[each.table], []).append(each)
    return {
        dt: hours
        for dt, hours in sorted(found.items())
        if [len(hours.get(table, ())) for table in DAILY_OF] == [_HOURS_OF_A_DAY] * len(DAILY_OF)
    }


def _not_compacted(complete: Mapping[str, _Hours], partitions: Sequence[Partition]) -> list[str]:
    folded = {(each.table, each.dt) for each in partitions}
    return [dt for dt in complete if not all((daily.physical, dt) in folded for daily in DAILY_OF.values())]


def _chosen(days: Sequence[str], complete: Mapping[str, _Hours]) -> list[str]:
    if unknown := sorted({*days} - {*complete}):
        raise HourError(
            f"cannot fold {', '.join(unknown)}: process every hour of the day after its end, then fold it"
        )
    return sorted({*days})


def _compact_day(dt: str, hours: _Hours, stores: Stores, now: datetime) -> CompactedDay:
    sums = {table: _added_up(table, hours[table], stores.lake) for table in DAILY_OF}
    partitions = [_write(dt, table, hours[table], sums[table], stores.lake, now) for table in DAILY_OF]
    return CompactedDay(
        dt=dt,
        hours=_HOURS_OF_A_DAY,
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
            f"{table.physical} has {parts.num_rows} rows where its partitions say {expected}; "
            "process the hours of this day again"
        )
    rows = add_up([parts], table)
    verify_sum([parts], rows, table)
    return rows


def _write(
    dt: str, table: LakeTable, hours: Sequence[Partition], rows: pa.Table, lake: Lake, now: datetime
) -> Partition:
    run_key, daily = f"{new_run_key(now)}-{hours_key(hours)}", DAILY_OF[table]
    location = daily_location_of(daily, dt, run_key)
    file = lake.write(daily.zone, location, "part-00000.parquet", encode(rows, daily))
    return Partition(
        table=daily.physical,
        dt=dt,
        hour=None,
        location=location,
        files=(file,),
        row_count=rows.num_rows,
        source_count=sum(each.source_count for each in hours),
        rejects=sum(each.rejects for each in hours),
        min_at=None,
        max_at=None,
        checksum=file.checksum,
        schema_version=SCHEMA_VERSION,
        code_version=CODE_VERSION,
        as_of=min(each.as_of for each in hours),
        run_id=run_key,
        provisional=False,
    )


def _publish(partitions: list[Partition], stores: Stores, now: datetime) -> dict[str, str]:
    """Publish a day in its daily tables, unless one of its hours has changed, and check again afterwards.

    SQLite locks out other publishers during `confirm`. In Glue an hour may change between `confirm` and the
    call, and its publisher may have looked for a day to withdraw before it existed: hence the second check.
    """

    def confirm(partition: Partition) -> None:
        # A published day may have been damaged since, so its file is read.
        check = stores.lake.require if partition.published_at is None else stores.lake.verify
        for file in partition.files:
            check(BY_NAME[partition.table].zone, partition.location, file)
        if outdated_days([partition, *stores.catalog.snapshot(hourly, partition.dt)]):
            raise _HourChanged(f"an hour of {partition.dt} changed while the day was added up")

    hourly = [table.physical for table in DAILY_OF]
    try:
        publications = stores.catalog.publish(partitions, now, confirm)
    except _HourChanged as error:
        logger.warning("%s; the next compaction includes it", error)
        return {each.table: str(Outcome.SUPERSEDED) for each in partitions}
    for each in publications:
        if each.unneeded:
            stores.lake.remove(BY_NAME[each.partition.table].zone, each.partition.location)
    withdrawn = _withdraw_outdated(stores.catalog, partitions[0].dt)
    return {
        each.partition.table: str(
            Outcome.SUPERSEDED if (each.partition.table, each.partition.dt) in withdrawn else each.outcome
        )
        for each in publications
    }


def _withdraw_outdated(catalog: Catalog, since: str = "") -> set[tuple[str, str]]:
    """Withdraw the days whose hours have changed, so that readers use the hours; returns tables and days."""
    found = outdated_days(catalog.snapshot(_GOLD, since))
    for day in found:
        logger.warning("%s: %s is not the sum of its hours any more; withdrawn", day.dt, day.table)
        catalog.withdraw(day.table, day.dt)
    return {(day.table, day.dt) for day in found}


def _withdraw_damaged(stores: Stores) -> None:
    """Withdraw the days with a file that is missing or has a wrong size, so that readers use the hours."""
    for daily in DAILY_OF.values():
        folded = stores.catalog.snapshot([daily.physical])
        # One listing of the table needs fewer requests than one check per file.
        for (table, dt, _), finding in damaged_partitions(
            folded, stores.lake.files(daily), stores.lake
        ).items():
            logger.warning("%s: %s is withdrawn: %s", dt, table, finding["what"])
            stores.catalog.withdraw(table, dt)


def _active(activity: pa.Table) -> int:
    changed = activity.filter(pc.greater(activity["changes"], 0))
    return int(pc.count_distinct(changed["user_id"]).as_py())
