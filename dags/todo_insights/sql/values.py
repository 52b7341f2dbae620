"""Convert the values of a query result to Python types."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

from .translation.core.types import Type

Converter = Callable[[Any], Any]


def converter(kind: Type) -> Converter | None:
    """The function that converts DuckDB's values of a type to Python, or None if no conversion is needed.

    A timestamp with time zone becomes a datetime with time zone, an interval of days a timedelta, an interval
    of years its text, and a row without field names a list.
    """
    if kind.name == "timestamp with time zone":
        return _optional(_zoned)
    if kind.name == "interval day to second":
        return _optional(lambda value: timedelta(milliseconds=value))
    if kind.name == "interval year to month":
        return _optional(lambda value: f"{'-' if value < 0 else ''}{abs(value) // 12}-{abs(value) % 12}")
    if kind.name == "array" and (inner := converter(kind.args[0])):
        return _optional(lambda value: [inner(each) for each in value])
    if kind.name == "map":
        key, item = (converter(each) or _same for each in kind.args)
        return _optional(lambda value: {key(one): item(other) for one, other in value.items()})
    if kind.name == "row":
        return _optional(_row(kind))
    return None


def _optional(convert: Converter) -> Converter:
    return lambda value: None if value is None else convert(value)


def _same(value: Any) -> Any:
    return value


def _zoned(value: dict[str, Any]) -> datetime:
    name = value["zone"]
    if name[0] in "+-":
        minutes = (int(name[1:3]) * 60 + int(name[4:6])) * (-1 if name[0] == "-" else 1)
        zone: Any = timezone(timedelta(minutes=minutes))
    else:
        zone = ZoneInfo(name)
    moment: datetime = value["utc"].replace(tzinfo=ZoneInfo("UTC"))
    return moment.astimezone(zone)


def _row(kind: Type) -> Converter:
    parts = [(field, converter(part) or _same) for field, part in zip(kind.fields, kind.args, strict=True)]
    named = all(kind.names) and len(set(kind.names)) == len(kind.names)

    def convert(value: dict[str, Any]) -> Any:
        found = {field: part(value[field]) for field, part in parts}
        return found if named else list(found.values())

    return convert
