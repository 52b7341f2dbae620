"""Translate joins with ON or with USING."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from .core import operators
from .core.errors import AthenaError, failure, refusal
from .core.generator import call
from .core.scope import Field, Scope, Typed
from .core.types import common

if TYPE_CHECKING:
    pass

if TYPE_CHECKING:
    from .relations import Relations


def resolve_join(  # noqa: C901  # a list of cases, each short
    relations: Relations, join: exp.Join, left: list[Field], outer: Scope | None
) -> tuple[exp.Join, list[Field]]:
    """Translate a join; returns the join for DuckDB and the columns of both of its sides."""
    for name, value in join.args.items():
        if value and name not in ("this", "kind", "side", "on", "using"):
            if name == "method" and str(value).upper() == "NATURAL":
                raise AthenaError("NOT_SUPPORTED", "Natural join not supported")
            raise refusal(f"{str(value).upper() if isinstance(value, str) else name.upper()} JOIN", join)
    kind, side = str(join.args.get("kind") or "").upper(), str(join.args.get("side") or "").upper()
    if kind not in ("", "INNER", "CROSS", "OUTER"):
        raise failure("SYNTAX_ERROR", f"mismatched input '{kind}'", join)
    lateral = isinstance(join.this, exp.Unnest | exp.Lateral)
    node, right, inner = relations.relation(join.this, outer, left)
    if inner:
        raise refusal("a join inside a join", join)
    fields = [*left, *right]
    condition = None
    if join.args.get("on"):
        resolve = relations.translator.expressions("JOIN", Scope(fields, outer))
        condition = resolve.boolean(join.args["on"], None, "JOIN ON clause")
    elif join.args.get("using"):
        condition, fields = _using(relations, join, left, right, side)
    elif (kind not in ("CROSS",) and (side or kind)) or (not kind and not join.meta.get("comma")):
        raise failure("SYNTAX_ERROR", "mismatched input. Expecting: 'ON', 'USING'", join)
    if lateral and (
        side not in ("", "LEFT") or (condition is not None and not isinstance(condition, exp.Boolean))
    ):
        raise refusal("UNNEST in a RIGHT or FULL JOIN, or with a condition", join)
    made = exp.Join(this=node, on=condition)
    if side:
        made.set("side", side)
    if condition is None:
        made.set("kind", "CROSS")
    return made, fields


def _using(
    relations: Relations, join: exp.Join, left: list[Field], right: list[Field], side: str
) -> tuple[exp.Expr, list[Field]]:
    condition: exp.Expr | None = None
    merged: list[Field] = []
    taken: list[Field] = []
    for identifier in join.args["using"]:
        name = identifier.name.lower()
        pair = []
        for fields in (left, right):
            found = [each for each in fields if each.name == name and not each.hidden]
            if not found:
                where = "left" if fields is left else "right"
                raise failure(
                    "COLUMN_NOT_FOUND",
                    f"Column '{name}' is missing from {where} side of join",
                    identifier,
                )
            if len(found) > 1:
                raise failure("AMBIGUOUS_NAME", f"Column '{name}' is ambiguous", identifier)
            pair.append(found[0])
        one, other = (Typed(each.node.copy(), each.type) for each in pair)
        test = operators.compare(exp.EQ(), one, other).node
        condition = test if condition is None else exp.And(this=condition, expression=test)
        kind = common(one.type, other.type)
        both = call("coalesce", *(operators.to(each, kind or one.type).node.copy() for each in (one, other)))
        shown = both if side in ("FULL", "RIGHT") else operators.to(one, kind or one.type).node.copy()
        merged.append(Field(name, kind or one.type, shown))
        taken += pair
    rest = [each for each in (*left, *right) if not any(each is used for used in taken)]
    return condition or exp.true(), [*merged, *rest]
