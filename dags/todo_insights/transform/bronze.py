"""Convert raw BSON batches of the log to Bronze rows; a document that does not fit becomes a reject."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import bson
import pyarrow as pa
import pyarrow.compute as pc
from bson.codec_options import CodecOptions, DatetimeConversion
from bson.datetime_ms import DatetimeMS
from bson.errors import InvalidBSON
from pymongoarrow.context import PyMongoArrowContext
from pymongoarrow.schema import Schema

from ..lake.schema import BRONZE_TASKS, BRONZE_USERS, SCHEMA_VERSION, SOURCE, LakeTable
from .bson_types import types_look_right
from .rejects import Reject, reject, to_table

_ENTITIES = ("task", "user")
_REQUIRED = ("_id", "entity_id", "user_id", "version", "op", "at")

_PYTHON_TYPES: tuple[tuple[Any, tuple[type, ...]], ...] = (
    (pa.types.is_string, (str,)),
    (pa.types.is_timestamp, (datetime, DatetimeMS)),
    (pa.types.is_int64, (int,)),
    (pa.types.is_list, (list,)),
    (pa.types.is_struct, (dict,)),
)
_STRICT = CodecOptions[dict[str, Any]](tz_aware=True, datetime_conversion=DatetimeConversion.DATETIME_AUTO)
_LENIENT = _STRICT.with_options(unicode_decode_error_handler="replace")


@dataclass(frozen=True)
class Extracted:
    """The changes of an interval: Bronze rows of tasks and users, and rejects for malformed documents."""

    tasks: pa.Table
    users: pa.Table
    rejects: pa.Table
    source_count: int


def bronze_of(batches: Iterable[bytes], limit: int) -> Iterator[Extracted]:
    """Yield the Bronze rows of raw BSON batches, in parts of about `limit` bytes of BSON.

    A part ends at a whole second. So batches in the order of `at` give the same parts, no matter how the
    changes are divided into batches. Without batches, one empty part is yielded.
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
        self.size = 0

    def add(self, batch: bytes) -> None:
        """Decode one batch, and add its rows and rejects to this part."""
        rows, refused = decode_batch(batch)
        self._rows["task"].append(_bronze(rows, "task", BRONZE_TASKS))
        self._rows["user"].append(_bronze(rows, "user", BRONZE_USERS))
        self._rejects += refused
        self.size += len(batch)

    def last_second(self) -> datetime | None:
        """The start of the second that contains the newest row; None if all rows are within this second."""
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


def decode_batch(batch: bytes) -> tuple[pa.Table, list[Reject]]:
    """Decode a batch to rows of the source schema; a document that does not fit the schema is a reject."""
    try:
        table = _decode(batch)
        if types_look_right(batch) and not pc.any(_is_malformed(table)).as_py():
            return table, []
    except (TypeError, ValueError, OverflowError):
        # ArrowInvalid is a ValueError. Its message does not name the document, so each document is decoded
        # separately.
        pass
    return _decode_one_by_one(batch)


def _decode(batch: bytes) -> pa.Table:
    context = PyMongoArrowContext(Schema.from_arrow(SOURCE))
    context.process_bson_stream(batch)
    table = context.finish()
    # The C++ decoder of pymongoarrow copies text without checks; this validation finds text that is not
    # UTF-8.
    table.validate(full=True)
    return table


def _is_malformed(table: pa.Table) -> pa.ChunkedArray:
    wrong = pc.invert(pc.is_in(table["entity"], value_set=pa.array(_ENTITIES)))
    right_version = pc.fill_null(pc.equal(table["schema_version"], SCHEMA_VERSION), False)
    wrong = pc.or_(wrong, pc.invert(right_version))
    for name in _REQUIRED:
        wrong = pc.or_(wrong, pc.is_null(table[name]))
    return wrong


def _decode_one_by_one(batch: bytes) -> tuple[pa.Table, list[Reject]]:
    good: list[bytes] = []
    rejects: list[Reject] = []
    for raw in _documents(batch):
        try:
            document = bson.decode(raw, _STRICT)
            reason = _malformation(document)
        except InvalidBSON:
            document = bson.decode(raw, _LENIENT)
            reason = "text that is not UTF-8"
        if reason is None:
            good.append(raw)
        else:
            rejects.append(reject(document.get("_id"), reason, document))
    return _decode(b"".join(good)), rejects


def _documents(batch: bytes) -> Iterator[bytes]:
    start = 0
    while start < len(batch):
        end = start + int.from_bytes(batch[start : start + 4], "little")
        yield batch[start:end]
        start = end


def _malformation(document: Mapping[str, Any]) -> str | None:
    found = document.get("schema_version")
    if found != SCHEMA_VERSION or not isinstance(found, int) or isinstance(found, bool):
        return f"schema_version is not {SCHEMA_VERSION}"
    for name in _REQUIRED:
        if document.get(name) is None:
            return f"{name} is missing"
    if document.get("entity") not in _ENTITIES:
        return "unknown entity"
    return _wrong_type(document, SOURCE, "")


def _wrong_type(document: Mapping[str, Any], fields: Any, path: str) -> str | None:
    for field in fields:
        reason = _mismatch(document.get(field.name), field.type, f"{path}{field.name}")
        if reason:
            return reason
    return None


def _mismatch(value: Any, kind: pa.DataType, path: str) -> str | None:
    if value is None:
        return None
    expected = next(types for is_kind, types in _PYTHON_TYPES if is_kind(kind))
    if not isinstance(value, expected) or isinstance(value, bool):
        return f"{path} is {type(value).__name__}, not {expected[0].__name__}"
    if isinstance(value, dict):
        return _wrong_type(value, kind, f"{path}.")
    if isinstance(value, list):
        return next(filter(None, (_mismatch(each, kind.value_type, f"{path}[]") for each in value)), None)
    return None
