"""Functions with an argument that is translated before the query runs: units, formats, patterns and paths."""

import re
from collections.abc import Callable
from typing import Any

from sqlglot import exp

from .errors import failure, refusal
from .generator import call, cast, text
from .scope import Typed
from .types import BIGINT, VARCHAR, Type, array

_CLOCK_UNITS = {"millisecond": 1, "second": 1_000, "minute": 60_000, "hour": 3_600_000}
_DAY_UNITS = {"day": 1, "week": 7}
_MONTH_UNITS = {"month": 1, "quarter": 3, "year": 12}
# MySQL's specifiers, https://trino.io/docs/current/functions/datetime.html#mysql-date-functions, as strftime's.
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
# Joda's letters, https://www.joda.org/joda-time/key_format.html, by letter and count.
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


def constant(value: Typed, what: str) -> str:
    """The text of a literal; any other expression is refused."""
    node = value.node
    while isinstance(node, exp.Paren):
        node = node.this
    if not isinstance(node, exp.Literal) or not node.is_string:
        raise refusal(f"{what} that is computed", value.node, "it has to be a literal here")
    return node.name


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


def _date_trunc(name: str, values: list[Typed], kind: Type, node: exp.Expr) -> Typed:
    value = values[1]
    unit = _unit(values[0], _units(value.type), value.type, node)
    if value.type.name == "timestamp with time zone":
        macro = "athena_zoned_trunc_clock" if unit in _CLOCK_UNITS else "athena_zoned_trunc_day"
        return Typed(call(macro, text(unit), value.node), value.type)
    return Typed(cast(call("date_trunc", text(unit), value.node), value.type.duckdb), value.type)


def _date_add(name: str, values: list[Typed], kind: Type, node: exp.Expr) -> Typed:
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


def _date_diff(name: str, values: list[Typed], kind: Type, node: exp.Expr) -> Typed:
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


def _date_format(name: str, values: list[Typed], kind: Type, node: exp.Expr) -> Typed:
    pattern = _strftime(constant(values[1], "a format"), node)
    return Typed(call("strftime", _local(values[0]), text(pattern)), VARCHAR)


def _date_parse(name: str, values: list[Typed], kind: Type, node: exp.Expr) -> Typed:
    pattern = constant(values[1], "a format")
    if set(re.findall(r"%(.)", pattern)) & set("ajfWMbpkelcrhIlvxy"):
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


def _format_datetime(name: str, values: list[Typed], kind: Type, node: exp.Expr) -> Typed:
    pattern = _joda(constant(values[1], "a format"), node)
    return Typed(call("strftime", _local(values[0]), text(pattern)), VARCHAR)


def _parse_datetime(name: str, values: list[Typed], kind: Type, node: exp.Expr) -> Typed:
    pattern = constant(values[1], "a format")
    made = call("athena_parsed", values[0].node, text(_joda(pattern, node)), text(pattern))
    return Typed(call("athena_zoned", made, text("UTC")), Type("timestamp with time zone", (3,)))


def _to_iso8601(name: str, values: list[Typed], kind: Type, node: exp.Expr) -> Typed:
    value = values[0]
    if value.type.name == "date":
        return Typed(cast(value.node, "VARCHAR"), VARCHAR)
    return Typed(
        call(f"athena_{_prefix(value.type)}_to_iso", value.node, exp.Literal.number(value.type.args[0])),
        VARCHAR,
    )


_CONVERSION = re.compile(r"%(?:(%)|(-?)(0?)(\d*)(,?)(?:\.(\d+))?([sdfxX]))")


def formatted(expressions: Any, node: exp.Expr, arguments: list[exp.Expr], scope: Any) -> Typed:
    """format(pattern, ...): the conversions of java.util.Formatter that analysts use."""
    pattern, *values = (expressions(each, scope) for each in arguments)
    written = constant(pattern, "a format")
    if "%" in _CONVERSION.sub("", written):
        raise refusal(f"the format {written}", node)
    rest = iter(values)
    pieces: list[exp.Expr] = [text("")]
    end = 0
    for match in _CONVERSION.finditer(written):
        pieces.append(text(written[end : match.start()]))
        end = match.end()
        if match[1]:
            pieces.append(text("%"))
            continue
        value = next(rest, None)
        if value is None:
            raise failure("INVALID_FUNCTION_ARGUMENT", f"Too few arguments for the format {written}", node)
        pieces.append(_converted(value, match, written, node))
    pieces.append(text(written[end:]))
    made = pieces[0]
    for each in pieces[1:]:
        made = exp.DPipe(this=made, expression=each)
    return Typed(exp.Paren(this=made), VARCHAR)


def _converted(value: Typed, match: re.Match[str], written: str, node: exp.Expr) -> exp.Expr:
    left, zero, width, comma, places, letter = match.groups()[1:]
    kind = value.type.name
    if (
        letter == "s"
        and kind in ("varchar", "bigint", "integer", "boolean", "date")
        and not zero
        and not comma
        and places is None
    ):
        shown: exp.Expr = cast(value.node, "VARCHAR")
    elif letter == "d" and kind in ("bigint", "integer") and places is None:
        shown = call("format", text("{:,}"), value.node) if comma else cast(value.node, "VARCHAR")
    elif letter in "xX" and kind in ("bigint", "integer") and not comma and places is None:
        shown = call("printf", text(f"%{letter}"), value.node)
    elif letter == "f" and kind in ("double", "decimal") and int(places or 6) <= 12:
        rounded = cast(cast(value.node, "VARCHAR"), f"DECIMAL(38,{places or 6})")
        shown = (
            call("format", text(f"{{:,.{places or 6}f}}"), cast(rounded, "DOUBLE"))
            if comma
            else call("athena_decimal_to_varchar", rounded)
        )
        if comma and int(places or 6) > 4:
            raise refusal(f"the format {written}", node)
    else:
        raise refusal(f"the format {written} for {value.type}", node)
    if not width:
        return exp.Paren(this=shown)
    if zero and (comma or left):
        raise refusal(f"the format {written}", node)
    macro = "athena_padded_right" if left else "athena_padded_zero" if zero else "athena_padded_left"
    return call(macro, shown, exp.Literal.number(int(width)))


# Lambdas of two parameters over maps, and of two arrays: DuckDB's take one list.


def _replaced(node: exp.Expr, values: list[exp.Expr]) -> exp.Expr:
    """The body of a lambda with expressions in the place of its parameters."""
    names = {each.name: value for each, value in zip(node.expressions, values, strict=True)}

    def replace(part: exp.Expr) -> exp.Expr:
        if (
            isinstance(part, exp.Identifier)
            and part.name in names
            and not isinstance(part.parent, exp.Column | exp.TableAlias)
        ):
            return names[part.name].copy()
        return part

    return node.this.copy().transform(replace)


def _entry(node: exp.Expr) -> list[exp.Expr]:
    return [call("struct_extract", exp.to_identifier("entry"), text(part)) for part in ("key", "value")]


def _over_entries(function: str, value: Typed, body: exp.Expr) -> exp.Expr:
    return call(
        function,
        call("map_entries", value.node),
        exp.Lambda(this=body, expressions=[exp.to_identifier("entry")]),
    )


def _of_map(name: str, values: list[Typed], kind: Type, node: exp.Expr) -> Typed:
    body = _replaced(values[1].node, _entry(values[1].node))
    if name == "map_filter":
        return Typed(
            cast(call("map_from_entries", _over_entries("list_filter", values[0], body)), kind.duckdb), kind
        )
    key, value = _entry(values[1].node)
    pair = {
        "key": body if name == "transform_keys" else key,
        "value": value if name == "transform_keys" else body,
    }
    parts = [exp.PropertyEQ(this=exp.to_identifier(part), expression=each) for part, each in pair.items()]
    entries = _over_entries("list_transform", values[0], exp.Struct(expressions=parts))
    return Typed(cast(call("athena_map_from_entries", entries), kind.duckdb), kind)


def _zip_with(name: str, values: list[Typed], kind: Type, node: exp.Expr) -> Typed:
    index = exp.to_identifier("place")
    picked: list[exp.Expr] = [call("list_extract", each.node.copy(), index.copy()) for each in values[:2]]
    body = exp.Lambda(this=_replaced(values[2].node, picked), expressions=[index])
    places = call("athena_places", values[0].node, values[1].node)
    return Typed(cast(call("list_transform", places, body), kind.duckdb), kind)


def _reduce(name: str, values: list[Typed], kind: Type, node: exp.Expr) -> Typed:
    state = values[2].type
    start = cast(values[1].node, state.duckdb)
    reduced = call("list_reduce", values[0].node, values[2].node, start)
    made = call("list_transform", exp.Array(expressions=[cast(reduced, state.duckdb)]), values[3].node)
    given = exp.Not(this=exp.Is(this=exp.Paren(this=values[0].node.copy()), expression=exp.Null()))
    return Typed(
        exp.Case(
            ifs=[
                exp.If(this=given, true=cast(call("list_extract", made, exp.Literal.number(1)), kind.duckdb))
            ]
        ),
        kind,
    )


# Regular expressions: Trino's are Java's, DuckDB's are RE2's.
_UNSAFE = re.compile(
    r"&&|\(\?[=!<>](?![A-Za-z])|\\[1-9]|\\[GZXRhHKk]|[*+?}]\+|\(\?[a-z]*[dux]|\\p\{(?![LNPSZCM])", re.DOTALL
)


def _regex(value: Typed, node: exp.Expr) -> str:
    pattern = constant(value, "a regular expression")
    if _UNSAFE.search(pattern):
        raise refusal(f"the regular expression {pattern}", node)
    return pattern


def _regexp_like(name: str, values: list[Typed], kind: Type, node: exp.Expr) -> Typed:
    _regex(values[1], node)
    return Typed(call("regexp_matches", values[0].node, values[1].node), kind)


def _regexp_extract(name: str, values: list[Typed], kind: Type, node: exp.Expr) -> Typed:
    pattern = _regex(values[1], node)
    group = _group(values, pattern, node)
    return Typed(
        call(f"athena_{name}", values[0].node, values[1].node, exp.Literal.number(group)),
        array(VARCHAR) if name.endswith("all") else VARCHAR,
    )


def _group(values: list[Typed], pattern: str, node: exp.Expr) -> int:
    if len(values) < 3:
        return 0
    number = values[2].node.find(exp.Literal)
    if number is None or not number.is_int or values[2].node.find(exp.Column):
        raise refusal("a group that is computed", node)
    group = int(number.name)
    groups = len(re.findall(r"(?<!\\)\((?!\?(?!P?<))", pattern))
    if group > groups:
        raise failure(
            "INVALID_FUNCTION_ARGUMENT", f"Pattern has {groups} groups. Cannot access group {group}", node
        )
    if group and re.search(r"\||\)[?*]|\)\{0", pattern):
        raise refusal(f"a group of {pattern} that may be absent", node)
    return group


def _regexp_replace(name: str, values: list[Typed], kind: Type, node: exp.Expr) -> Typed:
    if isinstance(values[-1].node, exp.Lambda):
        raise refusal("regexp_replace with a function", node)
    pattern = _regex(values[1], node)
    replacement = constant(values[2], "a replacement") if len(values) > 2 else ""
    groups = len(re.findall(r"(?<!\\)\((?!\?(?!P?<))", pattern))

    def replaced(match: re.Match[str]) -> str:
        if match[1]:
            return "\\\\" if match[1] == "\\" else match[1]
        if match[2]:
            if int(match[2]) > groups or len(match[2]) > 1:
                raise refusal(f"the replacement {replacement}", node)
            return f"\\{match[2]}"
        raise refusal(f"the replacement {replacement}", node)

    named = re.findall(r"(?<!\\)\((?!\?(?!P?<))(?:\?P?<(\w+)>)?", pattern)

    def numbered(match: re.Match[str]) -> str:
        if match[1] not in named:
            raise refusal(f"the replacement {replacement}", node)
        return f"${named.index(match[1]) + 1}"

    replacement = re.sub(r"\$\{(\w+)\}", numbered, replacement)
    if replacement.endswith("\\"):
        raise refusal(f"the replacement {replacement}", node)
    made = re.sub(r"\\(.)|\$(\d+)|\$", replaced, replacement, flags=re.DOTALL)
    return Typed(call("regexp_replace", values[0].node, values[1].node, text(made), text("g")), VARCHAR)


def _regexp_split(name: str, values: list[Typed], kind: Type, node: exp.Expr) -> Typed:
    pattern = _regex(values[1], node)
    if re.search(pattern.replace("(?<", "(?P<"), ""):
        raise refusal("a regular expression that matches the empty text", node)
    macro = {
        "regexp_split": "regexp_split_to_array",
        "regexp_count": "athena_regexp_count",
        "regexp_position": "athena_regexp_position",
    }[name]
    if len(values) > 2:
        raise refusal(f"{name} with a start or an occurrence", node)
    made = call(macro, values[0].node, values[1].node)
    return Typed(
        cast(made, kind.duckdb) if name != "regexp_split" else made,
        kind if name != "regexp_split" else array(VARCHAR),
    )


_PATH = re.compile(r"\$(?:\.[A-Za-z_]\w*|\[\d+\]|\[\"[^\"\\]+\"\])*")


def _json_path(name: str, values: list[Typed], kind: Type, node: exp.Expr) -> Typed:
    path = constant(values[1], "a JSON path")
    if not _PATH.fullmatch(path):
        if not path.startswith("$"):
            raise refusal(f"the JSON path {path}", node)
        raise refusal(f"the JSON path {path}", node)
    path = re.sub(r"\[\"([^\"]+)\"\]", r'."\1"', path)
    return Typed(
        call(f"athena_{name}", values[0].node, text(path)), VARCHAR if name == "json_extract_scalar" else kind
    )


SPECIAL: dict[str, Callable[[str, list[Typed], Type, exp.Expr], Typed]] = {
    "date_trunc": _date_trunc,
    "date_add": _date_add,
    "date_diff": _date_diff,
    "date_format": _date_format,
    "date_parse": _date_parse,
    "format_datetime": _format_datetime,
    "parse_datetime": _parse_datetime,
    "to_iso8601": _to_iso8601,
    "regexp_like": _regexp_like,
    "regexp_extract": _regexp_extract,
    "regexp_extract_all": _regexp_extract,
    "regexp_replace": _regexp_replace,
    "regexp_split": _regexp_split,
    "regexp_count": _regexp_split,
    "regexp_position": _regexp_split,
    "json_extract": _json_path,
    "json_extract_scalar": _json_path,
    "json_size": _json_path,
    "map_filter": _of_map,
    "transform_values": _of_map,
    "transform_keys": _of_map,
    "zip_with": _zip_with,
    "reduce": _reduce,
}
