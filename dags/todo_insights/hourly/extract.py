"""Extract: one pass over an interval of the log, from BSON to Bronze without leaving C++."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pymongo import ASCENDING
from pymongo.collection import Collection

from ..database import open_database
from ..hours import Hour
from ..lake.schema import BRONZE_TASKS, BRONZE_USERS, LakeTable
from ..settings import Settings
from .bson_batches import arrow_of
from .rejects import Reject, to_table

Changes = Collection[dict[str, Any]]

# Without it the embedded server sends 101 documents per reply.
_BATCH_SIZE = 5000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# What a replayed answer needs and the lake does not.
_NOT_EXTRACTED = {"idempotency_key": 0, "fingerprint": 0, "status_code": 0}


@dataclass(frozen=True)
class Extracted:
    """The changes of an interval: Bronze rows per entity, and the documents that fit no Bronze row."""

    tasks: pa.Table
    users: pa.Table
    rejects: pa.Table
    source_count: int


@contextmanager
def open_changes(settings: Settings) -> Iterator[Changes]:
    """The collection `changes`, for the length of a `with`; raises SourceError when it is away."""
    with open_database(settings) as database:
        yield database.changes


def first_change_at(changes: Changes) -> datetime | None:
    """When the oldest change was made; None for an empty log. One without a date is passed over."""
    for oldest in changes.find({"at": {"$gte": _EPOCH}}, {"at": 1}).sort("at", ASCENDING):
        # The embedded server takes some texts for dates.
        if isinstance(oldest["at"], datetime):
            return oldest["at"]
    return None


def count_changes(changes: Changes, hour: Hour) -> int:
    """How many changes of an hour the log holds, malformed ones included."""
    return changes.count_documents({"at": {"$gte": hour.start, "$lt": hour.end}})


def extract(changes: Changes, start: datetime, end: datetime) -> Extracted:
    """Read the changes made in `[start, end)`; a malformed one becomes a reject, never an error."""
    query = {"at": {"$gte": start, "$lt": end}}
    batches: Any = changes.find_raw_batches(query, _NOT_EXTRACTED, batch_size=_BATCH_SIZE)
    return bronze_of(batches)


def bronze_of(batches: Iterable[bytes]) -> Extracted:
    """The Bronze rows of raw BSON batches."""
    # Each batch is parted at once: the rows of both entities together take three times the memory.
    tasks, users = [BRONZE_TASKS.columns.empty_table()], [BRONZE_USERS.columns.empty_table()]
    rejects: list[Reject] = []
    source_count = 0
    for batch in batches:
        rows, refused = arrow_of(batch)
        source_count += rows.num_rows + len(refused)
        tasks.append(_bronze(rows, "task", BRONZE_TASKS))
        users.append(_bronze(rows, "user", BRONZE_USERS))
        rejects += refused
    return Extracted(
        tasks=pa.concat_tables(tasks),
        users=pa.concat_tables(users),
        rejects=to_table(rejects),
        source_count=source_count,
    )


def _bronze(rows: pa.Table, entity: str, table: LakeTable) -> pa.Table:
    rows = rows.filter(pc.equal(rows["entity"], entity)).combine_chunks()
    sources = {"change_id": "_id", "task_id": "entity_id"}
    columns = [
        _image(rows[field.name], field.type)
        if pa.types.is_struct(field.type)
        else rows[sources.get(field.name, field.name)]
        for field in table.columns
    ]
    return pa.table(columns, schema=table.columns)


def _image(union: pa.ChunkedArray, image: pa.DataType) -> pa.Array:
    fields = [pc.struct_field(union, field.name) for field in image]
    fields = [field.combine_chunks() if isinstance(field, pa.ChunkedArray) else field for field in fields]
    # pymongoarrow reads a null document as one whose fields are all null; every image has an _id.
    return pa.StructArray.from_arrays(fields, fields=list(image), mask=pc.is_null(fields[0]))
