"""GROUP BY: translate its keys, and check that other columns are used only inside aggregates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from .core.errors import AthenaError, failure, refusal
from .core.scope import Scope, Typed

if TYPE_CHECKING:
    from .queries import Translator


def grouping_keys(  # noqa: C901  # a list of cases, each short
    translator: Translator, node: exp.Select, made: exp.Select, scope: Scope, items: list[Typed]
) -> list[exp.Expr] | None:
    """Translate the keys of GROUP BY; returns None if the query has no GROUP BY."""
    group = node.args.get("group")
    if group is None:
        return None
    for name, value in group.args.items():
        if value and name not in ("expressions", "grouping_sets", "cube", "rollup"):
            if name == "all":
                raise AthenaError("COLUMN_NOT_FOUND", "Column 'all' cannot be resolved")
            raise refusal(f"GROUP BY {name.upper()}", node)
    resolve = translator.expressions("GROUP BY", scope)
    keys: list[exp.Expr] = []

    def key(each: exp.Expr) -> exp.Expr:
        if isinstance(each, exp.Literal) and each.is_int:
            place = int(each.name)
            if not 1 <= place <= len(items):
                raise failure(
                    "INVALID_COLUMN_REFERENCE", f"GROUP BY position {place} is not in select list", each
                )
            found = items[place - 1]
            if any(part.meta.get("aggregate") for part in found.node.walk()) or found.node.find(exp.Window):
                raise failure(
                    "EXPRESSION_NOT_SCALAR",
                    "GROUP BY clause cannot contain aggregations, window functions or grouping operations",
                    each,
                )
            keys.append(found.node)
            return found.node.copy()
        found = resolve(each)
        if found.type.has("map") or found.type.name in ("array", "row"):
            raise refusal(f"GROUP BY a value of type {found.type.name}", each)
        keys.append(found.node)
        return found.node.copy()

    def several(each: exp.Expr) -> exp.Expr:
        inside = (
            each.expressions
            if isinstance(each, exp.Tuple)
            else [each.this if isinstance(each, exp.Paren) else each]
        )
        return exp.Tuple(expressions=[key(one) for one in inside])

    parts: list[exp.Expr] = []
    for each in group.expressions:
        if isinstance(each, exp.Rollup | exp.Cube | exp.GroupingSets):
            parts.append(type(each)(expressions=[several(one) for one in each.expressions]))
        elif isinstance(each, exp.Tuple):
            parts += [key(one) for one in each.expressions]
        else:
            parts.append(key(each.this if isinstance(each, exp.Paren) else each))
    for name in ("grouping_sets", "cube", "rollup"):
        for each in group.args.get(name) or ():
            parts.append(type(each)(expressions=[several(one) for one in each.expressions]))
    made.set("group", exp.Group(expressions=[_not_a_place(each) for each in parts]))
    return keys


def _not_a_place(node: exp.Expr) -> exp.Expr:
    return exp.Paren(this=node) if isinstance(node, exp.Literal) else node


def must_be_grouped(node: exp.Expr, keys: Iterable[exp.Expr], fields: Sequence[Any]) -> None:
    """Raise EXPRESSION_NOT_AGGREGATE for a column outside of aggregates that is not a key of GROUP BY."""
    known = {each for each in keys}
    own = {each.node for each in fields}

    def visit(each: exp.Expr) -> None:
        if each in known or each.meta.get("aggregate") or isinstance(each, exp.Query):
            return
        if isinstance(each, exp.Column) and each in own:
            name = each.meta.get("name") or each.name
            raise failure(
                "EXPRESSION_NOT_AGGREGATE",
                f"'{name}' must be an aggregate expression or appear in GROUP BY clause",
                each,
            )
        for child in each.iter_expressions():
            visit(child)

    visit(node)
