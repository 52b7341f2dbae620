"""Raw BSON batches of the log as Bronze rows, and a reject for each document that does not fit the schema."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import bson
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from bson.codec_options import CodecOptions, DatetimeConversion
from bson.datetime_ms import DatetimeMS
from bson.errors import InvalidBSON
from pymongoarrow.context import PyMongoArrowContext
from pymongoarrow.schema import Schema

from ..lake.schema import BRONZE_TASKS, BRONZE_USERS, SCHEMA_VERSION, SOURCE, LakeTable
from .rejects import Reject, reject, to_table

_ENTITIES = ("task", "user")
_REQUIRED = ("_id", "entity_id", "user_id", "version", "op", "at")

# The types that pymongoarrow 1.13 does not check, and the BSON type bytes that are right for them
# (https://bsonspec.org/spec.html). It reads text as an empty list, text as a null document, true or 2.5 as
# the numbers 1 or 2, and NaN as null everywhere.
_BSON_NULL = b"\x0a"
_BSON_TYPES: tuple[tuple[Any, tuple[bytes, ...]], ...] = (
    (pa.types.is_struct, (b"\x03", _BSON_NULL)),
    (pa.types.is_list, (b"\x04", _BSON_NULL)),
    (pa.types.is_int64, (b"\x10", b"\x12", _BSON_NULL)),
)
_PYTHON_TYPES: tuple[tuple[Any, tuple[type, ...]], ...] = (
    (pa.types.is_string, (str,)),
    (pa.types.is_timestamp, (datetime, DatetimeMS)),
    (pa.types.is_int64, (int,)),
    (pa.types.is_list, (list,)),
    (pa.types.is_struct, (dict,)),
)
_ENDING = 4
_STRICT = CodecOptions[dict[str, Any]](tz_aware=True, datetime_conversion=DatetimeConversion.DATETIME_AUTO)
_LENIENT = _STRICT.with_options(unicode_decode_error_handler="replace")


@dataclass(frozen=True)
class Extracted:
    """The changes of an interval: Bronze rows per entity, and the documents that fit no Bronze row."""

    tasks: pa.Table
    users: pa.Table
    rejects: pa.Table
    source_count: int


def bronze_of(batches: Iterable[bytes]) -> Extracted:
    """The Bronze rows of raw BSON batches."""
    # Each batch is parted at once: the rows of both entities together take three times the memory.
    tasks, users = [BRONZE_TASKS.columns.empty_table()], [BRONZE_USERS.columns.empty_table()]
    rejects: list[Reject] = []
    source_count = 0
    for batch in batches:
        rows, refused = decode_batch(batch)
        source_count += rows.num_rows + len(refused)
        tasks.append(_bronze(rows, "task", BRONZE_TASKS))
        users.append(_bronze(rows, "user", BRONZE_USERS))
        rejects += refused
    return Extracted(
        tasks=_joined(tasks),
        users=_joined(users),
        rejects=to_table(rejects),
        source_count=source_count,
    )


def _joined(parts: list[pa.Table]) -> pa.Table:
    """The rows of all parts in one chunk.

    The parts are removed from the list, and each of their columns is released when it has been copied, so that
    the rows are never held twice.
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
        # Arrow keeps freed memory for itself otherwise.
        pa.default_memory_pool().release_unused()
    return pa.table(joined, schema=schema)


def _bronze(rows: pa.Table, entity: str, table: LakeTable) -> pa.Table:
    is_of_entity = pc.equal(rows["entity"], entity)
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
    # pymongoarrow reads a null document as one whose fields are all null; every image has an _id.
    return pa.StructArray.from_arrays(fields, fields=list(image), mask=pc.is_null(fields[0]))


def decode_batch(batch: bytes) -> tuple[pa.Table, list[Reject]]:
    """Rows of the source schema, and a reject for each document that is not one."""
    try:
        table = _decode(batch)
        if _types_look_right(batch) and not pc.any(_is_malformed(table)).as_py():
            return table, []
    except (TypeError, ValueError, OverflowError):
        # ArrowInvalid is a ValueError. The library does not name the document.
        pass
    return _decode_one_by_one(batch)


def _decode(batch: bytes) -> pa.Table:
    context = PyMongoArrowContext(Schema.from_arrow(SOURCE))
    context.process_bson_stream(batch)
    table = context.finish()
    # The C++ decoder copies text without checks; this finds text that is not UTF-8.
    table.validate(full=True)
    return table


def _types_look_right(batch: bytes) -> bool:
    """Return whether an allowed byte precedes each name of a field whose type is not checked otherwise.

    A text that contains such a name can only cause a second look, never hide a wrong type.
    """
    content = np.frombuffer(batch, np.uint8)
    # The last four bytes of a name are compared as one number, at each of the four alignments.
    endings = {name: int.from_bytes(name[-_ENDING:], "little") for name in _allowed_bytes()}
    for start in range(_ENDING):
        words = np.frombuffer(batch, "<u4", (len(batch) - start) // _ENDING, start)
        ends = {
            ending: np.flatnonzero(words == ending) * _ENDING + start + _ENDING
            for ending in {*endings.values()}
        }
        if not all(
            _precede(allowed, name, ends[endings[name]], content)
            for name, allowed in _allowed_bytes().items()
        ):
            return False
    return True


def _precede(
    allowed: frozenset[bytes], name: bytes, ends: npt.NDArray[np.intp], content: npt.NDArray[np.uint8]
) -> bool:
    """Return whether one of the allowed bytes precedes the name wherever it ends at one of these offsets."""
    starts = ends[ends > len(name)] - len(name)
    for offset, byte in enumerate(name[:-_ENDING]):
        starts = starts[content[starts + offset] == byte]
    is_allowed = np.zeros(256, bool)
    is_allowed[[ord(each) for each in allowed]] = True
    return bool(is_allowed[content[starts - 1]].all())


@cache
def _allowed_bytes() -> Mapping[bytes, frozenset[bytes]]:
    """The bytes that may precede each field name whose type is not checked otherwise.

    Besides type bytes these are letters of longer field names: `schema_version` ends in `version`.
    """
    fields = [*SOURCE, *SOURCE.field("after").type]
    return {
        f"{field.name}\0".encode(): frozenset(right)
        | {
            longer.name.removesuffix(field.name)[-1].encode()
            for longer in fields
            if longer.name != field.name and longer.name.endswith(field.name)
        }
        for field in fields
        for is_kind, right in _BSON_TYPES
        if is_kind(field.type)
    }


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
