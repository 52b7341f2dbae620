"""Aggregates and window functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from . import functions, operators
from .errors import AthenaError, failure, refusal
from .generator import call, cast, number, text
from .scope import Scope, Typed
from .signatures import decimal_result
from .types import BIGINT, DOUBLE, VARCHAR, Type, array

if TYPE_CHECKING:
    from .expressions import Expressions

# The same values in DuckDB, by name in Trino.
_SAME = {
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
_RANKS = {"row_number", "rank", "dense_rank", "percent_rank", "cume_dist", "ntile"}
_VALUES = {"lag", "lead", "first_value", "last_value", "nth_value"}
_FRAMED = {"first_value", "last_value", "nth_value"}
# The order of rows decides the value, which an aggregate without ORDER BY does not have.
_ORDERED = {"array_agg", "listagg"}


@dataclass
class _Aggregate:
    """DuckDB's aggregate, what is done with its result, and the type of that."""

    node: exp.Expr
    type: Type
    finish: Callable[[exp.Expr], exp.Expr]


def aggregate(expressions: Expressions, node: exp.Expr, scope: Scope) -> Typed:
    """An aggregate of the rows of a group."""
    made = _aggregate(expressions, node, scope)
    finished = made.finish(made.node)
    finished.meta["aggregate"] = True
    expressions.aggregates.append(finished)
    return Typed(finished, made.type)


def _aggregate(expressions: Expressions, node: exp.Expr, scope: Scope) -> _Aggregate:
    if not expressions.allows_aggregates:
        raise _not_scalar(expressions, node)
    if expressions.inside_aggregate:
        raise failure(
            "NESTED_AGGREGATION",
            f"Cannot nest aggregations inside aggregation: {node.sql('trino')}",
            expressions.aggregate_at,
        )
    windows, expressions.allows_windows, expressions.inside_aggregate = (
        expressions.allows_windows,
        False,
        True,
    )
    expressions.aggregate_at = node
    try:
        return _resolve(expressions, node, scope)
    finally:
        expressions.inside_aggregate, expressions.allows_windows = False, windows


def _not_scalar(expressions: Expressions, node: exp.Expr) -> Exception:
    return failure(
        "EXPRESSION_NOT_SCALAR",
        f"{expressions.clause} clause cannot contain aggregations, window functions or grouping operations: "
        f"[{node.sql('trino')}]",
        expressions.root or node,
    )


def _resolve(expressions: Expressions, node: exp.Expr, scope: Scope) -> _Aggregate:
    condition = None
    if isinstance(node, exp.Filter):
        condition = expressions.boolean(node.expression.this, scope, "FILTER clause")
        node = node.this
    order = None
    distinct = False
    if isinstance(node, exp.GroupConcat):
        name, arguments = "listagg", [node.this, node.args.get("separator") or text("")]
    elif isinstance(node, exp.Anonymous) and functions.is_aggregate(node.name.lower()):
        name, arguments = node.name.lower(), list(node.expressions)
    else:
        raise refusal(f"FILTER on {node.sql('trino')}", node)
    if arguments and isinstance(arguments[-1], exp.Order):
        order = arguments[-1]
        arguments[-1] = order.this
    elif arguments and isinstance(arguments[0], exp.Order):
        order = arguments[0]
        arguments[0] = order.this
    if arguments and isinstance(arguments[0], exp.Distinct):
        distinct = True
        arguments = [*arguments[0].expressions, *arguments[1:]]
    made = _call(expressions, node, name, arguments, scope, distinct)
    inner = made.node
    if distinct:
        inner = _first_distinct(inner)
    if order is not None:
        keys = [_sort_key(expressions, each, scope) for each in order.expressions]
        if distinct and not {each.this for each in keys} <= set(made.node.expressions):
            raise failure(
                "EXPRESSION_NOT_IN_DISTINCT",
                "For aggregate function with DISTINCT, ORDER BY expressions must appear in arguments",
                node,
            )
        inner.set(
            "expressions", [*inner.expressions[:-1], exp.Order(this=inner.expressions[-1], expressions=keys)]
        )
    elif name == "listagg":
        raise failure("SYNTAX_ERROR", "missing WITHIN GROUP", node)
    if condition is not None:
        inner = exp.Filter(this=inner, expression=exp.Where(this=condition))
    return _Aggregate(inner, made.type, made.finish)


def _first_distinct(node: exp.Expr) -> exp.Expr:
    if len(node.expressions) != 1 and node.name not in ("string_agg",):
        raise refusal(f"DISTINCT in {node.name} with several arguments", node)
    made = exp.Anonymous(
        this=node.name, expressions=[exp.Distinct(expressions=[node.expressions[0]]), *node.expressions[1:]]
    )
    return made


def _sort_key(expressions: Expressions, each: exp.Ordered, scope: Scope) -> exp.Ordered:
    found = expressions(each.this, scope)
    return ordered(each, found)


def ordered(each: exp.Ordered, found: Typed) -> exp.Ordered:
    """A key of ORDER BY with the place of NULLs written out: last, unless the query says otherwise."""
    if found.type.name in ("map", "json") or found.type.has("map"):
        raise failure(
            "TYPE_MISMATCH",
            f"Type {found.type} is not orderable, and therefore cannot be used in ORDER BY",
            each,
        )
    if found.type.name in ("array", "row"):
        raise refusal(f"ORDER BY a value of type {found.type.name}", each)
    return exp.Ordered(
        this=operators.key_of(found),
        desc=bool(each.args.get("desc")),
        nulls_first=bool(each.args.get("nulls_first")),
    )


def _call(
    expressions: Expressions,
    node: exp.Expr,
    name: str,
    arguments: list[exp.Expr],
    scope: Scope,
    distinct: bool,
) -> _Aggregate:
    if name == "count" and (not arguments or isinstance(arguments[0], exp.Star)):
        return _Aggregate(
            call("count", *([exp.Star()] if arguments else [exp.Star()])), BIGINT, lambda made: made
        )
    if name == "listagg":
        return _listagg(expressions, node, arguments, scope)
    values, bound = functions.bind(expressions, node, name, arguments, scope)
    kind = bound.result()
    if kind.name == "decimal":
        kind = decimal_result(name, [each.type for each in values])
    if bound.signature.arguments and bound.signature.arguments[0].name == "real":
        raise refusal(f"{name} of numbers of single precision", node, "cast them to double")
    if special := _SPECIAL.get(name):
        return special(node, name, values, kind, distinct)
    if name not in _SAME or (len(values) == 3 and name.endswith("_by")):
        raise refusal(f"{name}({', '.join(str(each.type) for each in values)})", node)
    if kind.has("timestamp with time zone") and name not in (
        "min",
        "max",
        "array_agg",
        "any_value",
        "arbitrary",
    ):
        raise refusal(f"{name} of {kind}", node)
    nodes = [each.node for each in values]
    if name in ("min", "max") and values[0].type.name in ("array", "row", "double", "real"):
        if values[0].type.name in ("array", "row"):
            raise refusal(f"{name} of {values[0].type.name}s", node)
    if name in ("sum", "avg") and values[0].type.name.startswith("interval"):
        if name == "avg":
            raise refusal("avg of intervals", node)
    if name == "count" and values[0].type.name == "timestamp with time zone":
        nodes = [operators.key_of(values[0])]
    return _Aggregate(call(_SAME[name], *nodes), kind, lambda made: cast(made, kind.duckdb))


def _listagg(expressions: Expressions, node: exp.Expr, arguments: list[exp.Expr], scope: Scope) -> _Aggregate:
    value, separator = (expressions(each, scope) for each in arguments)
    if value.type.name != "varchar" or not isinstance(separator.node, exp.Literal):
        raise failure(
            "FUNCTION_NOT_FOUND", f"Unexpected parameters ({value.type}) for function listagg", node
        )
    return _Aggregate(call("string_agg", value.node, separator.node), VARCHAR, lambda made: made)


def _average(node: exp.Expr, name: str, values: list[Typed], kind: Type, distinct: bool) -> _Aggregate:
    if values[0].type.name.startswith("interval"):
        raise refusal("avg of intervals", node)
    if values[0].type.name != "decimal":
        return _Aggregate(call("avg", values[0].node), kind, lambda made: cast(made, kind.duckdb))
    scale = values[0].type.args[1]
    unscaled = call("athena_unscaled", values[0].node, number(10**scale), number(1))
    unit = cast(text(f"1e-{scale}"), f"DECIMAL({scale + 1},{scale})")
    return _Aggregate(
        call("sum", unscaled),
        kind,
        lambda made: call("athena_average", made, _counted(made), unit, cast=kind.duckdb),
    )


def _counted(made: exp.Expr) -> exp.Expr:
    """The number of values that an aggregate adds up."""
    counted = made.copy()
    inner = next(each for each in counted.find_all(exp.Anonymous) if each.name in ("sum", "skewness"))
    inner.set("this", "count")
    return counted


def _skewness(node: exp.Expr, name: str, values: list[Typed], kind: Type, distinct: bool) -> _Aggregate:
    """DuckDB corrects for a sample, Trino does not."""
    return _Aggregate(
        call("skewness", values[0].node), kind, lambda made: call("athena_skewness", made, _counted(made))
    )


def _several(node: exp.Expr, name: str, values: list[Typed], kind: Type, distinct: bool) -> _Aggregate:
    """max_by and min_by, of one row or of several."""
    if values[0].type.has("map") or values[1].type.name in ("array", "row", "map"):
        raise refusal(f"{name} of {values[0].type} by {values[1].type}", node)
    key = operators.key_of(values[1])
    if len(values) == 2:
        return _Aggregate(call(_SAME[name], values[0].node, key), kind, lambda made: cast(made, kind.duckdb))
    boxed = exp.Array(expressions=[values[0].node])
    picked = call("arg_max" if name == "max_by" else "arg_min", boxed, key, values[2].node)
    return _Aggregate(picked, kind, lambda made: cast(call("flatten", made), kind.duckdb))


def _distinct_count(node: exp.Expr, name: str, values: list[Typed], kind: Type, distinct: bool) -> _Aggregate:
    """The exact count, which approx_distinct approximates."""
    counted = exp.Distinct(expressions=[operators.key_of(values[0])])
    return _Aggregate(exp.Anonymous(this="count", expressions=[counted]), BIGINT, lambda made: made)


def _percentile(node: exp.Expr, name: str, values: list[Typed], kind: Type, distinct: bool) -> _Aggregate:
    if len(values) != 2 or distinct:
        raise refusal("approx_percentile with a weight or an accuracy", node)
    macro = "athena_percentiles" if values[1].type.name == "array" else "athena_percentile"
    fraction = values[1].node
    return _Aggregate(
        call("list", values[0].node), kind, lambda made: call(macro, made, fraction, cast=kind.duckdb)
    )


def _map_of(macro: str) -> Callable[..., _Aggregate]:
    def build(node: exp.Expr, name: str, values: list[Typed], kind: Type, distinct: bool) -> _Aggregate:
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
        return _Aggregate(call("list", pairs), kind, lambda made: call(macro, made, cast=kind.duckdb))

    return build


def _geometric_mean(node: exp.Expr, name: str, values: list[Typed], kind: Type, distinct: bool) -> _Aggregate:
    return _Aggregate(
        call("avg", call("athena_ln", cast(values[0].node, "DOUBLE"))), DOUBLE, lambda made: call("exp", made)
    )


_SPECIAL: dict[str, Callable[..., _Aggregate]] = {
    "avg": _average,
    "skewness": _skewness,
    "max_by": _several,
    "min_by": _several,
    "approx_distinct": _distinct_count,
    "approx_percentile": _percentile,
    "map_agg": _map_of("athena_map_agg"),
    "multimap_agg": _map_of("athena_multimap_agg"),
    "geometric_mean": _geometric_mean,
}


def window(expressions: Expressions, node: exp.Window, scope: Scope) -> Typed:
    """A function over a window."""
    if not expressions.allows_windows:
        if expressions.allows_aggregates:
            raise failure(
                "NESTED_WINDOW",
                "Cannot nest window functions or row pattern measures inside window specification",
                node,
            )
        raise _not_scalar(expressions, node)
    expressions.allows_windows = False
    try:
        return _window(expressions, node, scope)
    finally:
        expressions.allows_windows = True


def _window(expressions: Expressions, node: exp.Window, scope: Scope) -> Typed:
    inner, ignores = node.this, False
    if isinstance(inner, exp.IgnoreNulls | exp.RespectNulls):
        ignores, inner = isinstance(inner, exp.IgnoreNulls), inner.this
    definition = node
    if node.args.get("alias"):
        named = expressions.windows.get(node.args["alias"].name.lower())
        if named is None:
            raise failure(
                "INVALID_WINDOW_REFERENCE", f"Cannot resolve WINDOW name {node.args['alias'].name}", node
            )
        if node.args.get("partition_by") or node.args.get("order") or node.args.get("spec"):
            raise refusal("a window that extends a named one", node)
        definition = named  # type: ignore[assignment]
    parts: dict[str, object] = {}
    integral = False
    if definition.args.get("partition_by"):
        parts["partition_by"] = [
            operators.key_of(expressions(each, scope)) for each in definition.args["partition_by"]
        ]
    if definition.args.get("order"):
        found = [(each, expressions(each.this, scope)) for each in definition.args["order"].expressions]
        integral = len(found) == 1 and found[0][1].type.name in ("integer", "bigint")
        parts["order"] = exp.Order(expressions=[ordered(*each) for each in found])
    if definition.args.get("spec"):
        parts["spec"] = _frame(expressions, definition.args["spec"], scope, integral)
    made = _function(expressions, inner, scope, ignores, definition)
    return Typed(made.finish(exp.Window(this=made.node, over="OVER", **parts)), made.type)


def _function(
    expressions: Expressions, node: exp.Expr, scope: Scope, ignores: bool, definition: exp.Expr
) -> _Aggregate:
    name = node.name.lower() if isinstance(node, exp.Anonymous) else ""
    if name not in _RANKS | _VALUES:
        if ignores:
            raise failure("TYPE_MISMATCH", f"Cannot specify null treatment clause for {name} function", node)
        if isinstance(node, exp.Anonymous) and not functions.is_aggregate(name):
            if functions.exists(name):
                raise AthenaError("FUNCTION_NOT_WINDOW", f"Not a window function: {name}")
            raise failure("FUNCTION_NOT_FOUND", f"Function '{name}' not registered", node)
        made = _resolve(expressions, node, scope)
        if isinstance(node, exp.Filter):
            raise AthenaError("NOT_SUPPORTED", "FILTER is not yet supported for window functions")
        if made.node.find(exp.Order):
            raise refusal("ORDER BY in the arguments of a window function", node)
        return made
    if definition.args.get("spec") and name not in _FRAMED:
        raise failure("INVALID_WINDOW_FRAME", f"Cannot specify window frame for {name} function", node)
    if not definition.args.get("order") and name in ("lag", "lead"):
        raise failure("MISSING_ORDER_BY", f"{name} function requires an ORDER BY window clause", node)
    values, bound = functions.bind(expressions, node, name, node.expressions, scope)
    kind = (
        bound.result()
        if name in _RANKS
        else (values[0].type if len(values) < 3 else bound.variables.get("t", values[0].type))
    )
    nodes = [each.node for each in values]
    if name in ("lag", "lead"):
        nodes = [
            operators.to(values[0], kind).node,
            *(each for each in nodes[1:2]),
            *([operators.to(values[2], kind).node] if len(values) > 2 else []),
        ]
    inner = call(name, *nodes)
    if ignores:
        inner = call(name, *nodes[:-1], exp.IgnoreNulls(this=nodes[-1]))
    return _Aggregate(inner, kind, lambda made: cast(made, kind.duckdb))


def _frame(expressions: Expressions, spec: exp.WindowSpec, scope: Scope, integral: bool) -> exp.WindowSpec:
    made = spec.copy()
    kind = str(spec.args.get("kind") or "").upper()
    for name in ("start", "end"):
        bound = spec.args.get(name)
        if isinstance(bound, exp.Expr):
            found = expressions(bound, scope)
            if kind == "RANGE" and (not integral or found.type.name not in ("integer", "bigint")):
                raise refusal("RANGE with a distance of this type", bound)
            if found.type.name not in ("integer", "bigint", "smallint", "tinyint"):
                raise failure(
                    "TYPE_MISMATCH",
                    f"Window frame {kind} value type must be exact numeric type with scale 0 (actual: {found.type})",
                    bound,
                )
            made.set(name, found.node)
    if spec.args.get("exclude"):
        raise refusal("EXCLUDE in a window frame", spec)
    return made


_ = array
