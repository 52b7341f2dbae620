"""The translation of each aggregate function; some values of DuckDB are corrected to those of Trino."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from .core import operators
from .core.errors import failure, refusal
from .core.generator import call, cast, number, text
from .core.scope import Scope, Typed
from .core.types import BIGINT, DOUBLE, VARCHAR, Type

if TYPE_CHECKING:
    from .expressions import Expressions

# The aggregate functions with equal values in DuckDB and Trino: the name in Trino, then the name in DuckDB.
SAME = {
    "count": "count",
    "count_if": "count_if",
    "sum": "sum",
    "avg": "avg",
    "min": "min",
    "max": "max",
    "bool_and": "bool_and",
    "bool_or": "bool_or",
    "every": "bool_and",
    "any_value": "any_value",
    "arbitrary": "any_value",
    "array_agg": "list",
    "max_by": "arg_max_null",
    "min_by": "arg_min_null",
    "stddev": "stddev_samp",
    "stddev_samp": "stddev_samp",
    "stddev_pop": "stddev_pop",
    "variance": "var_samp",
    "var_samp": "var_samp",
    "var_pop": "var_pop",
    "corr": "corr",
    "covar_pop": "covar_pop",
    "covar_samp": "covar_samp",
    "regr_slope": "regr_slope",
    "regr_intercept": "regr_intercept",
    "kurtosis": "kurtosis",
    "bitwise_and_agg": "bit_and",
    "bitwise_or_agg": "bit_or",
    "bitwise_xor_agg": "bit_xor",
    "histogram": "histogram",
}


@dataclass
class Aggregate:
    """A translated aggregate: DuckDB's call, a function that corrects its result, and the corrected type."""

    node: exp.Expr
    type: Type
    finish: Callable[[exp.Expr], exp.Expr]


def listagg(expressions: Expressions, node: exp.Expr, arguments: list[exp.Expr], scope: Scope) -> Aggregate:
    """Translate LISTAGG(value, separator) WITHIN GROUP (ORDER BY ...)."""
    value, separator = (expressions(each, scope) for each in arguments)
    if value.type.name != "varchar" or not isinstance(separator.node, exp.Literal):
        raise failure(
            "FUNCTION_NOT_FOUND", f"Unexpected parameters ({value.type}) for function listagg", node
        )
    return Aggregate(call("string_agg", value.node, separator.node), VARCHAR, lambda made: made)


def _average(node: exp.Expr, name: str, values: list[Typed], kind: Type, distinct: bool) -> Aggregate:
    if values[0].type.name.startswith("interval"):
        return Aggregate(call("avg", values[0].node), kind, lambda made: cast(call("round", made), "BIGINT"))
    if values[0].type.name != "decimal":
        return Aggregate(call("avg", values[0].node), kind, lambda made: cast(made, kind.duckdb))
    scale = values[0].type.args[1]
    unscaled = call("athena_unscaled", values[0].node, number(10**scale), number(1))
    unit = cast(text(f"1e-{scale}"), f"DECIMAL({scale + 1},{scale})")
    return Aggregate(
        call("sum", unscaled),
        kind,
        lambda made: call("athena_average", made, _counted(made), unit, cast=kind.duckdb),
    )


def _counted(made: exp.Expr) -> exp.Expr:
    """The same call with `count` as the function, which gives the number of values of the aggregate."""
    counted = made.copy()
    inner = next(each for each in counted.find_all(exp.Anonymous) if each.name in ("sum", "skewness"))
    inner.set("this", "count")
    return counted


def _skewness(node: exp.Expr, name: str, values: list[Typed], kind: Type, distinct: bool) -> Aggregate:
    """Correct DuckDB's skewness of a sample to Trino's skewness of a population."""
    return Aggregate(
        call("skewness", values[0].node), kind, lambda made: call("athena_skewness", made, _counted(made))
    )


def _several(node: exp.Expr, name: str, values: list[Typed], kind: Type, distinct: bool) -> Aggregate:
    """Translate max_by and min_by with the value of one row, or with the values of n rows."""
    if values[0].type.has("map") or values[1].type.name in ("array", "row", "map"):
        raise refusal(f"{name} of {values[0].type} by {values[1].type}", node)
    key = operators.key_of(values[1])
    if len(values) == 2:
        return Aggregate(call(SAME[name], values[0].node, key), kind, lambda made: cast(made, kind.duckdb))
    boxed = exp.Array(expressions=[values[0].node])
    picked = call("arg_max" if name == "max_by" else "arg_min", boxed, key, values[2].node)
    return Aggregate(picked, kind, lambda made: cast(call("flatten", made), kind.duckdb))


def _distinct_count(node: exp.Expr, name: str, values: list[Typed], kind: Type, distinct: bool) -> Aggregate:
    """Count distinct values exactly; Trino's approx_distinct only approximates this number."""
    counted = exp.Distinct(expressions=[operators.key_of(values[0])])
    return Aggregate(exp.Anonymous(this="count", expressions=[counted]), BIGINT, lambda made: made)


def _percentile(node: exp.Expr, name: str, values: list[Typed], kind: Type, distinct: bool) -> Aggregate:
    if len(values) != 2 or distinct:
        raise refusal("approx_percentile with a weight or an accuracy", node)
    macro = "athena_percentiles" if values[1].type.name == "array" else "athena_percentile"
    fraction = values[1].node
    return Aggregate(
        call("list", values[0].node), kind, lambda made: call(macro, made, fraction, cast=kind.duckdb)
    )


def _map_of(macro: str) -> Callable[..., Aggregate]:
    def build(node: exp.Expr, name: str, values: list[Typed], kind: Type, distinct: bool) -> Aggregate:
        if distinct:
            raise refusal(f"{name} with DISTINCT", node)
        if values[0].type.has("timestamp with time zone", "array", "row", "map"):
            raise refusal(f"{name} with keys of type {values[0].type}", node)
        pairs = exp.Struct(
            expressions=[
                exp.PropertyEQ(this=exp.to_identifier(part), expression=each.node)
                for part, each in zip(("key", "value"), values, strict=True)
            ]
        )
        return Aggregate(call("list", pairs), kind, lambda made: call(macro, made, cast=kind.duckdb))

    return build


def _geometric_mean(node: exp.Expr, name: str, values: list[Typed], kind: Type, distinct: bool) -> Aggregate:
    return Aggregate(
        call("avg", call("athena_ln", cast(values[0].node, "DOUBLE"))), DOUBLE, lambda made: call("exp", made)
    )


def _map_union(node: exp.Expr, name: str, values: list[Typed], kind: Type, distinct: bool) -> Aggregate:
    entries = call("map_entries", values[0].node)
    if distinct or kind.args[0].name in ("array", "map", "row"):
        raise refusal("this form of map_union", node)
    return Aggregate(
        call("list", entries),
        kind,
        lambda made: call("athena_map_agg", call("flatten", made), cast=kind.duckdb),
    )


SPECIAL: dict[str, Callable[..., Aggregate]] = {
    "avg": _average,
    "skewness": _skewness,
    "max_by": _several,
    "min_by": _several,
    "approx_distinct": _distinct_count,
    "approx_percentile": _percentile,
    "map_union": _map_union,
    "map_agg": _map_of("athena_map_agg"),
    "multimap_agg": _map_of("athena_multimap_agg"),
    "geometric_mean": _geometric_mean,
}
