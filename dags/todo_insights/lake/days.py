"""Gold by day: a compacted day is read from the daily table, any other day from its hours."""

import hashlib
from collections.abc import Iterable, Sequence

import pyarrow as pa

from .catalog import Partition
from .schema import BY_NAME, DAILY_OF, HOURLY_OF, LakeTable
from .storage import Lake


def prefer_daily(partitions: Sequence[Partition]) -> list[Partition]:
    """Leave out the hours of each day that has a partition in the daily table."""
    folded = {(HOURLY_OF[each.table].physical, each.dt) for each in partitions if each.table in HOURLY_OF}
    return [each for each in partitions if (each.table, each.dt) not in folded]


def read_prefer_daily(
    table: LakeTable,
    partitions: Sequence[Partition],
    columns: Sequence[str],
    lake: Lake,
    only: tuple[str, Sequence[str]] | None = None,
) -> pa.Table:
    """These columns, dt included, of a Gold table's rows in these partitions of it and of its daily table.

    `table` is the hourly table; partitions of other tables are ignored. `only` and the errors are those of
    Lake.read.
    """
    chosen = prefer_daily(partitions)
    return pa.concat_tables(
        lake.read(source, _files(chosen, source), columns, only) for source in (table, DAILY_OF[table])
    )


def hours_key(hours: Iterable[Partition]) -> str:
    """What the run id of a day's partition ends with when it adds up these hours: 12 hexadecimal digits.

    An hour whose content changes gets another location, so a day is the sum of its hours if the keys are
    equal.
    """
    return hashlib.sha256("\n".join(sorted(each.location for each in hours)).encode()).hexdigest()[:12]


def outdated_days(partitions: Sequence[Partition]) -> list[Partition]:
    """The daily partitions that are not the sum of the hourly partitions in this list."""
    hours: dict[tuple[str, str], list[Partition]] = {}
    for each in partitions:
        hours.setdefault((each.table, each.dt), []).append(each)
    return [
        each
        for each in partitions
        if each.table in HOURLY_OF
        and not each.run_id.endswith(
            f"-{hours_key(hours.get((HOURLY_OF[each.table].physical, each.dt), ()))}"
        )
    ]


def without_outdated_days(partitions: Sequence[Partition]) -> list[Partition]:
    """Leave out outdated days, which Glue may still name until a publisher has withdrawn them."""
    late = outdated_days(partitions)
    return [each for each in partitions if each not in late]


def physical_names(table: LakeTable) -> tuple[str, str]:
    """The physical names of a Gold table and of its daily table, for a snapshot of both."""
    return table.physical, DAILY_OF[table].physical


def _files(partitions: Sequence[Partition], table: LakeTable) -> list[tuple[str, str]]:
    return [
        (each.location, file.name)
        for each in partitions
        if BY_NAME[each.table] == table and each.row_count
        for file in each.files
    ]
