"""Reread: read the changes of an hour from its Bronze if the changes have expired in the log.

An erasure removes the same fields from the log and from Bronze, so both sources give the same tables.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from ..catalog.base import Partition
from ..catalog.stores import Stores
from ..core.database import Database
from ..core.errors import LostCatalogError, VerificationError
from ..core.hours import Hour
from ..lake.schema import BRONZE_TASKS, BRONZE_USERS, BY_NAME, ERASED_FIELDS, SILVER_REJECTS, LakeTable
from ..lake.storage import Lake
from ..transform.bronze import Extracted
from .counts import count_changes

_SOURCES = (BRONZE_TASKS, BRONZE_USERS, SILVER_REJECTS)


def partitions_to_reread(hour: Hour, database: Database, stores: Stores) -> list[Partition]:
    """The published Bronze and rejects of an hour, if the log has fewer changes than were published.

    Returns an empty list if the log still contains all published changes.
    """
    found = stores.catalog.snapshot([table.physical for table in _SOURCES], since=hour.dt)
    published = [each for each in found if (each.dt, each.hour) == (hour.dt, hour.hour)]
    if published and count_changes(database.changes, hour) < published[0].source_count:
        return published
    return []


def reread(
    published: Sequence[Partition], database: Database, lake: Lake, start: datetime, end: datetime
) -> Iterator[Extracted]:
    """Yield the published changes of `[start, end)` as `extract` does, without personal data of erased users.

    Raises VerificationError if the published files have fewer changes than `extract` read when the hour was
    published. Raises LostCatalogError if the catalog does not name all tables of the hour.
    """
    if missing := {table.physical for table in _SOURCES} - {each.table for each in published}:
        raise LostCatalogError(
            f"{published[0].dt} {published[0].hour}: the catalog does not name {', '.join(sorted(missing))}; "
            "recover the catalog with the command recover (make recover)"
        )
    rows = {BY_NAME[each.table]: _read(each, lake) for each in published}
    rejects = _rejected_by_extract(rows, published[0])
    if start > Hour.containing(start).start:
        # Rejects have no timestamp, so the first slice of an hour contains all rejects of the hour.
        rejects = rejects.slice(0, 0)
    users = _erased_users(database)
    tasks, accounts = (
        _without_personal_data(_between(rows[table], start, end), table, users)
        for table in (BRONZE_TASKS, BRONZE_USERS)
    )
    yield Extracted(tasks, accounts, rejects, tasks.num_rows + accounts.num_rows + rejects.num_rows)


def _read(partition: Partition, lake: Lake) -> pa.Table:
    table = BY_NAME[partition.table]
    for file in partition.files:
        lake.verify(table.zone, partition.location, file)
    names = [(partition.location, file.name) for file in partition.files]
    return lake.read(table, names, table.columns.names).cast(table.columns)


def _rejected_by_extract(rows: dict[LakeTable, pa.Table], published: Partition) -> pa.Table:
    """The rejects of the step extract, which have no row in Bronze; conform finds its own rejects again."""
    in_bronze = pa.chunked_array(
        [chunk for table in (BRONZE_TASKS, BRONZE_USERS) for chunk in rows[table]["change_id"].chunks],
        pa.string(),
    )
    rejects = rows[SILVER_REJECTS]
    carried = rejects.filter(pc.invert(pc.is_in(rejects["change_id"], value_set=in_bronze)))
    if len(in_bronze) + len(carried) != published.source_count:
        raise VerificationError(
            f"{published.dt} {published.hour}: the files of Bronze and rejects contain "
            f"{len(in_bronze) + len(carried)} changes, but the catalog says {published.source_count}; "
            "nothing was written; keep the files and find out which changes are missing"
        )
    return carried


def _between(rows: pa.Table, start: datetime, end: datetime) -> pa.Table:
    first, last = (pa.scalar(moment, rows.schema.field("at").type) for moment in (start, end))
    return rows.filter(pc.and_(pc.greater_equal(rows["at"], first), pc.less(rows["at"], last)))


def _without_personal_data(rows: pa.Table, table: LakeTable, users: Sequence[str]) -> pa.Table:
    rows = rows.combine_chunks()
    is_erased = pc.is_in(rows["user_id"], value_set=pa.array(users, pa.string()))
    columns = [
        _without_personal_fields(rows[field.name], field.type, is_erased)
        if pa.types.is_struct(field.type)
        else rows[field.name]
        for field in table.columns
    ]
    return pa.table(columns, schema=table.columns)


def _without_personal_fields(
    image: pa.ChunkedArray, kind: pa.StructType, is_erased: pa.ChunkedArray
) -> pa.Array:
    fields = []
    for field in kind:
        values = pc.struct_field(image, field.name)
        if field.name in ERASED_FIELDS:
            # The values that an erasure in the API writes into the log: null instead of a text, and an empty
            # list of tags.
            empty = pa.scalar([] if pa.types.is_list(field.type) else None, field.type)
            values = pc.if_else(is_erased, empty, values)
        fields.append(values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values)
    mask = pc.is_null(image)
    return pa.StructArray.from_arrays(fields, fields=list(kind), mask=mask.combine_chunks())


def _erased_users(database: Database) -> list[str]:
    """The ids of all users with a requested erasure; their personal data must not be written again."""
    return [each["_id"] for each in database.erasures.find({}, {"_id": 1})]
