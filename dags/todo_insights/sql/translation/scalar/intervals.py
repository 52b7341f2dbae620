"""Translate interval literals: Trino stores an interval as a number of milliseconds or months."""

import re

from sqlglot import exp

from ..core.errors import failure, refusal
from ..core.scope import Typed
from ..core.types import DAY_INTERVAL, YEAR_INTERVAL

_MILLISECONDS = {"DAY": 86_400_000, "HOUR": 3_600_000, "MINUTE": 60_000, "SECOND": 1_000}
_MONTHS = {"YEAR": 12, "MONTH": 1}


def literal(node: exp.Interval) -> Typed:  # noqa: C901  # a list of cases, each short
    """Translate INTERVAL '...' unit, and the common forms of INTERVAL '...' unit TO unit."""
    unit, value = node.args.get("unit"), node.this
    negative = isinstance(value, exp.Neg)
    if negative:
        value = value.this
    if not isinstance(value, exp.Literal) or not value.is_string:
        raise failure("SYNTAX_ERROR", "mismatched input. Expecting: <string>", node)
    if isinstance(unit, exp.IntervalSpan):
        return _several(node, unit, value.name, negative)
    if not isinstance(unit, exp.Var):
        raise refusal("an interval with this unit", node)
    name = unit.name.upper()
    if name not in (*_MILLISECONDS, *_MONTHS):
        if name.rstrip("S") in (*_MILLISECONDS, *_MONTHS) or name in ("WEEK", "QUARTER", "MILLISECOND"):
            raise failure(
                "SYNTAX_ERROR",
                f"mismatched input '{unit.name}'. Expecting: DAY, HOUR, MINUTE, MONTH, SECOND, YEAR",
                node,
            )
        raise refusal(f"intervals of {unit.name}", node)
    match = re.fullmatch(r"\s*([+-]?)\s*(\d+)(?:\.(\d{1,3}))?\s*", value.name)
    if not match or (match[3] and name != "SECOND"):
        raise failure("INVALID_LITERAL", f"Invalid INTERVAL {name} value: {value.name}", node)
    whole = int(match[2])
    amount = (
        whole * _MONTHS[name]
        if name in _MONTHS
        else whole * _MILLISECONDS[name] + int((match[3] or "0").ljust(3, "0"))
    )
    if (match[1] == "-") != negative:
        amount = -amount
    made = exp.Cast(this=exp.Paren(this=exp.Literal.number(amount)), to=exp.Var(this="BIGINT"))
    return Typed(made, YEAR_INTERVAL if name in _MONTHS else DAY_INTERVAL)


def _several(node: exp.Interval, unit: exp.IntervalSpan, value: str, negative: bool) -> Typed:
    """Translate INTERVAL '1-6' YEAR TO MONTH and INTERVAL '1 02:03:04' DAY TO SECOND."""
    span = (unit.this.name.upper(), unit.expression.name.upper())
    if span == ("YEAR", "MONTH") and (match := re.fullmatch(r"([+-]?)(\d+)-(\d+)", value)):
        amount, kind = int(match[2]) * 12 + int(match[3]), YEAR_INTERVAL
    elif span == ("DAY", "SECOND") and (
        match := re.fullmatch(r"([+-]?)(\d+) (\d+):(\d+):(\d+)(?:\.(\d{1,3}))?", value)
    ):
        days, hours, minutes, seconds = (int(part) for part in match.groups()[1:5])
        amount = (
            ((days * 24 + hours) * 60 + minutes) * 60_000
            + seconds * 1_000
            + int((match[6] or "0").ljust(3, "0"))
        )
        kind = DAY_INTERVAL
    else:
        raise refusal(f"intervals from {span[0]} to {span[1]}", node)
    if (match[1] == "-") != negative:
        amount = -amount
    return Typed(exp.Cast(this=exp.Paren(this=exp.Literal.number(amount)), to=exp.Var(this="BIGINT")), kind)
