"""Translate literals, and expressions with a syntax of their own, such as EXTRACT."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlglot import exp

from . import functions
from .core.errors import failure, refusal
from .core.generator import call, cast, text
from .core.scope import Scope, Typed
from .core.types import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    UNKNOWN,
    VARBINARY,
    VARCHAR,
    Type,
    decimal,
    timestamp,
    zoned,
)
from .core.written_types import target_type
from .scalar import casts, intervals

if TYPE_CHECKING:
    from .expressions import Expressions


def literal(resolve: Expressions, node: exp.Literal, scope: Scope) -> Typed:
    """Translate a literal: a number or a text."""
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


def hex(resolve: Expressions, node: exp.HexString, scope: Scope) -> Typed:
    """Translate a binary literal, such as X'00FF'."""
    if node.args.get("is_integer"):
        raise refusal("hexadecimal integers", node)
    digits = re.sub(r"\s", "", node.name)
    if len(digits) % 2 or re.search(r"[^0-9a-fA-F]", digits):
        raise failure("SYNTAX_ERROR", f"Invalid binary literal: {node.name}", node)
    return Typed(call("unhex", text(digits)), VARBINARY)


def boolean(resolve: Expressions, node: exp.Boolean, scope: Scope) -> Typed:
    """Translate TRUE or FALSE."""
    return Typed(node.copy(), BOOLEAN)


def null(resolve: Expressions, node: exp.Null, scope: Scope) -> Typed:
    """Translate NULL."""
    return Typed(node.copy(), UNKNOWN)


def converted(resolve: Expressions, node: exp.Cast, scope: Scope) -> Typed:
    """Translate CAST, TRY_CAST and typed literals."""
    target = target_type(node.args["to"], node)
    return casts.convert(resolve(node.this, scope), target, node, safe=isinstance(node, exp.TryCast))


def interval(resolve: Expressions, node: exp.Interval, scope: Scope) -> Typed:
    """Translate an interval literal."""
    return intervals.literal(node)


def at_time_zone(resolve: Expressions, node: exp.AtTimeZone, scope: Scope) -> Typed:
    """Translate AT TIME ZONE."""
    return functions.at_time_zone(node, resolve(node.this, scope), resolve(node.args["zone"], scope))


def extract(resolve: Expressions, node: exp.Extract, scope: Scope) -> Typed:
    """Translate EXTRACT(part FROM value)."""
    return functions.extract(node, node.name, resolve(node.expression, scope))


def trim(resolve: Expressions, node: exp.Trim, scope: Scope) -> Typed:
    """Translate TRIM in the SQL syntax, such as TRIM(LEADING 'a' FROM x)."""
    name = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(str(node.args.get("position") or "").upper(), "trim")
    arguments = [node.this, *([node.expression] if node.expression else [])]
    return functions.function(resolve, node, name, arguments, scope)


def position_in(resolve: Expressions, node: exp.StrPosition, scope: Scope) -> Typed:
    """Translate POSITION(text IN text)."""
    return functions.function(resolve, node, "strpos", [node.this, node.args["substr"]], scope)


def substring(resolve: Expressions, node: exp.Substring, scope: Scope) -> Typed:
    """Translate SUBSTRING(text FROM start FOR length)."""
    arguments = [
        node.this,
        node.args["start"],
        *([node.args["length"]] if node.args.get("length") else []),
    ]
    return functions.function(resolve, node, "substring", arguments, scope)


def unicode(resolve: Expressions, node: exp.UnicodeString, scope: Scope) -> Typed:
    """Translate a text literal with Unicode escapes (U&'...')."""
    if node.args.get("escape"):
        raise refusal("UESCAPE", node)

    def decoded(match: re.Match[str]) -> str:
        return "\\" if match[0] == "\\\\" else chr(int(match[1] or match[2], 16))

    value = re.sub(r"\\\\|\\([0-9a-fA-F]{4})|\\\+([0-9a-fA-F]{6})", decoded, node.name)
    return Typed(text(value), Type("varchar", (len(value),)))


def normalize(resolve: Expressions, node: exp.Normalize, scope: Scope) -> Typed:
    """Translate NORMALIZE(text, form)."""
    found = resolve(node.this, scope)
    if found.type.name != "varchar" or (node.args.get("form") and node.args["form"].name.upper() != "NFC"):
        raise refusal("this form of NORMALIZE", node)
    return Typed(call("nfc_normalize", found.node), VARCHAR)


def json(resolve: Expressions, node: exp.ParseJSON, scope: Scope) -> Typed:
    """Translate a JSON literal."""
    return functions.function(resolve, node, "json_parse", [node.this], scope)


def now(resolve: Expressions, node: exp.Expr, scope: Scope) -> Typed:
    """Translate CURRENT_DATE, CURRENT_TIMESTAMP and similar keywords."""
    moment = call("getvariable", text("now"))
    if isinstance(node, exp.CurrentDate):
        return Typed(cast(moment, "DATE"), DATE)
    if isinstance(node, exp.Localtimestamp):
        return Typed(cast(moment, "TIMESTAMP"), timestamp(3))
    return Typed(call("athena_zoned", cast(moment, "TIMESTAMP"), text("UTC")), zoned(3))
