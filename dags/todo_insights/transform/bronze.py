"""Convert raw BSON batches of the log to Bronze rows; a malformed document becomes a reject."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
from pymongoarrow.context import PyMongoArrowContext
from pymongoarrow.schema import Schema

from ..lake.schema import BRONZE_TASKS, BRONZE_USERS, SCHEMA_VERSION, SOURCE, LakeTable
from .bson_types import types_look_right
from .documents import ENTITIES, REQUIRED, separate
from .rejects import Reject, to_table

# Batches are decoded together until they have this number of bytes, because each decoding has a fixed cost.
_DECODED_AT_ONCE = 32 * 2**20


@dataclass(frozen=True)
class Extracted:
    """The changes of an interval: Bronze rows of tasks and users, and rejects for malformed documents."""

    tasks: pa.Table
    users: pa.Table
    rejects: pa.Table
    source_count: int


def bronze_of(batches: Iterable[bytes], limit: int) -> Iterator[Extracted]:
    """Yield the Bronze rows of raw BSON batches, in parts of about `limit` bytes of BSON.

    The changes must be in the order of `at`. A part ends at a whole second, so the parts are the same, no
    matter how the changes are divided into batches. Without batches, one empty part is yielded.
    """
    part = _Part()
    for batch in batches:
        part.add(batch)
        if part.size >= limit and (moment := part.last_second()) is not None:
            later = part.cut(moment)
            yield part.extracted()
            part = later
    yield part.extracted()


class _Part:
    """Collects the rows of batches for one part; `size` is the size in bytes of their BSON."""

    def __init__(self) -> None:
        # The rows of tasks and users of each batch are separated at once, because a table with both takes
        # three times the memory.
        self._rows = {
            "task": [BRONZE_TASKS.columns.empty_table()],
            "user": [BRONZE_USERS.columns.empty_table()],
        }
        self._rejects: list[Reject] = []
        self._batches: list[bytes] = []
        self.size = 0

    def add(self, batch: bytes) -> None:
        """Add one batch to this part; it is decoded later, together with other batches."""
        self._batches.append(batch)
        self.size += len(batch)
        if sum(map(len, self._batches)) >= _DECODED_AT_ONCE:
            self._decode()

    def _decode(self) -> None:
        if not self._batches:
            return
        rows, refused = decode_batches(self._batches)
        self._batches.clear()
        self._rows["task"].append(_bronze(rows, "task", BRONZE_TASKS))
        self._rows["user"].append(_bronze(rows, "user", BRONZE_USERS))
        self._rejects += refused

    def last_second(self) -> datetime | None:
        """The start of the second that contains the newest row; None if all rows are within this second."""
        self._decode()
        ends = [pc.min_max(each["at"]).as_py() for rows in self._rows.values() for each in rows if len(each)]
        last = max((each["max"] for each in ends), default=None)
        moment: datetime | None = last and last.replace(microsecond=0)
        return moment if moment and min(each["min"] for each in ends) < moment else None

    def cut(self, moment: datetime) -> "_Part":
        """Keep the rows before this time in this part; returns a new part with the other rows."""
        later = _Part()
        for entity, rows in self._rows.items():
            first = pa.scalar(moment, rows[0].schema.field("at").type)
            for position, each in enumerate(rows):
                is_later = pc.greater_equal(each["at"], first)
                if pc.any(is_later).as_py():
                    later._rows[entity].append(each.filter(is_later).combine_chunks())
                    rows[position] = each.filter(pc.invert(is_later)).combine_chunks()
        return later

    def extracted(self) -> Extracted:
        """Return the collected rows and rejects; afterwards, this part is empty."""
        self._decode()
        tasks, users = (_joined(rows) for rows in self._rows.values())
        count = tasks.num_rows + users.num_rows + len(self._rejects)
        return Extracted(tasks, users, to_table(self._rejects), count)


def _joined(parts: list[pa.Table]) -> pa.Table:
    """Join tables to one table that stores each column in one piece of memory.

    The tables are removed from the list, and each of their columns is released after it is copied, so that
    memory never contains all rows twice.
    """
    schema = parts[0].schema
    columns = [
        [chunk for part in parts for chunk in part.column(position).chunks] for position in range(len(schema))
    ]
    parts.clear()
    joined = []
    for field in schema:
        chunks = columns.pop(0)
        joined.append(pa.concat_arrays(chunks) if chunks else pa.array([], field.type))
        del chunks
        # Without this call, Arrow keeps freed memory instead of returning it to the system.
        pa.default_memory_pool().release_unused()
    return pa.table(joined, schema=schema)


def _bronze(rows: pa.Table, entity: str, table: LakeTable) -> pa.Table:
    is_of_entity = pc.equal(rows["entity"], entity)
    if not pc.any(is_of_entity).as_py():
        return table.columns.empty_table()
    if not pc.all(is_of_entity).as_py():
        rows = rows.filter(is_of_entity)
    rows = rows.combine_chunks()
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
    # pymongoarrow decodes a null document as a document whose fields are all null. Every real image has an
    # _id.
    return pa.StructArray.from_arrays(fields, fields=list(image), mask=pc.is_null(fields[0]))


def decode_batches(batches: Sequence[bytes]) -> tuple[pa.Table, list[Reject]]:
    """Decode batches to rows with the schema of the log; each document that does not fit is a reject."""
    if (table := _decode(batches)) is not None:
        return table, []
    if len(batches) == 1:
        good, rejects = separate(batches[0])
        return _converted(good), rejects
    # Each batch is decoded alone, to find the batches with malformed documents; only their documents are
    # checked one by one.
    tables, refused = zip(*(decode_batches([each]) for each in batches), strict=True)
    return pa.concat_tables(tables), [each for rejects in refused for each in rejects]


def _decode(batches: Sequence[bytes]) -> pa.Table | None:
    """Decode batches whose documents all fit the schema; returns None if a document does not fit.

    The errors of the decoder do not say which document does not fit.
    """
    try:
        table = _converted(batches)
        fits = all(map(types_look_right, batches)) and not pc.any(_is_malformed(table)).as_py()
    except (TypeError, ValueError, OverflowError):
        # ArrowInvalid is a ValueError.
        return None
    return table if fits else None


def _converted(batches: Sequence[bytes]) -> pa.Table:
    context = PyMongoArrowContext(Schema.from_arrow(SOURCE))
    for batch in batches:
        context.process_bson_stream(batch)
    table = context.finish()
    # The C++ decoder of pymongoarrow copies text without checks; this validation finds text that is not
    # UTF-8.
    table.validate(full=True)
    return table


def _is_malformed(table: pa.Table) -> pa.ChunkedArray:
    wrong = pc.invert(pc.is_in(table["entity"], value_set=pa.array(ENTITIES)))
    right_version = pc.fill_null(pc.equal(table["schema_version"], SCHEMA_VERSION), False)
    wrong = pc.or_(wrong, pc.invert(right_version))
    for name in REQUIRED:
        wrong = pc.or_(wrong, pc.is_null(table[name]))
    return wrong
