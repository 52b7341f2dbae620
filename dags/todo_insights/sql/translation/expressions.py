"""Translate expressions and determine their types; an unknown kind of expression is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from . import functions, nested, predicates, simple, subqueries
from .aggregates import aggregate
from .core import operators
from .core.errors import describe, failure, position, refusal
from .core.generator import call
from .core.scope import Scope, Typed
from .core.types import (
    BIGINT,
    BOOLEAN,
    VARCHAR,
    common,
    row,
)
from .scalar.arithmetic import arithmetic
from .windows import window

if TYPE_CHECKING:
    from .queries import Translator

_IGNORED = {"comments"}


class Expressions:
    """Translates the expressions of one clause in a scope; `translator` translates the queries in these."""

    def __init__(self, translator: Translator, clause: str, scope: Scope) -> None:
        self.translator, self.clause, self.scope = translator, clause, scope
        self.allows_aggregates = clause in ("SELECT", "HAVING", "ORDER BY")
        self.allows_windows = clause in ("SELECT", "ORDER BY")
        self.windows: dict[str, exp.Expr] = {}
        self.aggregates: list[exp.Expr] = []
        self.inside_aggregate = False
        self.aggregate_at: exp.Expr | None = None
        self.root: exp.Expr | None = None

    def __call__(self, node: exp.Expr, scope: Scope | None = None) -> Typed:
        """Translate an expression; returns the DuckDB expression with the type in Trino."""
        resolve = _KINDS.get(type(node))
        if isinstance(node, exp.WithinGroup | exp.Concat):
            # sqlglot also accepts percentiles of other dialects, and a text literal that directly follows
            # another text literal.
            raise failure("SYNTAX_ERROR", f"mismatched input: {node.sql('trino')}", node)
        if resolve is None:
            raise refusal(describe(node), node)
        known, method = resolve
        for name, value in node.args.items():
            if value and name not in known and name not in _IGNORED:
                raise refusal(f"{describe(node)} with {name.replace('_', ' ')}", node)
        found: Typed = method(self, node, scope or self.scope)
        return found

    def boolean(self, node: exp.Expr, scope: Scope | None, what: str) -> exp.Expr:
        """Translate a condition; raises TYPE_MISMATCH if it is not boolean."""
        if self.root is None:
            self.root = node
        found = self(node, scope)
        if found.type.name not in ("boolean", "unknown"):
            raise failure("TYPE_MISMATCH", f"{what} must evaluate to a boolean (actual: {found.type})", node)
        return operators.to(found, BOOLEAN).node

    def unified(self, nodes: list[exp.Expr], scope: Scope, what: str, at: exp.Expr) -> list[Typed]:
        """Translate several expressions, and convert all of them to their common type."""
        found = [self(node, scope) for node in nodes]
        kind = found[0].type
        for each, node in zip(found, nodes, strict=True):
            joined = common(kind, each.type)
            if joined is None:
                raise failure(
                    "TYPE_MISMATCH",
                    f"{what} must be the same type or coercible to a common type. "
                    f"Cannot find common type between {kind} and {each.type}",
                    node,
                )
            kind = joined
        return [operators.to(each, kind) for each in found]

    # Each method below translates one kind of node.

    def _column(self, node: exp.Column, scope: Scope) -> Typed:
        parts = [part for part in node.parts]
        if isinstance(node.this, exp.Star):
            raise failure("SYNTAX_ERROR", "'*' is not allowed here", node)
        return self._name(parts, node, scope)

    def _name(self, parts: list[Any], node: exp.Expr, scope: Scope) -> Typed:
        first = parts[0]
        if "start_column" not in first.meta:
            line, column = position(node)
            first.meta.update(start_line=line, start_column=column)
        found, rest = scope.resolve(parts)
        found.node.meta.update(
            {key: first.meta[key] for key in ("start_line", "start_column") if key in first.meta}
        )
        found.node.meta["name"] = ".".join(part.name for part in parts)
        for part in rest:
            found = self._field(found, part.name, node)
        return found

    def _field(self, value: Typed, name: str, node: exp.Expr) -> Typed:
        if value.type.name != "row":
            raise failure("TYPE_MISMATCH", f"Expression {node.sql('trino')} is not of type ROW", node)
        for index, each in enumerate(value.type.names):
            if each is not None and each.lower() == name.lower():
                return Typed(
                    call("struct_extract_at", value.node, exp.Literal.number(index + 1)),
                    value.type.args[index],
                )
        raise failure("INVALID_COLUMN_REFERENCE", f"Column reference '{node.sql('trino')}' is invalid", node)

    def _identifier(self, node: exp.Identifier, scope: Scope) -> Typed:
        return self._name([node], node, scope)

    def _dot(self, node: exp.Dot, scope: Scope) -> Typed:
        if not isinstance(node.expression, exp.Identifier):
            raise failure("SYNTAX_ERROR", f"mismatched input '{node.expression.sql()}'", node)
        return self._field(self(node.this, scope), node.expression.name, node)

    def _paren(self, node: exp.Paren, scope: Scope) -> Typed:
        found = self(node.this, scope)
        return Typed(exp.Paren(this=found.node), found.type)

    def _arithmetic(self, node: exp.Binary, scope: Scope) -> Typed:
        return arithmetic(node, self(node.this, scope), self(node.expression, scope))

    def _neg(self, node: exp.Neg, scope: Scope) -> Typed:
        if isinstance(node.this, exp.Literal) and node.this.name == str(2**63):
            return Typed(exp.Literal.number(-(2**63)), BIGINT)
        return operators.negate(node, self(node.this, scope))

    def _concat(self, node: exp.DPipe, scope: Scope) -> Typed:
        return operators.concatenate(node, self(node.this, scope), self(node.expression, scope))

    def row(self, nodes: list[exp.Expr], scope: Scope) -> Typed:
        """Translate ROW(...), or several values in parentheses."""
        values = [self(node, scope) for node in nodes]
        kind = row([None] * len(values), [each.type for each in values])
        pairs = [
            exp.PropertyEQ(this=exp.to_identifier(name), expression=each.node)
            for name, each in zip(kind.fields, values, strict=True)
        ]
        return Typed(exp.Struct(expressions=pairs), kind)

    def _subquery(self, node: exp.Subquery, scope: Scope) -> Typed:
        return subqueries.scalar(self.translator, self, node, scope)

    def _exists(self, node: exp.Exists, scope: Scope) -> Typed:
        return subqueries.exists(self.translator, self, node, scope)

    def _call(self, node: exp.Anonymous, scope: Scope) -> Typed:
        name = node.name.lower()
        if functions.is_aggregate(name):
            return aggregate(self, node, scope)
        return functions.function(self, node, name, node.expressions, scope)

    def _aggregate(self, node: exp.Expr, scope: Scope) -> Typed:
        return aggregate(self, node, scope)

    def _window(self, node: exp.Window, scope: Scope) -> Typed:
        return window(self, node, scope)

    def _lambda(self, node: exp.Lambda, scope: Scope) -> Typed:
        raise failure("TYPE_MISMATCH", "Lambda expression should always be used inside a function", node)


_KINDS: dict[type, tuple[set[str], Callable[..., Typed]]] = {
    exp.Column: ({"this", "table", "db", "catalog"}, Expressions._column),
    exp.Identifier: ({"this", "quoted"}, Expressions._identifier),
    exp.Dot: ({"this", "expression"}, Expressions._dot),
    exp.Literal: ({"this", "is_string"}, simple.literal),
    exp.HexString: ({"this", "is_integer"}, simple.hex),
    exp.Boolean: ({"this"}, simple.boolean),
    exp.Null: (set(), simple.null),
    exp.Paren: ({"this"}, Expressions._paren),
    **dict.fromkeys(
        (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod),
        ({"this", "expression", "typed"}, Expressions._arithmetic),
    ),
    **dict.fromkeys(
        (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.NullSafeEQ, exp.NullSafeNEQ),
        ({"this", "expression"}, predicates.comparison),
    ),
    **dict.fromkeys((exp.And, exp.Or), ({"this", "expression"}, predicates.connector)),
    exp.Not: ({"this"}, predicates.not_),
    exp.Neg: ({"this"}, Expressions._neg),
    exp.DPipe: ({"this", "expression"}, Expressions._concat),
    exp.Is: ({"this", "expression", "negate"}, predicates.is_),
    exp.In: ({"this", "expressions", "query"}, predicates.in_),
    exp.Between: ({"this", "low", "high", "symmetric"}, predicates.between),
    exp.Like: ({"this", "expression", "negate"}, predicates.like),
    exp.Escape: ({"this", "expression"}, predicates.escape),
    exp.Case: ({"this", "ifs", "default"}, predicates.case),
    exp.If: ({"this", "true", "false"}, predicates.if_),
    exp.Array: ({"expressions"}, nested.array_of),
    exp.Tuple: ({"expressions"}, nested.tuple_of),
    exp.Bracket: ({"this", "expressions"}, nested.subscript),
    **dict.fromkeys(
        (exp.Cast, exp.TryCast), ({"this", "to", "safe", "_type", "requires_string"}, simple.converted)
    ),
    exp.Interval: ({"this", "unit"}, simple.interval),
    exp.AtTimeZone: ({"this", "zone"}, simple.at_time_zone),
    exp.Extract: ({"this", "expression"}, simple.extract),
    exp.Trim: ({"this", "expression", "position"}, simple.trim),
    exp.Substring: ({"this", "start", "length"}, simple.substring),
    exp.UnicodeString: ({"this", "escape"}, simple.unicode),
    exp.Normalize: ({"this", "form", "is_casefold"}, simple.normalize),
    exp.ParseJSON: ({"this", "is_literal"}, simple.json),
    exp.StrPosition: ({"this", "substr"}, simple.position_in),
    **dict.fromkeys((exp.CurrentDate, exp.CurrentTimestamp, exp.Localtimestamp), (set(), simple.now)),
    exp.Subquery: ({"this"}, Expressions._subquery),
    exp.Exists: ({"this"}, Expressions._exists),
    exp.Anonymous: ({"this", "expressions"}, Expressions._call),
    exp.Filter: ({"this", "expression"}, Expressions._aggregate),
    exp.GroupConcat: ({"this", "separator"}, Expressions._aggregate),
    exp.Window: ({"this", "partition_by", "order", "spec", "alias", "over"}, Expressions._window),
    exp.Lambda: ({"this", "expressions"}, Expressions._lambda),
}
_ = VARCHAR
