"""Translate arithmetic: find Trino's result type, and build a DuckDB expression with the same value."""

from sqlglot import exp

from ..core.errors import failure, refusal
from ..core.generator import call, cast, number
from ..core.operators import mismatch, to
from ..core.scope import Typed
from ..core.types import (
    DAY_INTERVAL,
    INTEGERS,
    NUMBERS,
    YEAR_INTERVAL,
    Type,
    as_decimal,
    common,
    decimal,
)


def arithmetic(node: exp.Expr, left: Typed, right: Typed) -> Typed:  # noqa: C901  # a list of cases, each short
    """Translate an arithmetic operator with its operands."""
    if left.type.name == "unknown" and right.type.name in NUMBERS:
        left = to(left, right.type)
    if right.type.name == "unknown" and left.type.name in NUMBERS:
        right = to(right, left.type)
    if left.type.name not in NUMBERS or right.type.name not in NUMBERS:
        return _temporal(node, left, right)
    kind = common(left.type, right.type)
    if kind is None:
        raise mismatch(node, left.type, right.type)
    if kind.name == "decimal":
        return _decimal(node, left, right)
    one, other = to(left, kind).node, to(right, kind).node
    if kind.name in INTEGERS and isinstance(node, exp.Div | exp.Mod) and _is_whole(other):
        sign = exp.IntDiv if isinstance(node, exp.Div) else exp.Mod
        return Typed(exp.Paren(this=sign(this=one, expression=other)), kind)
    if isinstance(node, exp.Div):
        return Typed(
            call("athena_divide" if kind.name in INTEGERS else "athena_divide_float", one, other), kind
        )
    if isinstance(node, exp.Mod):
        return Typed(
            call("athena_modulus" if kind.name in INTEGERS else "athena_modulus_float", one, other), kind
        )
    return Typed(cast(exp.Paren(this=type(node)(this=one, expression=other)), kind.duckdb), kind)


def _is_whole(node: exp.Expr) -> bool:
    """Return whether a divisor is a literal other than 0, so that the division cannot fail."""
    while isinstance(node, exp.Cast | exp.Paren | exp.Neg):
        node = node.this
    return isinstance(node, exp.Literal) and node.name not in ("0", "")


def _decimal(node: exp.Expr, left: Typed, right: Typed) -> Typed:
    one, other = as_decimal(left.type), as_decimal(right.type)
    (p1, s1), (p2, s2) = one.args, other.args
    scale = max(s1, s2)
    a, b = to(left, one).node, to(right, other).node
    if isinstance(node, exp.Add | exp.Sub):
        kind = decimal(max(p1 - s1, p2 - s2) + scale + 1, scale)
        summed = type(node)(this=cast(a, kind.duckdb), expression=cast(b, kind.duckdb))
        return Typed(cast(exp.Paren(this=summed), kind.duckdb), kind)
    if isinstance(node, exp.Mul):
        if s1 + s2 > 38:
            raise failure(
                "TYPE_MISMATCH", f"DECIMAL scale must be in range [0, precision (38)]: {s1 + s2}", node
            )
        kind = decimal(p1 + p2, s1 + s2)
        return Typed(cast(exp.Paren(this=exp.Mul(this=a, expression=b)), kind.duckdb), kind)
    if isinstance(node, exp.Mod):
        kind = decimal(min(p2 - s2, p1 - s1) + scale, scale)
        shared = f"DECIMAL({min(38, max(p1 - s1, p2 - s2) + scale)},{scale})"
        return Typed(cast(call("athena_modulus", cast(a, shared), cast(b, shared)), kind.duckdb), kind)
    kind = decimal(p1 + s2 + max(s2 - s1, 0), scale)
    if p1 + scale - s1 + s2 > 38 or p2 > 37:
        raise refusal(
            f"the division of {left.type} by {right.type}", node, "a decimal of DuckDB has too few digits"
        )
    # Divide the unscaled integers: a * 10^(scale - s1 + s2) / b, rounded half away from zero.
    shift = scale - s1 + s2
    whole_a = call("athena_unscaled", a, number(10**s1), number(10**shift))
    whole_b = call("athena_unscaled", b, number(10**s2), number(1))
    quotient = call("athena_round_quotient", whole_a, whole_b)
    return Typed(
        call(
            "athena_scaled",
            quotient,
            cast(exp.Literal.string(f"1e-{scale}"), f"DECIMAL({scale + 1},{scale})"),
            cast=kind.duckdb,
        ),
        kind,
    )


def _temporal(node: exp.Expr, left: Typed, right: Typed) -> Typed:  # noqa: C901  # a list of cases, each short
    names = (left.type.name, right.type.name)
    intervals = (DAY_INTERVAL.name, YEAR_INTERVAL.name)
    if isinstance(node, exp.Add) and left.type.name in intervals and right.type.name not in intervals:
        left, right = right, left
    if isinstance(node, exp.Add | exp.Sub) and right.type.name in intervals:
        amount = exp.Neg(this=exp.Paren(this=right.node)) if isinstance(node, exp.Sub) else right.node
        if left.type == right.type:
            return Typed(exp.Paren(this=type(node)(this=left.node, expression=right.node)), left.type)
        unit = "milliseconds" if right.type == DAY_INTERVAL else "months"
        if left.type.name in ("date", "timestamp"):
            moved = call(f"athena_{left.type.name}_plus_{unit}", left.node, amount)
            precision = max(3, left.type.args[0]) if left.type.args and unit == "milliseconds" else None
            return Typed(moved, Type("timestamp", (precision,)) if precision else left.type)
        if left.type.name == "timestamp with time zone":
            precision = max(3, left.type.args[0]) if unit == "milliseconds" else left.type.args[0]
            return Typed(
                call(f"athena_zoned_plus_{unit}", left.node, amount), Type(left.type.name, (precision,))
            )
    if (
        isinstance(node, exp.Sub)
        and names[0] == names[1]
        and names[0] in ("date", "timestamp", "timestamp with time zone")
    ):
        if left.type.args and max(left.type.args[0], right.type.args[0]) > 3:
            raise refusal("the difference of timestamps with more than milliseconds", node)
        return Typed(
            call(
                f"athena_{'zoned' if 'zone' in names[0] else names[0]}_difference",
                left.node,
                right.node,
            ),
            DAY_INTERVAL,
        )
    if isinstance(node, exp.Mul | exp.Div) and names[0] in intervals and names[1] in NUMBERS:
        return _scaled_interval(node, left, right)
    if isinstance(node, exp.Mul) and names[1] in intervals and names[0] in NUMBERS:
        return _scaled_interval(node, right, left)
    if "time" in names or "time with time zone" in names:
        raise refusal("arithmetic on times", node)
    raise mismatch(node, left.type, right.type)


def _scaled_interval(node: exp.Expr, interval: Typed, factor: Typed) -> Typed:
    if factor.type.name not in INTEGERS:
        raise refusal("an interval times or divided by a fraction", node)
    if isinstance(node, exp.Div):
        return Typed(call("athena_divide", interval.node, cast(factor.node, "BIGINT")), interval.type)
    return Typed(
        exp.Paren(this=exp.Mul(this=interval.node, expression=cast(factor.node, "BIGINT"))), interval.type
    )
