"""A raw BSON batch as an Arrow table, and the documents in it that do not fit the schema."""

from collections.abc import Iterator, Mapping
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

from ..lake.schema import SCHEMA_VERSION, SOURCE
from .rejects import Reject, reject

_ENTITIES = ("task", "user")
_REQUIRED = ("_id", "entity_id", "user_id", "version", "op", "at")

# pymongoarrow 1.13 refuses most wrong types, but reads text under `tags` as [], text under `before` as null,
# true or 2.5 as a version of 1 or 2, and NaN as null everywhere. So the names it is lax about are looked for
# in the bytes: each must follow one of the BSON type bytes that are right for it.
_UNCHECKED: Mapping[bytes, tuple[bytes, ...]] = {
    b"before\0": (b"\x03", b"\x0a"),
    b"after\0": (b"\x03", b"\x0a"),
    b"tags\0": (b"\x04", b"\x0a"),
    # "_" because schema_version ends in the same letters.
    b"version\0": (b"\x10", b"\x12", b"_"),
    b"schema_version\0": (b"\x10", b"\x12"),
}
_PYTHON_TYPES: tuple[tuple[Any, tuple[type, ...]], ...] = (
    (pa.types.is_string, (str,)),
    (pa.types.is_timestamp, (datetime, DatetimeMS)),
    (pa.types.is_int64, (int,)),
    (pa.types.is_list, (list,)),
    (pa.types.is_struct, (dict,)),
)
_STRICT = CodecOptions[dict[str, Any]](tz_aware=True, datetime_conversion=DatetimeConversion.DATETIME_AUTO)
_LENIENT = _STRICT.with_options(unicode_decode_error_handler="replace")


def arrow_of(batch: bytes) -> tuple[pa.Table, list[Reject]]:
    """Rows of the source schema, and a reject for each document that is not one."""
    try:
        table = _decode(batch)
        if _types_look_right(batch) and not pc.any(_is_malformed(table)).as_py():
            return table, []
    except (TypeError, ValueError, OverflowError):
        # ArrowInvalid is a ValueError. Which document it was, the library does not say.
        pass
    return _decode_by_hand(batch)


def _decode(batch: bytes) -> pa.Table:
    context = PyMongoArrowContext(Schema.from_arrow(SOURCE))
    context.process_bson_stream(batch)
    table = context.finish()
    # The C++ road copies text unseen; this finds text that is not UTF-8.
    table.validate(full=True)
    return table


def _types_look_right(batch: bytes) -> bool:
    # A text that contains such bytes can only raise suspicion, never hide a wrong type.
    return all(
        batch.count(name) == sum(batch.count(kind + name) for kind in kinds)
        for name, kinds in _UNCHECKED.items()
    )


def _is_malformed(table: pa.Table) -> pa.ChunkedArray:
    wrong = pc.invert(pc.is_in(table["entity"], value_set=pa.array(_ENTITIES)))
    right_version = pc.fill_null(pc.equal(table["schema_version"], SCHEMA_VERSION), False)
    wrong = pc.or_(wrong, pc.invert(right_version))
    for name in _REQUIRED:
        wrong = pc.or_(wrong, pc.is_null(table[name]))
    return wrong


def _decode_by_hand(batch: bytes) -> tuple[pa.Table, list[Reject]]:
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
