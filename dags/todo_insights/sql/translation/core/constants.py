"""Reads the values of function arguments that must be literals."""

from sqlglot import exp

from .errors import refusal
from .scope import Typed


def constant(value: Typed, what: str) -> str:
    """Return the text of a text literal; raises NotReproducible for any other expression."""
    node = value.node
    while isinstance(node, exp.Paren):
        node = node.this
    if not isinstance(node, exp.Literal) or not node.is_string:
        raise refusal(f"{what} that is not a literal", value.node)
    return node.name
