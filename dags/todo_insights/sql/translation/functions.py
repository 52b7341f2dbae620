"""Translate calls of scalar functions to calls of DuckDB functions or macros."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from . import forms
from .binding import bind, choose
from .core import operators
from .core.errors import failure, refusal, suggestion
from .core.generator import call, cast
from .core.scope import Scope, Typed
from .core.signatures import (
    Binding,
    decimal_result,
    names,
)
from .core.types import (
    Type,
    zoned,
)
from .scalar import chapters, patterns

if TYPE_CHECKING:
    from .expressions import Expressions

_AGGREGATES = frozenset(
    [
        "any_value",
        "approx_distinct",
        "approx_most_frequent",
        "approx_percentile",
        "approx_set",
        "arbitrary",
        "array_agg",
        "avg",
        "bitwise_and_agg",
        "bitwise_or_agg",
        "bitwise_xor_agg",
        "bool_and",
        "bool_or",
        "checksum",
        "convex_hull_agg",
        "corr",
        "count",
        "count_if",
        "covar_pop",
        "covar_samp",
        "entropy",
        "every",
        "geometric_mean",
        "geometry_union_agg",
        "histogram",
        "kurtosis",
        "listagg",
        "make_set_digest",
        "map_agg",
        "map_union",
        "max",
        "max_by",
        "merge",
        "merge_set_digest",
        "min",
        "min_by",
        "multimap_agg",
        "numeric_histogram",
        "qdigest_agg",
        "reduce_agg",
        "regr_avgx",
        "regr_avgy",
        "regr_count",
        "regr_intercept",
        "regr_r2",
        "regr_slope",
        "regr_sxx",
        "regr_sxy",
        "regr_syy",
        "skewness",
        "stddev",
        "stddev_pop",
        "stddev_samp",
        "sum",
        "tdigest_agg",
        "var_pop",
        "var_samp",
        "variance",
    ]
)
_WINDOWS = frozenset(
    [
        "row_number",
        "rank",
        "dense_rank",
        "percent_rank",
        "cume_dist",
        "ntile",
        "lag",
        "lead",
        "first_value",
        "last_value",
        "nth_value",
    ]
)
# Special forms: names that look like functions but have rules of their own.
_FORMS = frozenset(
    {
        "coalesce",
        "nullif",
        "try",
        "row",
        "current_timestamp",
        "localtimestamp",
        "if",
        "format",
        "grouping",
        "json_array",
        "json_exists",
        "json_table",
        "listagg",
    }
)


_RESERVED = frozenset({"left", "right", "values", "all", "any", "some", "distinct", "from", "not"})


def is_aggregate(name: str) -> bool:
    """Return whether a function is an aggregate function."""
    return name in _AGGREGATES


def exists(name: str) -> bool:
    """Return whether Trino has a function of this name."""
    return name in names() or name in _FORMS or name in _AGGREGATES


def function(
    expressions: Expressions, node: exp.Expr, name: str, arguments: list[exp.Expr], scope: Scope
) -> Typed:
    """Translate a call of a scalar function; `node` is the call in the original query."""
    if form := forms.FORM.get(name):
        return form(expressions, node, arguments, scope)
    if not exists(name):
        if name in _RESERVED:
            raise failure("SYNTAX_ERROR", f"mismatched input '{name}'", node)
        known = (*names(), *_FORMS)
        raise failure(
            "FUNCTION_NOT_FOUND", f"Function '{name}' not registered{suggestion(name, known)}", node
        )
    if name in _FORMS or name.startswith(("st_", "geometry", "to_geometry", "bing_tile")):
        raise refusal(name, node)
    if name in _WINDOWS:
        raise failure("MISSING_OVER", f"Window function {name} requires an OVER clause", node)
    values, bound = bind(expressions, node, name, arguments, scope)
    return translate(name, values, bound, node)


def translate(name: str, values: list[Typed], bound: Binding, node: exp.Expr) -> Typed:
    """The DuckDB call that replaces an overload; the arguments are already translated."""
    kind = bound.result()
    if kind.name == "decimal":
        kind = decimal_result(name, [each.type for each in values])
    if special := patterns.SPECIAL.get(name):
        return special(name, values, kind, node)
    target = chapters.target(bound.signature)
    if target is None:
        raise refusal(f"{name}({', '.join(str(each) for each in bound.arguments)})", node)
    nodes = [each.node for each in values]
    if name in chapters.OF_LOCAL_TIME and values[-1].type.name == "timestamp with time zone":
        nodes[-1] = call("athena_local", nodes[-1])
    made = call(target, *nodes)
    if kind.name in ("varchar", "boolean", "json"):
        return Typed(made, kind)
    return Typed(cast(made, kind.duckdb), kind)


# AT TIME ZONE and EXTRACT are not written like function calls.


def at_time_zone(node: exp.Expr, value: Typed, zone: Typed) -> Typed:
    """Translate AT TIME ZONE: the same instant in another time zone.

    A timestamp without time zone is in UTC, which is the time zone of the session.
    """
    if not isinstance(node.args["zone"], exp.Literal | exp.Interval):
        raise failure(
            "SYNTAX_ERROR",
            f"mismatched input '{node.args['zone'].sql('trino')}'. Expecting: 'INTERVAL', <string>",
            node.args["zone"],
        )
    if zone.type.name != "varchar":
        if zone.type == Type("interval day to second"):
            raise refusal("AT TIME ZONE with an interval", node)
        raise failure(
            "TYPE_MISMATCH",
            f"Type of time zone must be a varchar or an interval day to second, was {zone.type}",
            node,
        )
    if value.type.name == "timestamp":
        value = operators.to(value, zoned(value.type.args[0]))
    if value.type.name != "timestamp with time zone":
        raise failure(
            "TYPE_MISMATCH",
            f"Type of value must be a time or timestamp with or without time zone (actual {value.type})",
            node,
        )
    return Typed(
        call("athena_zoned", call("athena_utc", value.node), call("athena_valid_zone", zone.node)), value.type
    )


_PARTS = {
    "DOW": "day_of_week",
    "DAY_OF_WEEK": "day_of_week",
    "DAYOFWEEK": "day_of_week",
    "DOY": "day_of_year",
    "DAY_OF_YEAR": "day_of_year",
    "DAYOFYEAR": "day_of_year",
    "YOW": "year_of_week",
    "YEAR_OF_WEEK": "year_of_week",
    "DAY_OF_MONTH": "day_of_month",
    **{
        name.upper(): name
        for name in (
            "year",
            "quarter",
            "month",
            "week",
            "day",
            "hour",
            "minute",
            "second",
            "timezone_hour",
            "timezone_minute",
        )
    },
}


def extract(node: exp.Expr, part: str, value: Typed) -> Typed:
    """Translate EXTRACT(part FROM value)."""
    name = _PARTS.get(part.upper())
    if name is None:
        raise failure("SYNTAX_ERROR", f"Invalid EXTRACT field {part}", node)
    if name in ("hour", "minute", "second", "timezone_hour", "timezone_minute") and value.type.name == "date":
        raise failure("TYPE_MISMATCH", f"Cannot extract {part.upper()} from date", node.expression)
    signature = choose(name, [value], node)
    return translate(name, [value], Binding(signature, [value.type], {}), node)
