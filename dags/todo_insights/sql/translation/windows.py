"""Translate window functions and window frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from . import functions
from .averages import Aggregate
from .binding import bind
from .core import operators
from .core.errors import AthenaError, failure, refusal
from .core.generator import call, cast
from .core.scope import Scope, Typed

if TYPE_CHECKING:
    from .expressions import Expressions
from .aggregates import not_scalar, ordered, resolve_aggregate

_RANKS = {"row_number", "rank", "dense_rank", "percent_rank", "cume_dist", "ntile"}


_VALUES = {"lag", "lead", "first_value", "last_value", "nth_value"}


_FRAMED = {"first_value", "last_value", "nth_value"}


def window(expressions: Expressions, node: exp.Window, scope: Scope) -> Typed:
    """Translate a function with OVER."""
    if not expressions.allows_windows:
        if expressions.allows_aggregates:
            raise failure(
                "NESTED_WINDOW",
                "Cannot nest window functions or row pattern measures inside window specification",
                node,
            )
        raise not_scalar(expressions, node)
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


def _function(  # noqa: C901  # a list of cases, each short
    expressions: Expressions, node: exp.Expr, scope: Scope, ignores: bool, definition: exp.Expr
) -> Aggregate:
    name = node.name.lower() if isinstance(node, exp.Anonymous) else ""
    if name not in _RANKS | _VALUES:
        if ignores:
            raise failure("TYPE_MISMATCH", f"Cannot specify null treatment clause for {name} function", node)
        if isinstance(node, exp.Anonymous) and not functions.is_aggregate(name):
            if functions.exists(name):
                raise AthenaError("FUNCTION_NOT_WINDOW", f"Not a window function: {name}")
            raise failure("FUNCTION_NOT_FOUND", f"Function '{name}' not registered", node)
        made = resolve_aggregate(expressions, node, scope)
        if isinstance(node, exp.Filter):
            raise AthenaError("NOT_SUPPORTED", "FILTER is not yet supported for window functions")
        if made.node.find(exp.Order):
            raise refusal("ORDER BY in the arguments of a window function", node)
        return made
    if definition.args.get("spec") and name not in _FRAMED:
        raise failure("INVALID_WINDOW_FRAME", f"Cannot specify window frame for {name} function", node)
    if not definition.args.get("order") and name in ("lag", "lead"):
        raise failure("MISSING_ORDER_BY", f"{name} function requires an ORDER BY window clause", node)
    values, bound = bind(expressions, node, name, node.expressions, scope)
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
    return Aggregate(inner, kind, lambda made: cast(made, kind.duckdb))


def _frame(expressions: Expressions, spec: exp.WindowSpec, scope: Scope, integral: bool) -> exp.WindowSpec:
    made = spec.copy()
    kind = str(spec.args.get("kind") or "").upper()
    for name in ("start", "end"):
        bound = spec.args.get(name)
        if isinstance(bound, exp.Expr):
            found = expressions(bound, scope)
            if kind == "RANGE" and (not integral or found.type.name not in ("integer", "bigint")):
                raise refusal("RANGE with an offset of this type", bound)
            if found.type.name not in ("integer", "bigint", "smallint", "tinyint"):
                raise failure(
                    "TYPE_MISMATCH",
                    f"Window frame {kind} value type must be exact numeric type with scale 0 "
                    f"(actual: {found.type})",
                    bound,
                )
            made.set(name, found.node)
    if spec.args.get("exclude"):
        raise refusal("EXCLUDE in a window frame", spec)
    return made
