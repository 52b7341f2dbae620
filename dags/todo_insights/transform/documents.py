"""Check the documents of a batch one by one, to find the documents that do not fit the schema of a change."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import bson
import pyarrow as pa
from bson.codec_options import CodecOptions, DatetimeConversion
from bson.datetime_ms import DatetimeMS
from bson.errors import InvalidBSON

from ..lake.schema import SCHEMA_VERSION, SOURCE
from .rejects import Reject, reject

ENTITIES = ("task", "user")
REQUIRED = ("_id", "entity_id", "user_id", "version", "op", "at")

_PYTHON_TYPES: tuple[tuple[Any, tuple[type, ...]], ...] = (
    (pa.types.is_string, (str,)),
    (pa.types.is_timestamp, (datetime, DatetimeMS)),
    (pa.types.is_int64, (int,)),
    (pa.types.is_list, (list,)),
    (pa.types.is_struct, (dict,)),
)
_STRICT = CodecOptions[dict[str, Any]](tz_aware=True, datetime_conversion=DatetimeConversion.DATETIME_AUTO)
_LENIENT = _STRICT.with_options(unicode_decode_error_handler="replace")


def separate(batch: bytes) -> tuple[list[bytes], list[Reject]]:
    """Split a batch into the documents that fit the schema of a change, as BSON, and rejects of the rest."""
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
    return good, rejects


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
    for name in REQUIRED:
        if document.get(name) is None:
            return f"{name} is missing"
    if document.get("entity") not in ENTITIES:
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
