"""Translate comparisons, negation and ||, with the rules of Trino for types, NULL and NaN."""

from sqlglot import exp

from .errors import failure, refusal
from .generator import call, cast
from .scope import Typed
from .types import (
    BOOLEAN,
    DAY_INTERVAL,
    NUMBERS,
    VARBINARY,
    VARCHAR,
    YEAR_INTERVAL,
    Type,
    common,
)

_SIGNS: dict[type[exp.Expr], str] = {
    exp.Add: "+",
    exp.Sub: "-",
    exp.Mul: "*",
    exp.Div: "/",
    exp.Mod: "%",
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.NullSafeEQ: "IS NOT DISTINCT FROM",
    exp.NullSafeNEQ: "IS DISTINCT FROM",
}
_NAMES = {
    "=": "equal",
    "<>": "not_equal",
    "<": "less",
    "<=": "less_or_equal",
    ">": "greater",
    ">=": "greater_or_equal",
}
_FLOATS = ("double", "real")


def mismatch(node: exp.Expr, left: Type, right: Type) -> Exception:
    """The error for operands with types that an operator does not accept."""
    return failure("TYPE_MISMATCH", f"Cannot apply operator: {left} {_SIGNS[type(node)]} {right}", node)


def to(value: Typed, kind: Type) -> Typed:
    """Convert a value to a type to which Trino converts it without a cast."""
    if value.type == kind or (value.type.duckdb == kind.duckdb and value.type.name == kind.name):
        return Typed(value.node, kind)
    if value.type.name == "unknown":
        return Typed(cast(value.node, kind.duckdb), kind)
    if kind.name == "timestamp with time zone":
        return Typed(call("athena_zoned", cast(value.node, "TIMESTAMP"), exp.Literal.string("UTC")), kind)
    if kind.name in ("row", "array", "map") and kind.has("timestamp with time zone") != value.type.has(
        "timestamp with time zone"
    ):
        raise refusal(f"the conversion of {value.type} to {kind}", value.node)
    return Typed(cast(value.node, kind.duckdb), kind)


def compare(node: exp.Expr, left: Typed, right: Typed) -> Typed:
    """Translate a comparison, an equality or IS [NOT] DISTINCT FROM."""
    kind = common(left.type, right.type)
    if kind is None:
        raise mismatch(node, left.type, right.type)
    sign = _SIGNS[type(node)]
    one, other = key_of(to(left, kind)), key_of(to(right, kind))
    if kind.name in ("array", "row", "map"):
        if sign not in ("=", "<>"):
            raise refusal(f"the comparison of {kind.name}s with {sign}", node)
        simple = kind.name == "array" and not kind.args[0].has(
            "array", "row", "map", "double", "real", "json"
        )
        return Typed(call(f"athena_{'array' if simple else 'nested'}_{_NAMES[sign]}", one, other), BOOLEAN)
    if kind.name == "json" and sign not in ("=", "<>"):
        raise mismatch(node, left.type, right.type)
    if kind.name in _FLOATS and sign in _NAMES:
        return Typed(call(f"athena_float_{_NAMES[sign]}", one, other), BOOLEAN)
    if kind.name in _FLOATS:
        raise refusal(f"{sign} on doubles", node, "the result for NaN can differ")
    return Typed(exp.Paren(this=type(node)(this=one, expression=other)), BOOLEAN)


def key_of(value: Typed) -> exp.Expr:
    """The expression to compare and sort by; for a timestamp with time zone, this is only the instant."""
    if value.type.name == "timestamp with time zone":
        return call("athena_utc", value.node)
    if value.type.has("timestamp with time zone"):
        raise refusal(f"the comparison of {value.type}", value.node)
    return value.node


def negate(node: exp.Expr, value: Typed) -> Typed:
    """Translate the negative sign before a number or an interval."""
    if value.type.name not in (*NUMBERS, DAY_INTERVAL.name, YEAR_INTERVAL.name):
        raise failure("TYPE_MISMATCH", f"Cannot negate {value.type}", node)
    return Typed(exp.Neg(this=exp.Paren(this=value.node)), value.type)


def concatenate(node: exp.Expr, left: Typed, right: Typed) -> Typed:
    """Translate the operator || for texts and arrays."""
    names = {left.type.name, right.type.name}
    if names == {"varchar", "unknown"}:
        return Typed(cast(exp.Null(), "VARCHAR[]"), Type("array", (VARCHAR,)))
    if "unknown" in names:
        raise failure(
            "AMBIGUOUS_FUNCTION_CALL",
            "Could not choose a best candidate operator. Explicit type casts must be added.",
            node,
        )
    if names == {"varchar"}:
        return Typed(
            exp.Paren(this=exp.DPipe(this=to(left, VARCHAR).node, expression=to(right, VARCHAR).node)),
            VARCHAR,
        )
    if names == {"varbinary"}:
        return Typed(exp.Paren(this=exp.DPipe(this=left.node, expression=right.node)), VARBINARY)
    if "array" in names:
        arrays = [each if each.type.name == "array" else _alone(each) for each in (left, right)]
        kind = common(arrays[0].type, arrays[1].type)
        if kind is not None and "unknown" not in (left.type.name, right.type.name):
            return Typed(call("athena_array_concat", *(to(each, kind).node for each in arrays)), kind)
    if "char" in names:
        raise refusal("the type char", node)
    raise failure(
        "FUNCTION_NOT_FOUND",
        f"Unexpected parameters ({left.type}, {right.type}) for function concat",
        node,
    )


def _alone(value: Typed) -> Typed:
    return Typed(exp.Array(expressions=[value.node]), Type("array", (value.type,)))
