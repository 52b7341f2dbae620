"""Translate queries inside expressions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from .core import operators
from .core.errors import failure, refusal
from .core.scope import Scope, Typed
from .core.types import BOOLEAN, Type, common

if TYPE_CHECKING:
    from .expressions import Expressions
    from .queries import Translator


def _one_column(translator: Translator, node: exp.Expr, scope: Scope, at: exp.Expr) -> tuple[exp.Expr, Type]:
    query = (
        node.this
        if isinstance(node, exp.Subquery)
        and not any(node.args.get(each) for each in ("order", "limit", "offset", "with_"))
        else node
    )
    made, outputs = translator.query(query, scope)
    if len(outputs) != 1:
        raise refusal("a subquery of several columns as a value", at)
    return made, outputs[0][1]


def scalar(translator: Translator, resolve: Expressions, node: exp.Subquery, scope: Scope) -> Typed:
    """Translate a query in parentheses whose result is one value."""
    made, kind = _one_column(translator, node, scope, node)
    return Typed(exp.Subquery(this=made), kind)


def exists(translator: Translator, resolve: Expressions, node: exp.Exists, scope: Scope) -> Typed:
    """Translate EXISTS (query)."""
    made, _ = translator.query(node.this, scope)
    return Typed(exp.Exists(this=made), BOOLEAN)


def in_query(translator: Translator, resolve: Expressions, node: exp.In, scope: Scope) -> Typed:
    """Translate value IN (query)."""
    value = resolve(node.this, scope)
    made, kind = _one_column(translator, node.args["query"], scope, node)
    joined = common(value.type, kind)
    if joined is None:
        raise failure(
            "TYPE_MISMATCH",
            f"value and result of subquery must be of the same type: {value.type} vs {kind}",
            node,
        )
    if joined.name in ("array", "row", "map", "timestamp with time zone", "json"):
        raise refusal(f"IN with a query that returns {joined.name} values", node)
    inner = translator.as_types(made, [(None, kind)], [joined], node)
    return Typed(
        exp.Paren(this=exp.In(this=operators.to(value, joined).node, query=exp.Subquery(this=inner))),
        BOOLEAN,
    )


def quantified(translator: Translator, resolve: Expressions, node: exp.Binary, scope: Scope) -> Typed:
    """Translate value = ANY (query), and other comparisons with ANY, SOME or ALL."""
    quantifier = node.expression
    value = resolve(node.this, scope)
    query = quantifier.this
    while isinstance(query, exp.Paren):
        query = query.this
    made, kind = _one_column(translator, query, scope, node)
    joined = common(value.type, kind)
    if joined is None:
        raise operators.mismatch(node, value.type, kind)
    if joined.name in ("array", "row", "map", "timestamp with time zone", "double", "real", "json"):
        raise refusal(f"a comparison with a query that returns {joined.name} values", node)
    if isinstance(quantifier, exp.All) and not isinstance(
        node, exp.NEQ | exp.LT | exp.LTE | exp.GT | exp.GTE | exp.EQ
    ):
        raise refusal("this operator with ALL", node)
    inner = translator.as_types(made, [(None, kind)], [joined], node)
    wanted = type(quantifier)(this=exp.Subquery(this=inner))
    return Typed(
        exp.Paren(this=type(node)(this=operators.to(value, joined).node, expression=wanted)), BOOLEAN
    )
