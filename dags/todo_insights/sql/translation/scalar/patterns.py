"""Translate functions with a unit, format, pattern or path that must be known before the query runs."""

import re
from collections.abc import Callable

from sqlglot import exp

from ..core.constants import constant
from ..core.errors import AthenaError, failure, refusal
from ..core.generator import call, cast, text
from ..core.scope import Typed
from ..core.types import VARCHAR, Type, array
from . import lambdas, moments

# Trino's regular expressions have the syntax of Java, and DuckDB's have the syntax of RE2. This pattern finds
# the parts of a regular expression that RE2 does not support, or that have another meaning in RE2.
_UNSAFE = re.compile(
    r"&&|\(\?[=!<>](?![A-Za-z])|\\[1-9]|\\[GZXRhHKk]|[*+?}]\+|\(\?[a-z]*[dux]|\\p\{(?![LNPSZCM])", re.DOTALL
)


def _regex(value: Typed, node: exp.Expr) -> str:
    pattern = constant(value, "a regular expression")
    if _UNSAFE.search(pattern):
        raise refusal(f"the regular expression {pattern}", node)
    return pattern


def _written(value: Typed) -> exp.Expr:
    """Write the pattern in the syntax of RE2, in which a named group begins with ?P."""
    return text(re.sub(r"\(\?<(?=[A-Za-z])", "(?P<", constant(value, "a regular expression")))


def _regexp_like(name: str, values: list[Typed], kind: Type, node: exp.Expr) -> Typed:
    _regex(values[1], node)
    return Typed(call("regexp_matches", values[0].node, _written(values[1])), kind)


def _regexp_extract(name: str, values: list[Typed], kind: Type, node: exp.Expr) -> Typed:
    pattern = _regex(values[1], node)
    group = _group(values, pattern, node)
    return Typed(
        call(f"athena_{name}", values[0].node, _written(values[1]), exp.Literal.number(group)),
        array(VARCHAR) if name.endswith("all") else VARCHAR,
    )


def _group(values: list[Typed], pattern: str, node: exp.Expr) -> int:
    if len(values) < 3:
        return 0
    number = values[2].node.find(exp.Literal)
    if number is None or not number.is_int or values[2].node.find(exp.Column):
        raise refusal("a group number that is not a literal", node)
    group = int(number.name)
    groups = len(re.findall(r"(?<!\\)\((?!\?(?!P?<))", pattern))
    if group > groups:
        raise failure(
            "INVALID_FUNCTION_ARGUMENT", f"Pattern has {groups} groups. Cannot access group {group}", node
        )
    if group and re.search(r"\||\)[?*]|\)\{0", pattern):
        raise refusal(f"a group of {pattern} that may be absent", node)
    return group


def _regexp_replace(name: str, values: list[Typed], kind: Type, node: exp.Expr) -> Typed:  # noqa: C901  # a list of cases, each short
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
    return Typed(call("regexp_replace", values[0].node, _written(values[1]), text(made), text("g")), VARCHAR)


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
    made = call(macro, values[0].node, _written(values[1]))
    return Typed(
        cast(made, kind.duckdb) if name != "regexp_split" else made,
        kind if name != "regexp_split" else array(VARCHAR),
    )


_PATH = re.compile(r"\$(?:\.[A-Za-z_]\w*|\[\d+\]|\[\"[^\"\\]+\"\])*")


def _json_path(name: str, values: list[Typed], kind: Type, node: exp.Expr) -> Typed:
    path = constant(values[1], "a JSON path")
    if not path.startswith("$") or "*" in path:
        raise AthenaError("INVALID_FUNCTION_ARGUMENT", f"Invalid JSON path: '{path}'")
    if not _PATH.fullmatch(path):
        raise refusal(f"the JSON path {path}", node)
    path = re.sub(r"\[\"([^\"]+)\"\]", r'."\1"', path)
    return Typed(
        call(f"athena_{name}", values[0].node, text(path)), VARCHAR if name == "json_extract_scalar" else kind
    )


SPECIAL: dict[str, Callable[[str, list[Typed], Type, exp.Expr], Typed]] = {
    "date_trunc": moments.date_trunc,
    "date_add": moments.date_add,
    "date_diff": moments.date_diff,
    "date_format": moments.date_format,
    "date_parse": moments.date_parse,
    "format_datetime": moments.format_datetime,
    "parse_datetime": moments.parse_datetime,
    "to_iso8601": moments.to_iso8601,
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
    # These functions have a lambda over a map or over two arrays; DuckDB's lambdas take only one list.
    "map_filter": lambdas.of_map,
    "transform_values": lambdas.of_map,
    "transform_keys": lambdas.of_map,
    "map_zip_with": lambdas.map_zip_with,
    "zip_with": lambdas.zip_with,
    "reduce": lambdas.reduce,
}
