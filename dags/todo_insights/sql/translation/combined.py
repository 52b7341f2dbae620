"""Translate VALUES and set operations (UNION, INTERSECT, EXCEPT), with their ORDER BY."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from .aggregates import ordered
from .core import operators
from .core.errors import AthenaError, failure, refusal
from .core.generator import cast
from .core.scope import Scope, Typed
from .core.types import common, row
from .select import apply_limit, ordinal

if TYPE_CHECKING:
    from .queries import Outputs, Translator


def values_query(translator: Translator, node: exp.Values, outer: Scope | None) -> tuple[exp.Expr, Outputs]:
    """Translate VALUES to a query whose columns are c0, c1 and so on."""
    resolve = translator.expressions("VALUES", Scope([], outer))
    rows = [each.expressions if isinstance(each, exp.Tuple) else [each] for each in node.expressions]
    found = [[resolve(value) for value in each] for each in rows]
    if len({len(each) for each in found}) > 1:
        raise AthenaError("TYPE_MISMATCH", "Values rows have mismatched sizes")
    kinds = [each.type for each in found[0]]
    for each in found[1:]:
        for index, value in enumerate(each):
            joined = common(kinds[index], value.type)
            if joined is None:
                raise AthenaError(
                    "TYPE_MISMATCH",
                    f"Values rows have mismatched types: {row([None] * len(kinds), kinds)} vs {value.type}",
                )
            kinds[index] = joined
    tuples = [
        exp.Tuple(
            expressions=[
                cast(operators.to(value, kind).node, kind.duckdb)
                for value, kind in zip(each, kinds, strict=True)
            ]
        )
        for each in found
    ]
    values = exp.Values(expressions=tuples, alias=columns_alias(translator.relations.alias(), len(kinds)))
    select = exp.Select(expressions=[exp.Star()]).from_(values)
    outputs: Outputs = [(None, kind) for kind in kinds]
    order_outputs(translator, node, select, outputs)
    apply_limit(translator, node, select)
    return select, outputs


def set_operation(
    translator: Translator, node: exp.SetOperation, outer: Scope | None
) -> tuple[exp.Expr, Outputs]:
    """Translate UNION, INTERSECT or EXCEPT."""
    for name, value in node.args.items():
        if value and name not in ("this", "expression", "distinct", "order", "limit", "offset", "with_"):
            raise refusal(f"{name.upper()} in {type(node).__name__.upper()}", node)
    (left, one), (right, other) = (translator.query(each, outer) for each in (node.this, node.expression))
    if len(one) != len(other):
        raise failure(
            "TYPE_MISMATCH",
            f"{type(node).__name__.upper()} query has different number of fields: {len(one)}, {len(other)}",
            node,
        )
    kinds = []
    for index, ((_, first), (_, second)) in enumerate(zip(one, other, strict=True)):
        joined = common(first, second)
        if joined is None:
            raise failure(
                "TYPE_MISMATCH",
                f"column {index + 1} in {type(node).__name__.upper()} query has incompatible types: "
                f"{first}, {second}",
                node,
            )
        if joined.has("map") and (node.args.get("distinct") or not isinstance(node, exp.Union)):
            raise refusal("a set operation on values of type map", node)
        kinds.append(joined)
    sides = [
        translator.as_types(made, outputs, kinds, node) for made, outputs in ((left, one), (right, other))
    ]
    made = type(node)(this=sides[0], expression=sides[1], distinct=bool(node.args.get("distinct")))
    outputs = [(name, kind) for (name, _), kind in zip(one, kinds, strict=True)]
    if any(node.args.get(each) for each in ("order", "limit", "offset")):
        derived, fields = translator.relations.derived(made, outputs, exp.Subquery(this=made))
        select = exp.Select(expressions=[each.node for each in fields]).from_(derived)
        order_outputs(translator, node, select, outputs)
        apply_limit(translator, node, select)
        return select, outputs
    return made, outputs


def order_outputs(translator: Translator, node: exp.Expr, made: exp.Select, outputs: Outputs) -> None:
    """Translate the ORDER BY of a set operation, which can use only the output columns of the query."""
    order = node.args.get("order")
    if order is None:
        return
    items = (
        [Typed(each, kind) for each, (_, kind) in zip(made.expressions, outputs, strict=True)]
        if not isinstance(made.expressions[0], exp.Star)
        else [Typed(exp.column(f"c{index}"), kind) for index, (_, kind) in enumerate(outputs)]
    )
    named: dict[str, list[Typed]] = {}
    for (name, _), item in zip(outputs, items, strict=True):
        if name is not None:
            named.setdefault(name.lower(), []).append(item)
    resolve = translator.expressions("ORDER BY", Scope([], None, outputs=named))
    keys = []
    for each in order.expressions:
        found = (
            ordinal(translator, each.this, items)
            if isinstance(each.this, exp.Literal) and each.this.is_int
            else resolve(each.this)
        )
        key = ordered(each, found)
        if isinstance(key.this, exp.Literal):
            key.set("this", exp.Paren(this=key.this))
        keys.append(key)
    made.set("order", exp.Order(expressions=keys))


def columns_alias(alias: str, count: int) -> exp.TableAlias:
    """An alias for a relation whose columns are named c0, c1 and so on."""
    return exp.TableAlias(
        this=exp.to_identifier(alias), columns=[exp.to_identifier(f"c{index}") for index in range(count)]
    )
