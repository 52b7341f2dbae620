"""Arguments that must be literals."""

from sqlglot import exp

from .errors import refusal
from .scope import Typed


def constant(value: Typed, what: str) -> str:
    """The text of a literal; any other expression is refused."""
    node = value.node
    while isinstance(node, exp.Paren):
        node = node.this
    if not isinstance(node, exp.Literal) or not node.is_string:
        raise refusal(f"{what} that is computed", value.node, "it has to be a literal here")
    return node.name
