"""Expressions: each kind of node that the embedded lake knows, with its type. Every other kind is refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from . import casts, functions, intervals, operators
from .aggregates import aggregate, window
from .errors import failure, position, refusal
from .generator import call, cast, text
from .scope import Scope, Typed
from .types import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    UNKNOWN,
    VARBINARY,
    VARCHAR,
    Type,
    array,
    common,
    decimal,
    row,
    timestamp,
    zoned,
)

if TYPE_CHECKING:
    from .queries import Translator

_IGNORED = {"comments"}


class Expressions:
    """Resolves expressions in a scope; `translator` resolves the queries inside them."""

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
        """The expression for DuckDB, and its type."""
        resolve = _KINDS.get(type(node))
        if resolve is None:
            raise refusal(_describe(node), node)
        known, method = resolve
        for name, value in node.args.items():
            if value and name not in known and name not in _IGNORED:
                raise refusal(f"{_describe(node)} with {name.replace('_', ' ')}", node)
        found: Typed = method(self, node, scope or self.scope)
        return found

    def boolean(self, node: exp.Expr, scope: Scope | None, what: str) -> exp.Expr:
        """A condition; raises TYPE_MISMATCH for any other type."""
        if self.root is None:
            self.root = node
        found = self(node, scope)
        if found.type.name not in ("boolean", "unknown"):
            raise failure("TYPE_MISMATCH", f"{what} must evaluate to a boolean (actual: {found.type})", node)
        return operators.to(found, BOOLEAN).node

    def unified(self, nodes: list[exp.Expr], scope: Scope, what: str, at: exp.Expr) -> list[Typed]:
        """Expressions as the one type that all coerce to."""
        found = [self(node, scope) for node in nodes]
        kind = found[0].type
        for each, node in zip(found, nodes, strict=True):
            joined = common(kind, each.type)
            if joined is None:
                raise failure(
                    "TYPE_MISMATCH",
                    f"{what} must be the same type or coercible to a common type. Cannot find common type between {kind} and {each.type}",
                    node,
                )
            kind = joined
        return [operators.to(each, kind) for each in found]

    # One method for each kind of node.

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

    def _literal(self, node: exp.Literal, scope: Scope) -> Typed:
        value = node.name
        if node.is_string:
            return Typed(node.copy(), Type("varchar", (len(value),)))
        if re.fullmatch(r"\d+", value):
            if int(value) >= 2**63:
                raise failure("INVALID_LITERAL", f"Invalid numeric literal: {value}", node)
            kind = INTEGER if int(value) < 2**31 else BIGINT
            return Typed(cast(node.copy(), kind.duckdb) if kind == BIGINT else node.copy(), kind)
        if "e" in value.lower():
            return Typed(cast(node.copy(), "DOUBLE"), DOUBLE)
        before, _, after = value.partition(".")
        before = before.lstrip("0")
        kind = decimal(max(1, len(before) + len(after)), len(after))
        if len(before) + len(after) > 38:
            raise failure("INVALID_LITERAL", f"Invalid decimal literal: {value}", node)
        return Typed(cast(text(value), kind.duckdb), kind)

    def _hex(self, node: exp.HexString, scope: Scope) -> Typed:
        if node.args.get("is_integer"):
            raise refusal("hexadecimal integers", node)
        digits = re.sub(r"\s", "", node.name)
        if len(digits) % 2 or re.search(r"[^0-9a-fA-F]", digits):
            raise failure("SYNTAX_ERROR", f"Invalid binary literal: {node.name}", node)
        return Typed(call("unhex", text(digits)), VARBINARY)

    def _boolean(self, node: exp.Boolean, scope: Scope) -> Typed:
        return Typed(node.copy(), BOOLEAN)

    def _null(self, node: exp.Null, scope: Scope) -> Typed:
        return Typed(node.copy(), UNKNOWN)

    def _paren(self, node: exp.Paren, scope: Scope) -> Typed:
        found = self(node.this, scope)
        return Typed(exp.Paren(this=found.node), found.type)

    def _arithmetic(self, node: exp.Binary, scope: Scope) -> Typed:
        return operators.arithmetic(node, self(node.this, scope), self(node.expression, scope))

    def _comparison(self, node: exp.Binary, scope: Scope) -> Typed:
        if isinstance(node.expression, exp.Any | exp.All):
            return self.translator.quantified(self, node, scope)
        pair = (_parts(node.this), _parts(node.expression))
        if isinstance(node, exp.EQ) and pair[0] and pair[1] and len(pair[0]) == len(pair[1]):
            return self._same_rows(*pair, node, scope)
        return operators.compare(node, self(node.this, scope), self(node.expression, scope))

    def _same_rows(self, left: list[exp.Expr], right: list[exp.Expr], node: exp.Expr, scope: Scope) -> Typed:
        """Two rows that are written out are equal where all their parts are."""
        tests: list[exp.Expr] = []
        for one, other in zip(left, right, strict=True):
            test = exp.EQ()
            test.meta.update(node.meta)
            tests.append(operators.compare(test, self(one, scope), self(other, scope)).node)
        made = tests[0]
        for each in tests[1:]:
            made = exp.And(this=made, expression=each)
        return Typed(exp.Paren(this=made), BOOLEAN)

    def _connector(self, node: exp.Binary, scope: Scope) -> Typed:
        sides = [
            self.boolean(each, scope, "Logical expression term") for each in (node.this, node.expression)
        ]
        return Typed(exp.Paren(this=type(node)(this=sides[0], expression=sides[1])), BOOLEAN)

    def _not(self, node: exp.Not, scope: Scope) -> Typed:
        return Typed(
            exp.Not(this=exp.Paren(this=self.boolean(node.this, scope, "Value of logical NOT expression"))),
            BOOLEAN,
        )

    def _neg(self, node: exp.Neg, scope: Scope) -> Typed:
        if isinstance(node.this, exp.Literal) and node.this.name == str(2**63):
            return Typed(exp.Literal.number(-(2**63)), BIGINT)
        return operators.negate(node, self(node.this, scope))

    def _concat(self, node: exp.DPipe, scope: Scope) -> Typed:
        return operators.concatenate(node, self(node.this, scope), self(node.expression, scope))

    def _is(self, node: exp.Is, scope: Scope) -> Typed:
        if not isinstance(node.expression, exp.Null):
            raise failure(
                "SYNTAX_ERROR",
                f"mismatched input '{node.expression.sql()}'. Expecting: 'NULL'",
                node.expression,
            )
        test: exp.Expr = exp.Is(this=exp.Paren(this=self(node.this, scope).node), expression=exp.Null())
        if node.args.get("negate"):
            test = exp.Not(this=test)
        return Typed(exp.Paren(this=test), BOOLEAN)

    def _in(self, node: exp.In, scope: Scope) -> Typed:
        if node.args.get("query"):
            return self.translator.in_query(self, node, scope)
        if not node.expressions:
            raise failure("SYNTAX_ERROR", "mismatched input ')'. Expecting: <expression>, <query>", node)
        rows = [_parts(each) for each in (node.this, *node.expressions)]
        if all(rows) and len({len(each) for each in rows}) == 1:
            found = [self._same_rows(rows[0], each, node, scope).node for each in rows[1:]]
            made = found[0]
            for each in found[1:]:
                made = exp.Or(this=made, expression=each)
            return Typed(exp.Paren(this=made), BOOLEAN)
        value, *choices = self.unified([node.this, *node.expressions], scope, "IN value and list items", node)
        if value.type.name in ("array", "row", "map", "json"):
            raise refusal(f"IN with values of type {value.type.name}", node)
        keys = [operators.key_of(each) for each in (value, *choices)]
        return Typed(exp.Paren(this=exp.In(this=keys[0], expressions=keys[1:])), BOOLEAN)

    def _between(self, node: exp.Between, scope: Scope) -> Typed:
        if node.args.get("symmetric"):
            raise failure("SYNTAX_ERROR", "mismatched input 'SYMMETRIC'", node)
        low = operators.compare(exp.GTE(), *self._pair(node, node.args["low"], scope))
        high = operators.compare(exp.LTE(), *self._pair(node, node.args["high"], scope))
        return Typed(exp.Paren(this=exp.And(this=low.node, expression=high.node)), BOOLEAN)

    def _pair(self, node: exp.Between, bound: exp.Expr, scope: Scope) -> tuple[Typed, Typed]:
        value, limit = self(node.this, scope), self(bound, scope)
        if common(value.type, limit.type) is None:
            raise failure(
                "TYPE_MISMATCH",
                f"Cannot check if {value.type} is BETWEEN {limit.type} and {limit.type}",
                node,
            )
        return value, limit

    def _like(self, node: exp.Like, scope: Scope, escape: exp.Expr | None = None) -> Typed:
        found = [self(each, scope) for each in (node.this, node.expression, *([escape] if escape else []))]
        places = (node.this, node.expression, escape or node)
        whats = ("Left side of LIKE expression", "Pattern for LIKE expression", "Escape")
        for each, what, place in zip(found, whats, places, strict=False):
            if each.type.name not in ("varchar", "unknown"):
                raise failure(
                    "TYPE_MISMATCH", f"{what} must evaluate to a varchar (actual: {each.type})", place
                )
        value, pattern = found[0].node, found[1].node
        if escape is not None:
            test = call("athena_like_escape", value, pattern, found[2].node)
        else:
            test = exp.Paren(this=exp.Like(this=value, expression=pattern))
        return Typed(exp.Not(this=test) if node.args.get("negate") else test, BOOLEAN)

    def _escape(self, node: exp.Escape, scope: Scope) -> Typed:
        if not isinstance(node.this, exp.Like):
            raise refusal(_describe(node), node)
        return self._like(node.this, scope, node.expression)

    def _case(self, node: exp.Case, scope: Scope) -> Typed:
        results = [branch.args["true"] for branch in node.args["ifs"]]
        default = node.args.get("default")
        values = self.unified([*results, *([default] if default else [])], scope, "All CASE results", node)
        tests = []
        operand = self(node.this, scope) if node.this else None
        for branch in node.args["ifs"]:
            if operand is None:
                tests.append(self.boolean(branch.this, scope, "CASE WHEN clause"))
            else:
                test = exp.EQ()
                test.meta.update(branch.this.meta)
                tests.append(operators.compare(test, operand, self(branch.this, scope)).node)
        ifs = [exp.If(this=test, true=value.node) for test, value in zip(tests, values, strict=False)]
        made = exp.Case(ifs=ifs, default=values[-1].node if default else None)
        return Typed(made, values[0].type)

    def _if(self, node: exp.If, scope: Scope) -> Typed:
        test = self.boolean(node.this, scope, "IF condition")
        branches = [node.args["true"], *([node.args["false"]] if node.args.get("false") else [])]
        values = self.unified(branches, scope, "Result types for IF", node)
        default = values[1].node if len(values) > 1 else None
        return Typed(exp.Case(ifs=[exp.If(this=test, true=values[0].node)], default=default), values[0].type)

    def _array(self, node: exp.Array, scope: Scope) -> Typed:
        if not node.expressions:
            return Typed(cast(exp.Array(expressions=[]), "INTEGER[]"), array(UNKNOWN))
        values = self.unified(node.expressions, scope, "All ARRAY elements", node)
        kind = array(values[0].type)
        made = exp.Array(expressions=[each.node for each in values])
        return Typed(cast(made, kind.duckdb), kind)

    def row(self, nodes: list[exp.Expr], scope: Scope) -> Typed:
        """ROW(...), or several values in parentheses."""
        values = [self(node, scope) for node in nodes]
        kind = row([None] * len(values), [each.type for each in values])
        pairs = [
            exp.PropertyEQ(this=exp.to_identifier(name), expression=each.node)
            for name, each in zip(kind.fields, values, strict=True)
        ]
        return Typed(exp.Struct(expressions=pairs), kind)

    def _tuple(self, node: exp.Tuple, scope: Scope) -> Typed:
        return self.row(node.expressions, scope)

    def _bracket(self, node: exp.Bracket, scope: Scope) -> Typed:
        if len(node.expressions) != 1:
            raise failure("SYNTAX_ERROR", "mismatched input ','. Expecting: ']'", node)
        base, index = self(node.this, scope), self(node.expressions[0], scope)
        if base.type.name == "array":
            if not index.type.name.endswith("int") and index.type.name not in ("integer", "unknown"):
                raise operators_mismatch(node, base.type, index.type)
            return Typed(call("athena_subscript", base.node, index.node), base.type.args[0])
        if base.type.name == "map":
            if common(base.type.args[0], index.type) != base.type.args[0]:
                raise operators_mismatch(node, base.type, index.type)
            key = operators.to(index, base.type.args[0])
            return Typed(call("athena_map_subscript", base.node, key.node), base.type.args[1])
        if (
            base.type.name == "row"
            and isinstance(node.expressions[0], exp.Literal)
            and node.expressions[0].is_int
        ):
            place = int(node.expressions[0].name)
            if not 1 <= place <= len(base.type.args):
                raise failure(
                    "INVALID_FUNCTION_ARGUMENT", f"ROW index out of bounds: {place}", node.expressions[0]
                )
            return Typed(
                call("struct_extract_at", base.node, exp.Literal.number(place)), base.type.args[place - 1]
            )
        raise operators_mismatch(node, base.type, index.type)

    def _cast(self, node: exp.Cast, scope: Scope) -> Typed:
        target = casts.target_type(node.args["to"], node)
        return casts.convert(self(node.this, scope), target, node, safe=isinstance(node, exp.TryCast))

    def _interval(self, node: exp.Interval, scope: Scope) -> Typed:
        return intervals.literal(node)

    def _at_time_zone(self, node: exp.AtTimeZone, scope: Scope) -> Typed:
        return functions.at_time_zone(node, self(node.this, scope), self(node.args["zone"], scope))

    def _extract(self, node: exp.Extract, scope: Scope) -> Typed:
        return functions.extract(node, node.name, self(node.expression, scope))

    def _trim(self, node: exp.Trim, scope: Scope) -> Typed:
        name = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(
            str(node.args.get("position") or "").upper(), "trim"
        )
        arguments = [node.this, *([node.expression] if node.expression else [])]
        return functions.function(self, node, name, arguments, scope)

    def _position(self, node: exp.StrPosition, scope: Scope) -> Typed:
        return functions.function(self, node, "strpos", [node.this, node.args["substr"]], scope)

    def _substring(self, node: exp.Substring, scope: Scope) -> Typed:
        arguments = [
            node.this,
            node.args["start"],
            *([node.args["length"]] if node.args.get("length") else []),
        ]
        return functions.function(self, node, "substring", arguments, scope)

    def _unicode(self, node: exp.UnicodeString, scope: Scope) -> Typed:
        if node.args.get("escape"):
            raise refusal("UESCAPE", node)

        def decoded(match: re.Match[str]) -> str:
            return "\\" if match[0] == "\\\\" else chr(int(match[1] or match[2], 16))

        value = re.sub(r"\\\\|\\([0-9a-fA-F]{4})|\\\+([0-9a-fA-F]{6})", decoded, node.name)
        return Typed(text(value), Type("varchar", (len(value),)))

    def _normalize(self, node: exp.Normalize, scope: Scope) -> Typed:
        found = self(node.this, scope)
        if found.type.name != "varchar" or (
            node.args.get("form") and node.args["form"].name.upper() != "NFC"
        ):
            raise refusal("this form of NORMALIZE", node)
        return Typed(call("nfc_normalize", found.node), VARCHAR)

    def _json(self, node: exp.ParseJSON, scope: Scope) -> Typed:
        return functions.function(self, node, "json_parse", [node.this], scope)

    def _now(self, node: exp.Expr, scope: Scope) -> Typed:
        moment = call("getvariable", text("now"))
        if isinstance(node, exp.CurrentDate):
            return Typed(cast(moment, "DATE"), DATE)
        if isinstance(node, exp.Localtimestamp):
            return Typed(cast(moment, "TIMESTAMP"), timestamp(3))
        return Typed(call("athena_zoned", cast(moment, "TIMESTAMP"), text("UTC")), zoned(3))

    def _subquery(self, node: exp.Subquery, scope: Scope) -> Typed:
        return self.translator.scalar(self, node, scope)

    def _exists(self, node: exp.Exists, scope: Scope) -> Typed:
        return self.translator.exists(self, node, scope)

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


def _parts(node: exp.Expr) -> list[exp.Expr]:
    """The parts of a row that is written out, or nothing for any other expression."""
    if isinstance(node, exp.Tuple):
        return node.expressions
    if isinstance(node, exp.Anonymous) and node.name.lower() == "row":
        return node.expressions
    return []


def operators_mismatch(node: exp.Expr, base: Type, index: Type) -> Exception:
    """The error for an index that does not fit."""
    return failure("TYPE_MISMATCH", f"Cannot use {index} for subscript of {base}", node)


def _describe(node: exp.Expr) -> str:
    names = {
        "AtTimeZone": "AT TIME ZONE",
        "JSONExtract": "JSON_QUERY",
        "JSONValue": "JSON_VALUE",
        "GroupConcat": "LISTAGG",
    }
    kind = type(node).__name__
    return names.get(kind, re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind).upper())


_KINDS: dict[type, tuple[set[str], Callable[..., Typed]]] = {
    exp.Column: ({"this", "table", "db", "catalog"}, Expressions._column),
    exp.Identifier: ({"this", "quoted"}, Expressions._identifier),
    exp.Dot: ({"this", "expression"}, Expressions._dot),
    exp.Literal: ({"this", "is_string"}, Expressions._literal),
    exp.HexString: ({"this", "is_integer"}, Expressions._hex),
    exp.Boolean: ({"this"}, Expressions._boolean),
    exp.Null: (set(), Expressions._null),
    exp.Paren: ({"this"}, Expressions._paren),
    **dict.fromkeys(
        (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod),
        ({"this", "expression", "typed"}, Expressions._arithmetic),
    ),
    **dict.fromkeys(
        (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.NullSafeEQ, exp.NullSafeNEQ),
        ({"this", "expression"}, Expressions._comparison),
    ),
    **dict.fromkeys((exp.And, exp.Or), ({"this", "expression"}, Expressions._connector)),
    exp.Not: ({"this"}, Expressions._not),
    exp.Neg: ({"this"}, Expressions._neg),
    exp.DPipe: ({"this", "expression"}, Expressions._concat),
    exp.Is: ({"this", "expression", "negate"}, Expressions._is),
    exp.In: ({"this", "expressions", "query"}, Expressions._in),
    exp.Between: ({"this", "low", "high", "symmetric"}, Expressions._between),
    exp.Like: ({"this", "expression", "negate"}, Expressions._like),
    exp.Escape: ({"this", "expression"}, Expressions._escape),
    exp.Case: ({"this", "ifs", "default"}, Expressions._case),
    exp.If: ({"this", "true", "false"}, Expressions._if),
    exp.Array: ({"expressions"}, Expressions._array),
    exp.Tuple: ({"expressions"}, Expressions._tuple),
    exp.Bracket: ({"this", "expressions"}, Expressions._bracket),
    **dict.fromkeys(
        (exp.Cast, exp.TryCast), ({"this", "to", "safe", "_type", "requires_string"}, Expressions._cast)
    ),
    exp.Interval: ({"this", "unit"}, Expressions._interval),
    exp.AtTimeZone: ({"this", "zone"}, Expressions._at_time_zone),
    exp.Extract: ({"this", "expression"}, Expressions._extract),
    exp.Trim: ({"this", "expression", "position"}, Expressions._trim),
    exp.Substring: ({"this", "start", "length"}, Expressions._substring),
    exp.UnicodeString: ({"this", "escape"}, Expressions._unicode),
    exp.Normalize: ({"this", "form", "is_casefold"}, Expressions._normalize),
    exp.ParseJSON: ({"this", "is_literal"}, Expressions._json),
    exp.StrPosition: ({"this", "substr"}, Expressions._position),
    **dict.fromkeys((exp.CurrentDate, exp.CurrentTimestamp, exp.Localtimestamp), (set(), Expressions._now)),
    exp.Subquery: ({"this"}, Expressions._subquery),
    exp.Exists: ({"this"}, Expressions._exists),
    exp.Anonymous: ({"this", "expressions"}, Expressions._call),
    exp.Filter: ({"this", "expression"}, Expressions._aggregate),
    exp.GroupConcat: ({"this", "separator"}, Expressions._aggregate),
    exp.Window: ({"this", "partition_by", "order", "spec", "alias", "over"}, Expressions._window),
    exp.Lambda: ({"this", "expressions"}, Expressions._lambda),
}
_ = VARCHAR
