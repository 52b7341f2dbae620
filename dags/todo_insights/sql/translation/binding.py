"""Choose the overload of a function call, and convert the arguments to the types of the overload."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlglot import exp

from .core import operators
from .core.errors import failure, refusal
from .core.scope import Scope, Typed
from .core.signatures import (
    Binding,
    Signature,
    arguments_of,
    distance,
    overloads,
    substitute,
    unify,
)
from .core.types import (
    INTEGERS,
    VARCHAR,
    Type,
    as_decimal,
    timestamp,
    zoned,
)

if TYPE_CHECKING:
    from .expressions import Expressions


def bind(
    expressions: Expressions, node: exp.Expr, name: str, arguments: Sequence[exp.Expr], scope: Scope
) -> tuple[list[Typed], Binding]:
    """Choose the overload of a call; returns the converted arguments and the types of the call.

    Raises FUNCTION_NOT_FOUND when no overload fits.
    """
    given = [None if isinstance(each, exp.Lambda) else expressions(each, scope) for each in arguments]
    signature = choose(name, given, node)
    declared = arguments_of(signature, len(given)) or ()
    variables: dict[str, Type] = {}
    for kind, each in zip(declared, given, strict=True):
        if each is not None:
            unify(kind, each.type, variables)
    values = []
    for kind, each, argument in zip(declared, given, arguments, strict=True):
        values.append(_lambda(expressions, argument, kind, variables, scope, node) if each is None else each)
    final = [
        _coerced(each, substitute(kind, variables)) if not isinstance(each.node, exp.Lambda) else each
        for kind, each in zip(declared, values, strict=True)
    ]
    return final, Binding(signature, [each.type for each in final], variables)


def choose(name: str, given: Sequence[Typed | None], node: exp.Expr) -> Signature:  # noqa: C901  # a list of cases, each short
    """The overload that needs the smallest conversions; raises FUNCTION_NOT_FOUND if no overload fits."""
    fitting: list[tuple[int, int, Signature]] = []
    for signature in overloads(name):
        declared = arguments_of(signature, len(given))
        if declared is None or any(kind.name == "char" for kind in declared):
            continue
        variables: dict[str, Type] = {}
        pairs = list(zip(declared, given, strict=True))
        if all(
            (kind.name == "function") if each is None else unify(kind, each.type, variables)
            for kind, each in pairs
        ):
            fitting.append(
                (
                    sum(distance(kind, each.type) for kind, each in pairs if each is not None),
                    len(fitting),
                    signature,
                )
            )
    if (
        fitting
        and any(each is not None and each.type.name == "unknown" for each in given)
        and len({each[2].result for each in fitting}) > 1
    ):
        if len({each[2].arguments[0].name for each in fitting}) > 1 and name in ("reverse", "concat"):
            raise failure(
                "AMBIGUOUS_FUNCTION_CALL",
                "Could not choose a best candidate operator. Explicit type casts must be added.",
                node,
            )
        if len({each[0] for each in fitting}) == 1:
            raise refusal(f"{name} of NULL", node, "NULL has no known type")
    if fitting:
        return min(fitting, key=lambda each: each[:2])[2]
    kinds = ", ".join(str(each.type) if each else "function" for each in given)
    if any(each is not None and each.type.has("char", "time") for each in given):
        raise refusal(f"{name}({kinds})", node)
    expected = ", ".join(f"{each.name}({', '.join(map(str, each.arguments))})" for each in overloads(name))
    raise failure(
        "FUNCTION_NOT_FOUND",
        f"Unexpected parameters ({kinds}) for function {name}. Expected: {expected}",
        node,
    )


def _lambda(
    expressions: Expressions,
    node: exp.Expr,
    kind: Type,
    variables: dict[str, Type],
    scope: Scope,
    at: exp.Expr,
) -> Typed:
    *inputs, output = kind.args
    if len(inputs) != len(node.expressions):
        raise failure(
            "INVALID_PARAMETER_USAGE",
            f"Expected a lambda that takes {len(inputs)} argument(s) but got {len(node.expressions)}",
            node,
        )
    names_ = [each.name.lower() for each in node.expressions]
    parameters = {
        name: Typed(exp.to_identifier(f"_{name}", quoted=True), substitute(declared, variables))
        for name, declared in zip(names_, inputs, strict=True)
    }
    body = expressions(node.this, scope.inside(parameters))
    if not unify(output, body.type, variables):
        raise failure(
            "FUNCTION_NOT_FOUND",
            f"Unexpected parameters: the lambda gives {body.type}, not {substitute(output, variables)}",
            at,
        )
    body = _coerced(body, substitute(output, variables))
    made = exp.Lambda(this=body.node, expressions=[parameters[name].node.copy() for name in names_])
    return Typed(made, body.type)


def _coerced(value: Typed, kind: Type) -> Typed:
    if kind.name == "decimal" and value.type.name in (*INTEGERS, "decimal"):
        return operators.to(value, as_decimal(value.type))
    if kind.name in ("joniregexp", "jsonpath", "codepoints", "varchar"):
        return operators.to(value, VARCHAR) if value.type.name == "unknown" else value
    if kind.name == value.type.name and kind.name in ("timestamp", "timestamp with time zone", "time"):
        return value
    if kind.name == "timestamp":
        return operators.to(value, timestamp(0 if value.type.name == "date" else 3))
    if kind.name == "timestamp with time zone":
        return operators.to(value, zoned(value.type.args[0] if value.type.args else 0))
    if kind.name == "unknown":
        return value
    return operators.to(value, kind)
