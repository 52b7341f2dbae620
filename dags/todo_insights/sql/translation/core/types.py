"""Trino's types: their names, the conversions between them, and the DuckDB types that store their values.

Source of the rules: https://trino.io/docs/current/language/types.html and, for decimals,
https://trino.io/docs/current/functions/decimal.html
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

INTEGERS = ("tinyint", "smallint", "integer", "bigint")
NUMBERS = (*INTEGERS, "decimal", "real", "double")
# The number of decimal digits that every value of an integer type fits into.
_DIGITS = {"tinyint": 3, "smallint": 5, "integer": 10, "bigint": 19}
_DUCKDB = {
    "boolean": "BOOLEAN",
    "tinyint": "TINYINT",
    "smallint": "SMALLINT",
    "integer": "INTEGER",
    "bigint": "BIGINT",
    "real": "FLOAT",
    "double": "DOUBLE",
    "varchar": "VARCHAR",
    "varbinary": "BLOB",
    "date": "DATE",
    "time": "TIME",
    "timestamp": "TIMESTAMP",
    # The value is a struct of the instant and the time zone, because DuckDB's own type does not store the
    # time zone.
    "timestamp with time zone": "STRUCT(utc TIMESTAMP, zone VARCHAR)",
    # The value of an interval is a number of milliseconds or months, because the interval of DuckDB stores
    # months, days and microseconds separately.
    "interval day to second": "BIGINT",
    "interval year to month": "BIGINT",
    "json": "VARCHAR",
    "uuid": "UUID",
    "unknown": "INTEGER",
}
_ALIASES = {
    "int": "integer",
    "string": "varchar",
    "dec": "decimal",
    "numeric": "decimal",
    "double precision": "double",
}


@dataclass(frozen=True)
class Type:
    """A type of Trino; `names` are the names of a row's fields.

    `args` are the element types of an array, a map or a row, or the precision and scale of a decimal or
    timestamp.
    """

    name: str
    args: tuple[Any, ...] = ()
    names: tuple[str | None, ...] = ()

    def __str__(self) -> str:
        if self.name == "timestamp with time zone":
            return f"timestamp({self.args[0]}) with time zone"
        if self.name == "row":
            fields = (
                f"{_quoted(name)} {kind}" if name else str(kind)
                for name, kind in zip(self.names, self.args, strict=True)
            )
            return f"row({', '.join(fields)})"
        separator = "," if self.name == "decimal" else ", "
        return f"{self.name}({separator.join(map(str, self.args))})" if self.args else self.name

    @property
    def duckdb(self) -> str:
        """The DuckDB type that stores the values of this type."""
        if self.name == "array":
            return f"{self.args[0].duckdb}[]"
        if self.name == "map":
            return f"MAP({self.args[0].duckdb}, {self.args[1].duckdb})"
        if self.name == "row":
            fields = (f'"{name}" {kind.duckdb}' for name, kind in zip(self.fields, self.args, strict=True))
            return f"STRUCT({', '.join(fields)})"
        if self.name == "decimal":
            return f"DECIMAL({self.args[0]},{self.args[1]})"
        return _DUCKDB[self.name]

    @property
    def fields(self) -> tuple[str, ...]:
        """The DuckDB names of a row's fields: their Trino names if these are unique, else numbered names."""
        names = [name for name in self.names if name]
        if len({name.lower() for name in names}) == len(self.args):
            return tuple(names)
        return tuple(f"field{index}" for index in range(len(self.args)))

    def has(self, *names: str) -> bool:
        """Return whether this type, or a type inside it, has one of these type names."""
        return self.name in names or any(isinstance(arg, Type) and arg.has(*names) for arg in self.args)


def _quoted(name: str) -> str:
    return name if re.fullmatch(r"[a-z][a-z0-9_]*", name) else f'"{name}"'


BOOLEAN, INTEGER, BIGINT, DOUBLE, REAL = (
    Type(name) for name in ("boolean", "integer", "bigint", "double", "real")
)
VARCHAR, VARBINARY, DATE, JSON, UNKNOWN = (
    Type(name) for name in ("varchar", "varbinary", "date", "json", "unknown")
)
DAY_INTERVAL, YEAR_INTERVAL = Type("interval day to second"), Type("interval year to month")


def timestamp(precision: int = 3) -> Type:
    """The type of a timestamp without time zone."""
    return Type("timestamp", (precision,))


def zoned(precision: int = 3) -> Type:
    """The type of a timestamp with time zone."""
    return Type("timestamp with time zone", (precision,))


def decimal(precision: int, scale: int) -> Type:
    """The type of a decimal; its precision is limited to 38 digits."""
    return Type("decimal", (min(38, precision), scale))


def array(element: Type) -> Type:
    """The type of an array with elements of this type."""
    return Type("array", (element,))


def row(names: Sequence[str | None], types: Sequence[Type]) -> Type:
    """The type of a row with these fields; the name of an unnamed field is None."""
    return Type("row", tuple(types), tuple(names))


def as_decimal(kind: Type) -> Type:
    """The decimal type to which Trino converts an integer type; a decimal type is returned unchanged."""
    return kind if kind.name == "decimal" else decimal(_DIGITS[kind.name], 0)


def common(left: Type, right: Type) -> Type | None:
    """The type to which Trino converts both types, or None if there is none."""
    if left == right or right.name == "unknown":
        return left
    if left.name == "unknown":
        return right
    if left.name in NUMBERS and right.name in NUMBERS:
        return _common_number(left, right)
    if left.name == right.name:
        return _common_of_same_name(left, right)
    if {left.name, right.name} <= set(_TEMPORAL):
        high, low = sorted((left, right), key=lambda each: -_TEMPORAL.index(each.name))
        return high if low.name == "date" else Type(high.name, (max(high.args[0], low.args[0]),))
    return None


_TEMPORAL = ("date", "timestamp", "timestamp with time zone")


def _common_number(left: Type, right: Type) -> Type:
    for name in ("double", "real"):
        if name in (left.name, right.name):
            return Type(name)
    if "decimal" not in (left.name, right.name):
        return max(left, right, key=lambda each: INTEGERS.index(each.name))
    (p1, s1), (p2, s2) = as_decimal(left).args, as_decimal(right).args
    scale = max(s1, s2)
    return decimal(max(p1 - s1, p2 - s2) + scale, scale)


def _common_of_same_name(left: Type, right: Type) -> Type | None:
    if left.name == "varchar":
        return Type("varchar", (max(left.args[0], right.args[0]),)) if left.args and right.args else VARCHAR
    if left.name in ("timestamp", "timestamp with time zone", "time"):
        return max(left, right, key=lambda each: int(each.args[0]))
    if len(left.args) != len(right.args):
        return None
    parts = [common(one, other) for one, other in zip(left.args, right.args, strict=True)]
    if None in parts:
        return None
    names = tuple(one if one == other else None for one, other in zip(left.names, right.names, strict=True))
    return Type(left.name, tuple(parts), names)


def coerces(source: Type, target: Type) -> bool:
    """Return whether Trino converts a value of `source` to `target` without a cast."""
    if target.name == "varchar":
        return source.name in ("varchar", "unknown")
    if target.name == "decimal" and source.name == "decimal":
        return common(source, target) == target
    found = common(source, target)
    return found is not None and (found == target or (found.name == target.name == "row"))


def parse_type(text: str) -> Type:
    """Parse the name of a Trino type, written as in trino_functions.txt."""
    kind, rest = _parse(text.strip())
    if rest.strip():
        raise ValueError(f"not a type: {text}")
    return kind


def _parse(text: str) -> tuple[Type, str]:  # noqa: C901  # a list of cases, each short
    for name in (
        "timestamp with time zone",
        "interval day to second",
        "interval year to month",
        "double precision",
    ):
        if text.startswith(name):
            return Type(_ALIASES.get(name, name)), text[len(name) :]
    match = re.match(r"\s*(\w+)", text)
    if not match:
        raise ValueError(f"not a type: {text}")
    name, rest = match[1], text[match.end() :]
    args: list[Any] = []
    if rest.startswith("("):
        rest = rest[1:]
        while True:
            digits = re.match(r"\s*(\d+)", rest)
            if digits:
                args.append(int(digits[1]))
                rest = rest[digits.end() :]
            else:
                inner, rest = _parse(rest.lstrip())
                args.append(inner)
            rest = rest.lstrip()
            if rest.startswith(")"):
                rest = rest[1:]
                break
            rest = rest[1:]
    if rest.startswith(" with time zone"):
        name, rest = f"{name} with time zone", rest[len(" with time zone") :]
    return Type(_ALIASES.get(name, name), tuple(args), (None,) * len(args) if name == "row" else ()), rest
