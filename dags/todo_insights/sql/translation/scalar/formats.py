"""Translate the function format(pattern, ...)."""

import re
from typing import Any

from sqlglot import exp

from ..core.constants import constant
from ..core.errors import failure, refusal
from ..core.generator import call, cast, text
from ..core.scope import Typed
from ..core.types import VARCHAR

_CONVERSION = re.compile(r"%(?:(%)|(-?)(0?)(\d*)(,?)(?:\.(\d+))?([sdfxX]))")


def formatted(expressions: Any, node: exp.Expr, arguments: list[exp.Expr], scope: Any) -> Typed:
    """Translate format(pattern, ...) with the common conversions of Java's java.util.Formatter."""
    pattern, *values = (expressions(each, scope) for each in arguments)
    written = constant(pattern, "a format")
    if "%" in _CONVERSION.sub("", written):
        raise refusal(f"the format {written}", node)
    rest = iter(values)
    pieces: list[exp.Expr] = [text("")]
    end = 0
    for match in _CONVERSION.finditer(written):
        pieces.append(text(written[end : match.start()]))
        end = match.end()
        if match[1]:
            pieces.append(text("%"))
            continue
        value = next(rest, None)
        if value is None:
            raise failure("INVALID_FUNCTION_ARGUMENT", f"Too few arguments for the format {written}", node)
        pieces.append(_converted(value, match, written, node))
    pieces.append(text(written[end:]))
    made = pieces[0]
    for each in pieces[1:]:
        made = exp.DPipe(this=made, expression=each)
    return Typed(exp.Paren(this=made), VARCHAR)


def _converted(value: Typed, match: re.Match[str], written: str, node: exp.Expr) -> exp.Expr:
    left, zero, width, comma, places, letter = match.groups()[1:]
    kind = value.type.name
    if (
        letter == "s"
        and kind in ("varchar", "bigint", "integer", "boolean", "date")
        and not zero
        and not comma
        and places is None
    ):
        shown: exp.Expr = cast(value.node, "VARCHAR")
    elif letter == "d" and kind in ("bigint", "integer") and places is None:
        shown = call("format", text("{:,}"), value.node) if comma else cast(value.node, "VARCHAR")
    elif letter in "xX" and kind in ("bigint", "integer") and not comma and places is None:
        shown = call("printf", text(f"%{letter}"), value.node)
    elif letter == "f" and kind in ("double", "decimal") and int(places or 6) <= 12:
        rounded = cast(cast(value.node, "VARCHAR"), f"DECIMAL(38,{places or 6})")
        shown = (
            call("format", text(f"{{:,.{places or 6}f}}"), cast(rounded, "DOUBLE"))
            if comma
            else call("athena_decimal_to_varchar", rounded)
        )
        if comma and int(places or 6) > 4:
            raise refusal(f"the format {written}", node)
    else:
        raise refusal(f"the format {written} for {value.type}", node)
    if not width:
        return exp.Paren(this=shown)
    if zero and (comma or left):
        raise refusal(f"the format {written}", node)
    macro = "athena_padded_right" if left else "athena_padded_zero" if zero else "athena_padded_left"
    return call(macro, shown, exp.Literal.number(int(width)))
