"""Special forms: expressions like COALESCE that look like function calls but have rules of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlglot import exp

from .binding import bind
from .core import operators
from .core.errors import failure, refusal
from .core.generator import call, cast, text
from .core.macros import OR_NULL
from .core.scope import Scope, Typed
from .core.types import (
    DATE,
    INTEGER,
    VARCHAR,
    array,
    common,
    row,
)
from .scalar.arithmetic import arithmetic
from .scalar.casts import as_text, convert
from .scalar.formats import formatted

if TYPE_CHECKING:
    from .expressions import Expressions


def _coalesce(expressions: Expressions, node: exp.Expr, arguments: list[exp.Expr], scope: Scope) -> Typed:
    if len(arguments) < 2:
        raise failure("SYNTAX_ERROR", "The 'coalesce' function must have at least two arguments", node)
    values = expressions.unified(arguments, scope, "All COALESCE operands", node)
    return Typed(call("coalesce", *(each.node for each in values)), values[0].type)


def _nullif(expressions: Expressions, node: exp.Expr, arguments: list[exp.Expr], scope: Scope) -> Typed:
    if len(arguments) != 2:
        raise failure("INVALID_FUNCTION_ARGUMENT", "Invalid number of arguments for 'nullif' function", node)
    one, other = (expressions(each, scope) for each in arguments)
    if common(one.type, other.type) is None:
        raise failure(
            "TYPE_MISMATCH", f"Types are not comparable with NULLIF: {one.type} vs {other.type}", node
        )
    test = operators.compare(exp.EQ(), one, other).node
    made = exp.Case(ifs=[exp.If(this=test, true=exp.Null())], default=one.node.copy())
    made.meta["strict"] = True
    return Typed(made, one.type)


def _try(expressions: Expressions, node: exp.Expr, arguments: list[exp.Expr], scope: Scope) -> Typed:
    if len(arguments) != 1:
        raise failure("INVALID_FUNCTION_ARGUMENT", "The 'try' function must have exactly one argument", node)
    found = expressions(arguments[0], scope)
    for each in found.node.walk():
        loose = exp.Query | exp.Lambda | exp.Case | exp.Is | exp.Connector | exp.Struct | exp.Window
        if isinstance(each, loose) and not each.meta.get("strict"):
            raise refusal("TRY around anything but operators and functions", node)
        if isinstance(each, exp.Anonymous) and each.name in ("coalesce", "concat_ws", "greatest", "least"):
            raise refusal(f"TRY around {each.name}", node)
    made = found.node.copy()
    for each in made.find_all(exp.Anonymous):
        if each.name.startswith("athena_"):
            each.set("this", each.name + OR_NULL)
    return Typed(call("TRY", made), found.type)


def _row(expressions: Expressions, node: exp.Expr, arguments: list[exp.Expr], scope: Scope) -> Typed:
    return expressions.row(arguments, scope)


def _current_timestamp(
    expressions: Expressions, node: exp.Expr, arguments: list[exp.Expr], scope: Scope
) -> Typed:
    if len(arguments) == 1 and arguments[0].name in ("0", "3"):
        found = expressions(exp.CurrentTimestamp(), scope)
        if arguments[0].name == "3":
            return found
    raise refusal("current_timestamp with a precision", node)


def _localtimestamp(
    expressions: Expressions, node: exp.Expr, arguments: list[exp.Expr], scope: Scope
) -> Typed:
    raise refusal("localtimestamp with a precision", node)


def _greatest(macro: str) -> Callable[..., Typed]:
    def build(expressions: Expressions, node: exp.Expr, arguments: list[exp.Expr], scope: Scope) -> Typed:
        name = macro.removeprefix("athena_")
        values, bound = bind(expressions, node, name, arguments, scope)
        kind = bound.variables["E"]
        values = [operators.to(each, kind) for each in values]
        if kind.name in ("array", "row", "map", "timestamp with time zone", "json"):
            raise refusal(f"{name} of {kind}", node)
        missing: exp.Expr = exp.false()
        for each in values:
            missing = exp.Or(
                this=missing, expression=exp.Is(this=exp.Paren(this=each.node.copy()), expression=exp.Null())
            )
        made = exp.Case(
            ifs=[exp.If(this=missing, true=exp.Null())], default=call(name, *(each.node for each in values))
        )
        return Typed(made, kind)

    return build


def _concat(expressions: Expressions, node: exp.Expr, arguments: list[exp.Expr], scope: Scope) -> Typed:
    if len(arguments) < 2:
        raise failure("INVALID_FUNCTION_ARGUMENT", "There must be two or more concatenation arguments", node)
    found = expressions(arguments[0], scope)
    for each in arguments[1:]:
        found = operators.concatenate(node, found, expressions(each, scope))
    return found


def _mod(expressions: Expressions, node: exp.Expr, arguments: list[exp.Expr], scope: Scope) -> Typed:
    values, _ = bind(expressions, node, "mod", arguments, scope)
    return arithmetic(exp.Mod(), *values)


def _date(expressions: Expressions, node: exp.Expr, arguments: list[exp.Expr], scope: Scope) -> Typed:
    values, _ = bind(expressions, node, "date", arguments, scope)
    return convert(values[0], DATE, node)


def _grouping(expressions: Expressions, node: exp.Expr, arguments: list[exp.Expr], scope: Scope) -> Typed:
    if not expressions.allows_aggregates:
        raise failure(
            "EXPRESSION_NOT_SCALAR", f"{expressions.clause} clause cannot contain grouping operations", node
        )
    made = call("GROUPING", *(expressions(each, scope).node for each in arguments))
    made = cast(made, "INTEGER")
    made.meta["aggregate"] = True
    expressions.aggregates.append(made)
    return Typed(made, INTEGER)


def _typeof(expressions: Expressions, node: exp.Expr, arguments: list[exp.Expr], scope: Scope) -> Typed:
    (found,), _ = bind(expressions, node, "typeof", arguments, scope)
    if found.type.has("varchar") and not isinstance(arguments[0], exp.Column | exp.Literal | exp.Cast):
        raise refusal("typeof of a varchar expression", node, "the length of the varchar is unknown")
    return Typed(text(str(found.type)), VARCHAR)


def _zip(expressions: Expressions, node: exp.Expr, arguments: list[exp.Expr], scope: Scope) -> Typed:
    values, _ = bind(expressions, node, "zip", arguments, scope)
    kind = array(row([None] * len(values), [each.type.args[0] for each in values]))
    if len(values) > 3:
        raise refusal("zip of more than three arrays", node)
    return Typed(call(f"athena_zip{len(values)}", *(each.node for each in values), cast=kind.duckdb), kind)


def _array_join(expressions: Expressions, node: exp.Expr, arguments: list[exp.Expr], scope: Scope) -> Typed:
    values, _ = bind(expressions, node, "array_join", arguments, scope)
    name = exp.to_identifier("element")
    shown = as_text(Typed(name, values[0].type.args[0]), node)
    texts = call("list_transform", values[0].node, exp.Lambda(this=shown, expressions=[name.copy()]))
    return Typed(call(f"athena_array_join{len(values)}", texts, *(each.node for each in values[1:])), VARCHAR)


FORM: dict[str, Callable[[Expressions, exp.Expr, list[exp.Expr], Scope], Typed]] = {
    "coalesce": _coalesce,
    "nullif": _nullif,
    "try": _try,
    "row": _row,
    "current_timestamp": _current_timestamp,
    "localtimestamp": _localtimestamp,
    "greatest": _greatest("athena_greatest"),
    "least": _greatest("athena_least"),
    "concat": _concat,
    "format": formatted,
    "mod": _mod,
    "date": _date,
    "grouping": _grouping,
    "typeof": _typeof,
    "zip": _zip,
    "array_join": _array_join,
}
