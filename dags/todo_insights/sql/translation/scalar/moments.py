"""Translate functions of dates and timestamps whose unit or format must be known before the query runs."""

import re

from sqlglot import exp

from ..core.constants import constant
from ..core.errors import failure, refusal
from ..core.generator import call, cast, text
from ..core.scope import Typed
from ..core.types import BIGINT, VARCHAR, Type

_CLOCK_UNITS = {"millisecond": 1, "second": 1_000, "minute": 60_000, "hour": 3_600_000}


_DAY_UNITS = {"day": 1, "week": 7}


_MONTH_UNITS = {"month": 1, "quarter": 3, "year": 12}


# For each format specifier of MySQL, the specifier of strftime:
# https://trino.io/docs/current/functions/datetime.html#mysql-date-functions
_MYSQL = {
    "a": "%a",
    "b": "%b",
    "c": "%-m",
    "d": "%d",
    "e": "%-d",
    "f": "%g000",
    "H": "%H",
    "h": "%I",
    "I": "%I",
    "i": "%M",
    "j": "%j",
    "k": "%-H",
    "l": "%-I",
    "M": "%B",
    "m": "%m",
    "p": "%p",
    "r": "%I:%M:%S %p",
    "S": "%S",
    "s": "%S",
    "T": "%H:%M:%S",
    "v": "%V",
    "W": "%A",
    "Y": "%Y",
    "x": "%G",
    "y": "%y",
    "%": "%%",
}


_MYSQL_UNSUPPORTED = "DUuVwX"


# For each format letter of Joda and the number of its repetitions, the specifier of strftime:
# https://www.joda.org/joda-time/key_format.html
_JODA = {
    "yyyy": "%Y",
    "yy": "%y",
    "YYYY": "%Y",
    "YY": "%y",
    "xxxx": "%G",
    "ww": "%V",
    "MM": "%m",
    "M": "%-m",
    "MMM": "%b",
    "MMMM": "%B",
    "dd": "%d",
    "d": "%-d",
    "DDD": "%j",
    "E": "%a",
    "EE": "%a",
    "EEE": "%a",
    "EEEE": "%A",
    "e": "%u",
    "HH": "%H",
    "H": "%-H",
    "hh": "%I",
    "h": "%-I",
    "mm": "%M",
    "m": "%-M",
    "ss": "%S",
    "s": "%-S",
    "a": "%p",
    "SSS": "%g",
    "y": "%Y",
    "Y": "%Y",
}


def _unit(value: Typed, allowed: dict[str, int], kind: Type, node: exp.Expr) -> str:
    name = constant(value, "a unit").lower()
    if name not in allowed:
        raise failure("INVALID_FUNCTION_ARGUMENT", f"'{name}' is not a valid {kind.name.upper()} field", node)
    return name


def _units(kind: Type) -> dict[str, int]:
    clock = {} if kind.name == "date" else _CLOCK_UNITS
    return {**clock, **_DAY_UNITS, **_MONTH_UNITS}


def _prefix(kind: Type) -> str:
    return "zoned" if kind.name == "timestamp with time zone" else kind.name


def date_trunc(name: str, values: list[Typed], kind: Type, node: exp.Expr) -> Typed:
    """Translate date_trunc(unit, moment)."""
    value = values[1]
    unit = _unit(values[0], _units(value.type), value.type, node)
    if value.type.name == "timestamp with time zone":
        macro = "athena_zoned_trunc_clock" if unit in _CLOCK_UNITS else "athena_zoned_trunc_day"
        return Typed(call(macro, text(unit), value.node), value.type)
    return Typed(cast(call("date_trunc", text(unit), value.node), value.type.duckdb), value.type)


def date_add(name: str, values: list[Typed], kind: Type, node: exp.Expr) -> Typed:
    """Translate date_add(unit, number, moment)."""
    value = values[2]
    unit = _unit(values[0], _units(value.type), value.type, node)
    amount = exp.Paren(this=values[1].node)
    if unit in _MONTH_UNITS:
        moved = call(
            f"athena_{_prefix(value.type)}_plus_months", value.node, _times(amount, _MONTH_UNITS[unit])
        )
    elif unit in _DAY_UNITS:
        moved = call(f"athena_{_prefix(value.type)}_plus_days", value.node, _times(amount, _DAY_UNITS[unit]))
    else:
        moved = call(
            f"athena_{_prefix(value.type)}_plus_milliseconds", value.node, _times(amount, _CLOCK_UNITS[unit])
        )
    precision = max(3, value.type.args[0]) if unit == "millisecond" else None
    return Typed(moved, Type(value.type.name, (precision,)) if precision else value.type)


def _times(node: exp.Expr, factor: int) -> exp.Expr:
    return (
        node
        if factor == 1
        else exp.Paren(this=exp.Mul(this=node, expression=cast(exp.Literal.number(factor), "BIGINT")))
    )


def date_diff(name: str, values: list[Typed], kind: Type, node: exp.Expr) -> Typed:
    """Translate date_diff(unit, moment, moment), the number of complete units between two moments."""
    first, second = values[1], values[2]
    unit = _unit(values[0], _units(first.type), first.type, node)
    if unit in _CLOCK_UNITS:
        divisor = exp.Literal.number(_CLOCK_UNITS[unit])
        return Typed(
            call(f"athena_{_prefix(first.type)}_diff", first.node, second.node, divisor, cast="BIGINT"),
            BIGINT,
        )
    if first.type.name == "timestamp with time zone":
        return Typed(
            call("athena_zoned_diff_days", text(unit), first.node, second.node, cast="BIGINT"), BIGINT
        )
    return Typed(call("athena_diff_days", text(unit), first.node, second.node, cast="BIGINT"), BIGINT)


def _strftime(pattern: str, node: exp.Expr) -> str:
    def replaced(match: re.Match[str]) -> str:
        letter = match[1]
        if letter in _MYSQL_UNSUPPORTED:
            raise failure("INVALID_FUNCTION_ARGUMENT", f"%{letter} not supported in date format string", node)
        return _MYSQL.get(letter, letter.replace("%", "%%"))

    return re.sub(r"%(.)", replaced, pattern, flags=re.DOTALL)


def _local(value: Typed) -> exp.Expr:
    return (
        call("athena_local", value.node)
        if value.type.name == "timestamp with time zone"
        else cast(value.node, "TIMESTAMP")
    )


def date_format(name: str, values: list[Typed], kind: Type, node: exp.Expr) -> Typed:
    """Translate date_format(moment, pattern) with a pattern of MySQL."""
    pattern = _strftime(constant(values[1], "a format"), node)
    return Typed(call("strftime", _local(values[0]), text(pattern)), VARCHAR)


def date_parse(name: str, values: list[Typed], kind: Type, node: exp.Expr) -> Typed:
    """Translate date_parse(text, pattern) with a pattern of MySQL."""
    pattern = constant(values[1], "a format")
    if set(re.findall(r"%(.)", pattern)) & set("jfWvxa"):
        raise refusal(f"date_parse with {pattern}", node)
    made = call("athena_parsed", values[0].node, text(_strftime(pattern, node)), text(pattern))
    return Typed(made, Type("timestamp", (3,)))


def _joda(pattern: str, node: exp.Expr) -> str:
    made = []
    for token in re.finditer(r"''|'((?:[^']|'')*)'|([a-zA-Z])\2*|[^a-zA-Z']+|'", pattern):
        written = token[0]
        if written == "''":
            made.append("'")
        elif written.startswith("'"):
            if len(written) == 1:
                raise failure("INVALID_FUNCTION_ARGUMENT", "Invalid format", node)
            made.append(token[1].replace("''", "'").replace("%", "%%"))
        elif written[0].isalpha():
            if written not in _JODA:
                raise refusal(f"the format letter {written}", node)
            made.append(_JODA[written])
        else:
            made.append(written.replace("%", "%%"))
    return "".join(made)


def format_datetime(name: str, values: list[Typed], kind: Type, node: exp.Expr) -> Typed:
    """Translate format_datetime(moment, pattern) with a pattern of Joda."""
    pattern = _joda(constant(values[1], "a format"), node)
    return Typed(call("strftime", _local(values[0]), text(pattern)), VARCHAR)


def parse_datetime(name: str, values: list[Typed], kind: Type, node: exp.Expr) -> Typed:
    """Translate parse_datetime(text, pattern) with a pattern of Joda."""
    pattern = constant(values[1], "a format")
    made = call("athena_parsed", values[0].node, text(_joda(pattern, node)), text(pattern))
    return Typed(call("athena_zoned", made, text("UTC")), Type("timestamp with time zone", (3,)))


def to_iso8601(name: str, values: list[Typed], kind: Type, node: exp.Expr) -> Typed:
    """Translate to_iso8601(moment)."""
    value = values[0]
    if value.type.name == "date":
        return Typed(cast(value.node, "VARCHAR"), VARCHAR)
    return Typed(
        call(f"athena_{_prefix(value.type)}_to_iso", value.node, exp.Literal.number(value.type.args[0])),
        VARCHAR,
    )
