"""Translate array literals, rows, and subscripts in brackets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from .core import operators
from .core.errors import failure
from .core.generator import call, cast
from .core.scope import Scope, Typed
from .core.types import (
    UNKNOWN,
    Type,
    array,
    common,
)

if TYPE_CHECKING:
    from .expressions import Expressions


def array_of(resolve: Expressions, node: exp.Array, scope: Scope) -> Typed:
    """Translate the array literal ARRAY[...]."""
    if not node.expressions:
        return Typed(cast(exp.Array(expressions=[]), "INTEGER[]"), array(UNKNOWN))
    values = resolve.unified(node.expressions, scope, "All ARRAY elements", node)
    kind = array(values[0].type)
    made = exp.Array(expressions=[each.node for each in values])
    return Typed(cast(made, kind.duckdb), kind)


def tuple_of(resolve: Expressions, node: exp.Tuple, scope: Scope) -> Typed:
    """Translate several values in parentheses, which form a row."""
    return resolve.row(node.expressions, scope)


def subscript(resolve: Expressions, node: exp.Bracket, scope: Scope) -> Typed:
    """Translate value[index]: an element of an array, a map or a row."""
    if len(node.expressions) != 1:
        raise failure("SYNTAX_ERROR", "mismatched input ','. Expecting: ']'", node)
    base, index = resolve(node.this, scope), resolve(node.expressions[0], scope)
    if base.type.name == "array":
        if not index.type.name.endswith("int") and index.type.name not in ("integer", "unknown"):
            raise _mismatch(node, base.type, index.type)
        return Typed(call("athena_subscript", base.node, index.node), base.type.args[0])
    if base.type.name == "map":
        if common(base.type.args[0], index.type) != base.type.args[0]:
            raise _mismatch(node, base.type, index.type)
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
    raise _mismatch(node, base.type, index.type)


def _mismatch(node: exp.Expr, base: Type, index: Type) -> Exception:
    """The error for an index whose type does not fit the array, map or row."""
    return failure("TYPE_MISMATCH", f"Cannot use {index} for subscript of {base}", node)
