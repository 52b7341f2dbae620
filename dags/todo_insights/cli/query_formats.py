"""The result of a query for programs: JSON, or CSV with values written as Athena writes them."""

import csv
import json
import math
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, TextIO

from ..core.errors import QueryError
from ..sql.query import Answer
from ..sql.translation.core.types import Type

# Athena is written in Java, which writes doubles outside of this range with an exponent.
_PLAIN_DOUBLES = (1e-3, 1e7)


def write_json(result: Answer, target: TextIO) -> None:
    """Write a list with one object per row; raise QueryError if two columns have the same name."""
    if len(set(result.columns)) < len(result.columns):
        raise QueryError("two columns have the same name, which a JSON object cannot hold; name them with AS")
    rows = [
        {name: _json(each, kind) for name, each, kind in zip(result.columns, row, result.types, strict=True)}
        for row in result.rows
    ]
    json.dump(rows, target, indent=2, ensure_ascii=False, allow_nan=False)
    target.write("\n")


def write_csv(result: Answer, target: TextIO) -> None:
    """Write a header and a line per row; NULL is an empty cell, and an empty text is two quotes."""
    names = csv.writer(target, lineterminator="\n")
    names.writerow(result.columns)
    for row in result.rows:
        cells = (_cell(value, kind) for value, kind in zip(row, result.types, strict=True))
        target.write(",".join(cells) + "\n")


def _cell(value: object, kind: Type) -> str:
    if value is None:
        return ""
    text = athena_text(value, kind)
    if not text or any(each in text for each in ',"\r\n'):
        return '"' + text.replace('"', '""') + '"'
    return text


def athena_text(value: object, kind: Type) -> str:
    """Return a value as Athena writes it: `[a, b]`, `{k=1}`, `true`, `2026-11-20 12:00:00.000`.

    A NULL inside an array, a map or a row is written as `null`.

    https://docs.aws.amazon.com/athena/latest/ug/querying-arrays-with-complex-types-and-nested-structures.html
    """
    if value is None:
        return "null"
    write = _WRITERS.get(kind.name)
    return write(value, kind) if write else str(value)


def _array(value: list[Any], kind: Type) -> str:
    return f"[{', '.join(athena_text(each, kind.args[0]) for each in value)}]"


def _map(value: Mapping[Any, Any], kind: Type) -> str:
    key, item = kind.args
    pairs = (f"{athena_text(one, key)}={athena_text(other, item)}" for one, other in value.items())
    return f"{{{', '.join(pairs)}}}"


def _row(value: Mapping[str, Any] | list[Any], kind: Type) -> str:
    parts = list(value.values()) if isinstance(value, Mapping) else value
    names = (name or f"field{index}" for index, name in enumerate(kind.names))
    pairs = (
        f"{name}={athena_text(each, part)}" for name, each, part in zip(names, parts, kind.args, strict=True)
    )
    return f"{{{', '.join(pairs)}}}"


def _double(value: float, kind: Type) -> str:
    """The shortest decimal that is read as the same double, in the format of Java's Double.toString."""
    if not math.isfinite(value):
        return _not_finite(value)
    if value == 0 or _PLAIN_DOUBLES[0] <= abs(value) < _PLAIN_DOUBLES[1]:
        return repr(value)
    sign, digits, _ = Decimal(repr(value)).normalize().as_tuple()
    rest = "".join(map(str, digits[1:])) or "0"
    return f"{'-' if sign else ''}{digits[0]}.{rest}E{Decimal(repr(value)).adjusted()}"


def _not_finite(value: float) -> str:
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _timestamp(value: datetime, kind: Type) -> str:
    digits = int(kind.args[0])
    fraction = f".{value.microsecond:06}"[: digits + 1] if digits else ""
    return f"{value:%Y-%m-%d %H:%M:%S}{fraction}"


def _zoned(value: datetime, kind: Type) -> str:
    zone = getattr(value.tzinfo, "key", None) or f"{value:%z}"[:3] + ":" + f"{value:%z}"[3:]
    return f"{_timestamp(value, kind)} {zone}"


def _days(value: timedelta, kind: Type) -> str:
    sign, length = ("-", -value) if value < timedelta(0) else ("", value)
    minutes, seconds = divmod(length.seconds, 60)
    clock = f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}.{length.microseconds // 1000:03}"
    return f"{sign}{length.days} {clock}"


_WRITERS: Mapping[str, Callable[[Any, Type], str]] = {
    "boolean": lambda value, kind: "true" if value else "false",
    "real": _double,
    "double": _double,
    "decimal": lambda value, kind: f"{value:f}",
    "date": lambda value, kind: value.isoformat(),
    "timestamp": _timestamp,
    "timestamp with time zone": _zoned,
    "interval day to second": _days,
    "varbinary": lambda value, kind: value.hex(" "),
    "array": _array,
    "map": _map,
    "row": _row,
}


def _json(value: Any, kind: Type) -> object:
    """Convert a value for JSON: times become RFC 3339 (Z or an offset).

    A type that JSON does not have becomes text: decimals keep all digits, keys of maps become text, and the
    doubles NaN and Infinity become "NaN" and "Infinity".
    """
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else _not_finite(value)
    if isinstance(value, datetime):
        precision = "microseconds" if value.microsecond % 1000 else "milliseconds"
        return value.isoformat(timespec=precision) + ("" if value.tzinfo else "Z")
    if isinstance(value, date):
        return value.isoformat()
    return _nested_json(value, kind)


def _nested_json(value: Any, kind: Type) -> object:
    if kind.name == "array":
        return [_json(each, kind.args[0]) for each in value]
    if kind.name == "map":
        key, item = kind.args
        return {athena_text(one, key): _json(other, item) for one, other in value.items()}
    if kind.name == "row" and isinstance(value, Mapping):
        return {name: _json(each, part) for (name, each), part in zip(value.items(), kind.args, strict=True)}
    if kind.name == "row":
        return [_json(each, part) for each, part in zip(value, kind.args, strict=True)]
    return athena_text(value, kind)
