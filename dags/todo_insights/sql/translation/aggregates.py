"""Translate calls of aggregate functions, alone or over a window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from . import functions
from .averages import SAME, SPECIAL, Aggregate, listagg
from .binding import bind
from .core import operators
from .core.errors import failure, refusal
from .core.generator import call, cast, text
from .core.scope import Scope, Typed
from .core.signatures import decimal_result
from .core.types import BIGINT

if TYPE_CHECKING:
    from .expressions import Expressions

# The value of these functions depends on the order of rows, which is undefined without ORDER BY in the call.
_ORDERED = {"array_agg", "listagg"}


def aggregate(expressions: Expressions, node: exp.Expr, scope: Scope) -> Typed:
    """Translate a call of an aggregate function over the rows of a group."""
    made = _aggregate(expressions, node, scope)
    finished = made.finish(made.node)
    finished.meta["aggregate"] = True
    expressions.aggregates.append(finished)
    return Typed(finished, made.type)


def _aggregate(expressions: Expressions, node: exp.Expr, scope: Scope) -> Aggregate:
    if not expressions.allows_aggregates:
        raise not_scalar(expressions, node)
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
        return resolve_aggregate(expressions, node, scope)
    finally:
        expressions.inside_aggregate, expressions.allows_windows = False, windows


def not_scalar(expressions: Expressions, node: exp.Expr) -> Exception:
    """The error for an aggregate in a clause in which aggregates are not allowed."""
    return failure(
        "EXPRESSION_NOT_SCALAR",
        f"{expressions.clause} clause cannot contain aggregations, window functions or grouping operations: "
        f"[{node.sql('trino')}]",
        expressions.root or node,
    )


def resolve_aggregate(expressions: Expressions, node: exp.Expr, scope: Scope) -> Aggregate:  # noqa: C901  # a list of cases, each short
    """Translate an aggregate with its DISTINCT, ORDER BY and FILTER, before GROUP BY or OVER is applied."""
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
        keys = [sort_key(expressions, each, scope) for each in order.expressions]
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
    return Aggregate(inner, made.type, made.finish)


def _first_distinct(node: exp.Expr) -> exp.Expr:
    if len(node.expressions) != 1 and node.name not in ("string_agg",):
        raise refusal(f"DISTINCT in {node.name} with several arguments", node)
    made = exp.Anonymous(
        this=node.name, expressions=[exp.Distinct(expressions=[node.expressions[0]]), *node.expressions[1:]]
    )
    return made


def sort_key(expressions: Expressions, each: exp.Ordered, scope: Scope) -> exp.Ordered:
    """Translate one key of an ORDER BY inside an aggregate."""
    found = expressions(each.this, scope)
    return ordered(each, found)


def ordered(each: exp.Ordered, found: Typed) -> exp.Ordered:
    """A key of ORDER BY that states where NULLs come: last, unless the query says otherwise."""
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


def _call(  # noqa: C901  # a list of cases, each short
    expressions: Expressions,
    node: exp.Expr,
    name: str,
    arguments: list[exp.Expr],
    scope: Scope,
    distinct: bool,
) -> Aggregate:
    if name == "count" and (not arguments or isinstance(arguments[0], exp.Star)):
        return Aggregate(call("count", exp.Star()), BIGINT, lambda made: made)
    if name == "listagg":
        return listagg(expressions, node, arguments, scope)
    values, bound = bind(expressions, node, name, arguments, scope)
    kind = bound.result()
    if kind.name == "decimal":
        kind = decimal_result(name, [each.type for each in values])
    if bound.signature.arguments and bound.signature.arguments[0].name == "real":
        raise refusal(f"{name} of numbers of single precision", node, "cast them to double")
    if special := SPECIAL.get(name):
        return special(node, name, values, kind, distinct)
    if name not in SAME or (len(values) == 3 and name.endswith("_by")):
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
    if name in ("min", "max") and values[0].type.name in ("array", "row"):
        raise refusal(f"{name} of {values[0].type.name}s", node)
    if name in ("sum", "avg") and values[0].type.name.startswith("interval") and name == "avg":
        raise refusal("avg of intervals", node)
    if name == "count" and values[0].type.name == "timestamp with time zone":
        nodes = [operators.key_of(values[0])]
    return Aggregate(call(SAME[name], *nodes), kind, lambda made: cast(made, kind.duckdb))
