"""Gold as readers take it: a folded day from the daily table, any other day from its hours."""

from collections.abc import Sequence

import pyarrow as pa

from .catalog import Partition
from .schema import BY_NAME, DAILY_OF, LakeTable
from .storage import Lake

_HOURLY_OF = {daily.physical: hourly.physical for hourly, daily in DAILY_OF.items()}


def each_day_once(partitions: Sequence[Partition]) -> list[Partition]:
    """Leave out the hours of the days that have a partition in the daily table of theirs."""
    folded = {(_HOURLY_OF[each.table], each.dt) for each in partitions if each.table in _HOURLY_OF}
    return [each for each in partitions if (each.table, each.dt) not in folded]


def read_each_day_once(
    table: LakeTable,
    partitions: Sequence[Partition],
    columns: Sequence[str],
    lake: Lake,
    only: tuple[str, Sequence[str]] | None = None,
) -> pa.Table:
    """These columns, dt included, of a Gold table's rows in these partitions of it and of its daily table.

    `table` is the hourly one; other tables' partitions are passed over. `only` and the errors are those of
    Lake.read.
    """
    chosen = each_day_once(partitions)
    return pa.concat_tables(
        lake.read(source, _files(chosen, source), columns, only) for source in (table, DAILY_OF[table])
    )


def both(table: LakeTable) -> tuple[str, str]:
    """The physical names of a Gold table and of its daily one: what a snapshot of its days needs."""
    return table.physical, DAILY_OF[table].physical


def _files(partitions: Sequence[Partition], table: LakeTable) -> list[tuple[str, str]]:
    return [
        (each.location, file.name)
        for each in partitions
        if BY_NAME[each.table] == table and each.row_count
        for file in each.files
    ]
