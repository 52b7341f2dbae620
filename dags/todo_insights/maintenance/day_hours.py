"""The Gold hours and the file of each day, and lists of complete, compacted, outdated and damaged days."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import pyarrow as pa

from .. import CODE_VERSION
from ..catalog.base import Partition
from ..catalog.days import outdated_days
from ..catalog.stores import Stores
from ..lake.encoding import encode
from ..lake.files import daily_location_of
from ..lake.schema import BY_NAME, DAILY_OF, SCHEMA_VERSION, LakeTable
from ..lake.storage import Lake
from .checks import damaged_partitions

# The name of the only file of a day.
DAY_FILE = "part-00000.parquet"
_HOURS_OF_A_DAY = 24

# The published hours of one day, by hourly table.
Hours = Mapping[LakeTable, Sequence[Partition]]


def hours_by_day(partitions: Sequence[Partition]) -> dict[str, Hours]:
    """The published hours of each day, in order of days."""
    found: dict[str, dict[LakeTable, list[Partition]]] = {}
    for each in partitions:
        if each.hour is not None:
            found.setdefault(each.dt, {}).setdefault(BY_NAME[each.table], []).append(each)
    return {dt: {table: of_day.get(table, []) for table in DAILY_OF} for dt, of_day in sorted(found.items())}


def complete_days(days: Mapping[str, Hours]) -> dict[str, Hours]:
    """The days whose hours are all published and not provisional; the first day may start after 00:00.

    On the first day of the lake, only the hours from its first published hour on are needed.
    """
    complete: dict[str, Hours] = {}
    for dt, hours in days.items():
        first = min(str(each.hour) for of_table in hours.values() for each in of_table)
        expected = _HOURS_OF_A_DAY - (int(first) if dt == min(days) else 0)
        if all(
            len(of_table) == expected and not any(each.provisional for each in of_table)
            for of_table in hours.values()
        ):
            complete[dt] = hours
    return complete


def is_compacted(dt: str, partitions: Sequence[Partition]) -> bool:
    """Return whether a day has a partition in each daily table."""
    found = {(each.table, each.dt) for each in partitions}
    return all((daily.physical, dt) in found for daily in DAILY_OF.values())


def stale_days(days: Collection[str], partitions: Sequence[Partition], cutoff: str) -> set[str]:
    """Days that must be compacted again: their partition is not the sum of their hours, or is missing.

    A day after the cutoff is not in the result if it has no partition, because it was never compacted.
    """
    missing = {dt for dt in days if dt <= cutoff and not is_compacted(dt, partitions)}
    return missing | {each.dt for each in outdated_days(partitions)}


def broken_days(stores: Stores) -> set[tuple[str, str]]:
    """The daily table and the day of each partition with a file that is missing or has a wrong size."""
    broken = set()
    for daily in DAILY_OF.values():
        compacted = stores.catalog.snapshot([daily.physical])
        # One listing of the table needs fewer requests than one check per file.
        found = damaged_partitions(compacted, stores.lake.files(daily), stores.lake)
        broken |= {(table, dt) for table, dt, _ in found}
    return broken


def write_day(
    rows: pa.Table, table: LakeTable, hours: Sequence[Partition], run_key: str, as_of: datetime, lake: Lake
) -> Partition:
    """Write the rows of a day, which were computed from these hours; returns the partition to publish.

    `as_of` is the time by which the catalog compares this partition with others of the same day.
    """
    dt = hours[0].dt
    location = daily_location_of(table, dt, run_key)
    file = lake.write(table.zone, location, DAY_FILE, encode(rows, table))
    return Partition(
        table=table.physical,
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
        as_of=as_of,
        run_id=run_key,
        provisional=False,
    )
