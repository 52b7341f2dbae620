"""Translate UNNEST, and aliases of relations with a list of column names."""

from __future__ import annotations

from sqlglot import exp

from .core.errors import AthenaError, failure
from .core.generator import call
from .core.scope import Field, Typed
from .core.types import Type


def renamed(node: exp.Expr, fields: list[Field]) -> list[Field]:
    """Rename the columns by the list in the relation's alias; without a list, they keep their names."""
    alias = node.args.get("alias")
    return rename(
        node,
        fields,
        [each.name.lower() for each in alias.columns] if isinstance(alias, exp.TableAlias) else [],
    )


def rename(node: exp.Expr, fields: list[Field], names: list[str]) -> list[Field]:
    """Rename the columns by this list; raises MISMATCHED_COLUMN_ALIASES if the numbers differ."""
    if not names:
        return fields
    if len(names) != len(fields):
        raise failure(
            "MISMATCHED_COLUMN_ALIASES",
            f"Column alias list has {len(names)} entries but '{node.alias}' "
            f"has {len(fields)} columns available",
            node,
        )
    return [
        Field(name, each.type, each.node, each.relation) for name, each in zip(names, fields, strict=True)
    ]


def unnested(value: Typed, node: exp.Expr) -> list[tuple[exp.Expr, Type]]:
    """The lists that UNNEST turns into columns, with the types of their elements."""
    kind = value.type
    if kind.name == "map":
        return [
            (call("map_keys", value.node), kind.args[0]),
            (call("map_values", value.node.copy()), kind.args[1]),
        ]
    if kind.name != "array":
        raise AthenaError("INVALID_FUNCTION_ARGUMENT", f"Cannot unnest type: {kind}")
    element = kind.args[0]
    if element.name != "row":
        return [(value.node, element)]
    name = exp.to_identifier("element")
    return [
        (
            call(
                "list_transform",
                value.node.copy(),
                exp.Lambda(
                    this=call("struct_extract_at", name.copy(), exp.Literal.number(index + 1)),
                    expressions=[name.copy()],
                ),
            ),
            part,
        )
        for index, part in enumerate(element.args)
    ]
