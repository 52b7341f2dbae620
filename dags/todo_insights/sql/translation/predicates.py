"""Translate conditions: comparisons, IN, BETWEEN, LIKE, CASE, AND, OR and NOT."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from . import subqueries
from .core import operators
from .core.errors import describe, failure, refusal
from .core.generator import call
from .core.scope import Scope, Typed
from .core.types import (
    BOOLEAN,
    common,
)

if TYPE_CHECKING:
    from .expressions import Expressions


def comparison(resolve: Expressions, node: exp.Binary, scope: Scope) -> Typed:
    """Translate a comparison of two values, or of a value with the rows of a query."""
    if isinstance(node.expression, exp.Any | exp.All):
        return subqueries.quantified(resolve.translator, resolve, node, scope)
    pair = (_parts(node.this), _parts(node.expression))
    if isinstance(node, exp.EQ) and pair[0] and pair[1] and len(pair[0]) == len(pair[1]):
        return _same_rows(resolve, *pair, node, scope)
    return operators.compare(node, resolve(node.this, scope), resolve(node.expression, scope))


def _same_rows(
    resolve: Expressions, left: list[exp.Expr], right: list[exp.Expr], node: exp.Expr, scope: Scope
) -> Typed:
    """Translate the equality of two row literals: they are equal if all pairs of their parts are equal."""
    tests: list[exp.Expr] = []
    for one, other in zip(left, right, strict=True):
        test = exp.EQ()
        test.meta.update(node.meta)
        tests.append(operators.compare(test, resolve(one, scope), resolve(other, scope)).node)
    made = tests[0]
    for each in tests[1:]:
        made = exp.And(this=made, expression=each)
    return Typed(exp.Paren(this=made), BOOLEAN)


def connector(resolve: Expressions, node: exp.Binary, scope: Scope) -> Typed:
    """Translate AND or OR."""
    sides = [resolve.boolean(each, scope, "Logical expression term") for each in (node.this, node.expression)]
    return Typed(exp.Paren(this=type(node)(this=sides[0], expression=sides[1])), BOOLEAN)


def not_(resolve: Expressions, node: exp.Not, scope: Scope) -> Typed:
    """Translate NOT."""
    return Typed(
        exp.Not(this=exp.Paren(this=resolve.boolean(node.this, scope, "Value of logical NOT expression"))),
        BOOLEAN,
    )


def is_(resolve: Expressions, node: exp.Is, scope: Scope) -> Typed:
    """Translate IS [NOT] NULL."""
    if not isinstance(node.expression, exp.Null):
        raise failure(
            "SYNTAX_ERROR",
            f"mismatched input '{node.expression.sql()}'. Expecting: 'NULL'",
            node.expression,
        )
    test: exp.Expr = exp.Is(this=exp.Paren(this=resolve(node.this, scope).node), expression=exp.Null())
    if node.args.get("negate"):
        test = exp.Not(this=test)
    return Typed(exp.Paren(this=test), BOOLEAN)


def in_(resolve: Expressions, node: exp.In, scope: Scope) -> Typed:
    """Translate IN with a list of values, or with a query."""
    if node.args.get("query"):
        return subqueries.in_query(resolve.translator, resolve, node, scope)
    if not node.expressions:
        raise failure("SYNTAX_ERROR", "mismatched input ')'. Expecting: <expression>, <query>", node)
    rows = [_parts(each) for each in (node.this, *node.expressions)]
    if all(rows) and len({len(each) for each in rows}) == 1:
        found = [_same_rows(resolve, rows[0], each, node, scope).node for each in rows[1:]]
        made = found[0]
        for each in found[1:]:
            made = exp.Or(this=made, expression=each)
        return Typed(exp.Paren(this=made), BOOLEAN)
    value, *choices = resolve.unified([node.this, *node.expressions], scope, "IN value and list items", node)
    if value.type.name in ("array", "row", "map", "json"):
        raise refusal(f"IN with values of type {value.type.name}", node)
    keys = [operators.key_of(each) for each in (value, *choices)]
    return Typed(exp.Paren(this=exp.In(this=keys[0], expressions=keys[1:])), BOOLEAN)


def between(resolve: Expressions, node: exp.Between, scope: Scope) -> Typed:
    """Translate BETWEEN."""
    if node.args.get("symmetric"):
        raise failure("SYNTAX_ERROR", "mismatched input 'SYMMETRIC'", node)
    low = operators.compare(exp.GTE(), *_pair(resolve, node, node.args["low"], scope))
    high = operators.compare(exp.LTE(), *_pair(resolve, node, node.args["high"], scope))
    return Typed(exp.Paren(this=exp.And(this=low.node, expression=high.node)), BOOLEAN)


def _pair(resolve: Expressions, node: exp.Between, bound: exp.Expr, scope: Scope) -> tuple[Typed, Typed]:
    value, limit = resolve(node.this, scope), resolve(bound, scope)
    if common(value.type, limit.type) is None:
        raise failure(
            "TYPE_MISMATCH",
            f"Cannot check if {value.type} is BETWEEN {limit.type} and {limit.type}",
            node,
        )
    return value, limit


def like(resolve: Expressions, node: exp.Like, scope: Scope, escape: exp.Expr | None = None) -> Typed:
    """Translate LIKE, with or without ESCAPE."""
    found = [resolve(each, scope) for each in (node.this, node.expression, *([escape] if escape else []))]
    places = (node.this, node.expression, escape or node)
    whats = ("Left side of LIKE expression", "Pattern for LIKE expression", "Escape")
    for each, what, place in zip(found, whats, places, strict=False):
        if each.type.name not in ("varchar", "unknown"):
            raise failure("TYPE_MISMATCH", f"{what} must evaluate to a varchar (actual: {each.type})", place)
    value, pattern = found[0].node, found[1].node
    if escape is not None:
        test = call("athena_like_escape", value, pattern, found[2].node)
    else:
        test = exp.Paren(this=exp.Like(this=value, expression=pattern))
    return Typed(exp.Not(this=test) if node.args.get("negate") else test, BOOLEAN)


def escape(resolve: Expressions, node: exp.Escape, scope: Scope) -> Typed:
    """Translate LIKE ... ESCAPE."""
    if not isinstance(node.this, exp.Like):
        raise refusal(describe(node), node)
    return like(resolve, node.this, scope, node.expression)


def case(resolve: Expressions, node: exp.Case, scope: Scope) -> Typed:
    """Translate CASE."""
    results = [branch.args["true"] for branch in node.args["ifs"]]
    default = node.args.get("default")
    values = resolve.unified([*results, *([default] if default else [])], scope, "All CASE results", node)
    tests = []
    operand = resolve(node.this, scope) if node.this else None
    for branch in node.args["ifs"]:
        if operand is None:
            tests.append(resolve.boolean(branch.this, scope, "CASE WHEN clause"))
        else:
            test = exp.EQ()
            test.meta.update(branch.this.meta)
            tests.append(operators.compare(test, operand, resolve(branch.this, scope)).node)
    ifs = [exp.If(this=test, true=value.node) for test, value in zip(tests, values, strict=False)]
    made = exp.Case(ifs=ifs, default=values[-1].node if default else None)
    return Typed(made, values[0].type)


def if_(resolve: Expressions, node: exp.If, scope: Scope) -> Typed:
    """Translate IF(condition, value, value)."""
    test = resolve.boolean(node.this, scope, "IF condition")
    branches = [node.args["true"], *([node.args["false"]] if node.args.get("false") else [])]
    values = resolve.unified(branches, scope, "Result types for IF", node)
    default = values[1].node if len(values) > 1 else None
    return Typed(exp.Case(ifs=[exp.If(this=test, true=values[0].node)], default=default), values[0].type)


def _parts(node: exp.Expr) -> list[exp.Expr]:
    """The parts of a row literal; an empty list if the expression is not a row literal."""
    if isinstance(node, exp.Tuple):
        return node.expressions
    if isinstance(node, exp.Anonymous) and node.name.lower() == "row":
        return node.expressions
    return []
