"""Translate SELECT; the clauses are translated in the order in which SQL evaluates them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from .aggregates import ordered
from .core.errors import AthenaError, failure, refusal
from .core.generator import call
from .core.scope import Scope, Typed, of_relation
from .expressions import Expressions
from .grouping import grouping_keys, must_be_grouped

if TYPE_CHECKING:
    from .queries import Outputs, Translator


def select(translator: Translator, node: exp.Select, outer: Scope | None) -> tuple[exp.Expr, Outputs]:  # noqa: C901  # a list of cases, each short
    """Translate a SELECT; returns it with the names and types of its columns."""
    for name, value in node.args.items():
        if value and name not in _SELECT:
            raise refusal(name.strip("_").upper(), node)
    from_, joins, fields = translator.relations.sources(node, outer)
    scope = Scope(fields, outer)
    made = exp.Select(from_=from_, joins=joins)
    if where := node.args.get("where"):
        made.set(
            "where",
            exp.Where(this=translator.expressions("WHERE", scope).boolean(where.this, None, "WHERE clause")),
        )
    resolve = translator.expressions("SELECT", scope)
    resolve.windows = {each.this.name.lower(): each for each in node.args.get("windows") or ()}
    items, names = select_items(translator, node, resolve, scope)
    keys = grouping_keys(translator, node, made, scope, items)
    if having := node.args.get("having"):
        condition = translator.expressions("HAVING", scope)
        made.set("having", exp.Having(this=condition.boolean(having.this, None, "HAVING clause")))
        resolve.aggregates += condition.aggregates
    distinct = node.args.get("distinct")
    if distinct and distinct.args.get("on"):
        raise failure("SYNTAX_ERROR", "mismatched input 'ON'", node)
    outputs: Outputs = list(zip(names, (each.type for each in items), strict=True))
    order = sort_keys(translator, node, scope, items, names, bool(distinct), resolve)
    if keys is None and (resolve.aggregates or node.args.get("having")):
        # Without GROUP BY, an aggregate makes one group of all rows, even if the value of the aggregate is
        # not in the result.
        made.set("group", exp.Group(expressions=[exp.GroupingSets(expressions=[exp.Tuple()])]))
    if keys is not None or resolve.aggregates or node.args.get("having"):
        tests = [made.args["having"].this] if node.args.get("having") else []
        for each in (
            *(item.node for item in items),
            *tests,
            *(key.this for key in order if not key.this.is_int),
        ):
            must_be_grouped(each, keys or [], fields)
    made.set(
        "expressions",
        [exp.alias_(each.node, f"c{index}", quoted=False) for index, each in enumerate(items)],
    )
    if distinct:
        made.set("distinct", exp.Distinct())
        for each in items:
            if (
                each.type.has("map", "timestamp with time zone")
                and each.type.name != "timestamp with time zone"
            ):
                raise refusal(f"DISTINCT of {each.type}", node)
    if order:
        made.set("order", exp.Order(expressions=order))
    fetch = node.args.get("limit")
    if order and not distinct and not node.args.get("offset") and _has_ties(fetch):
        made.set("qualify", exp.Qualify(this=_within_ties(node.args["limit"], order, items)))
        return made, outputs
    apply_limit(translator, node, made)
    return made, outputs


def select_items(
    translator: Translator, node: exp.Select, resolve: Expressions, scope: Scope
) -> tuple[list[Typed], list[str | None]]:
    """Translate the select list; returns its values and their names."""
    items: list[Typed] = []
    names: list[str | None] = []
    for each in node.expressions:
        if isinstance(each, exp.Star) or (isinstance(each, exp.Column) and isinstance(each.this, exp.Star)):
            if any(value for name, value in each.args.items() if name not in ("this", "table")):
                raise failure("SYNTAX_ERROR", "mismatched input after '*'", each)
            for found in star_columns(translator, each, scope):
                items.append(Typed(found.node.copy(), found.type))
                items[-1].node.meta["name"] = found.name or ""
                names.append(found.name)
            continue
        value = each.this if isinstance(each, exp.Alias) else each
        if isinstance(each, exp.Aliases):
            raise refusal("several aliases for one value", each)
        items.append(resolve(value))
        names.append(each.alias if isinstance(each, exp.Alias) else _name_of(value))
    return items, names


def star_columns(translator: Translator, node: exp.Expr, scope: Scope) -> list[Any]:
    """The columns that * or t.* stands for."""
    if isinstance(node, exp.Column):
        found = of_relation(scope.fields, node.table.lower())
        if not found:
            raise failure("TABLE_NOT_FOUND", f"Unable to resolve reference {node.table}", node)
        return found
    if not scope.fields:
        raise failure("COLUMN_NOT_FOUND", "SELECT * not allowed in queries without FROM clause", node)
    return [each for each in scope.fields if not each.hidden]


def sort_keys(  # noqa: C901  # a list of cases, each short
    translator: Translator,
    node: exp.Select,
    scope: Scope,
    items: list[Typed],
    names: list[str | None],
    distinct: bool,
    resolve: Expressions,
) -> list[exp.Ordered]:
    """Translate the keys of ORDER BY; the names of the select list have priority over columns."""
    order = node.args.get("order")
    if order is None:
        return []
    outputs: dict[str, list[Typed]] = {}
    for name, item in zip(names, items, strict=True):
        if name is not None:
            outputs.setdefault(name.lower(), []).append(item)
    inner = translator.expressions("ORDER BY", Scope(scope.fields, scope.outer, outputs=outputs))
    inner.windows = resolve.windows
    keys = []
    for each in order.expressions:
        if isinstance(each.this, exp.Literal) and each.this.is_int:
            found = ordinal(translator, each.this, items)
        else:
            found = inner(each.this)
        places = [index for index, item in enumerate(items) if item.node == found.node]
        if distinct and not places:
            raise AthenaError(
                "EXPRESSION_NOT_IN_DISTINCT",
                "For SELECT DISTINCT, ORDER BY expressions must appear in select list",
            )
        key = ordered(each, found)
        if places and found.type.name != "timestamp with time zone":
            key.set("this", exp.Literal.number(places[0] + 1))
        elif isinstance(key.this, exp.Literal):
            key.set("this", exp.Paren(this=key.this))
        keys.append(key)
    resolve.aggregates += inner.aggregates
    return keys


def ordinal(translator: Translator, node: exp.Literal, items: Sequence[Typed]) -> Typed:
    """The output column to which a number in ORDER BY refers."""
    place = int(node.name)
    if not 1 <= place <= len(items):
        raise failure("INVALID_COLUMN_REFERENCE", f"ORDER BY position {place} is not in select list", node)
    return items[place - 1]


def apply_limit(translator: Translator, node: exp.Expr, made: exp.Expr) -> None:
    """Translate LIMIT, FETCH FIRST and OFFSET."""
    limit, offset = node.args.get("limit"), node.args.get("offset")
    if isinstance(limit, exp.Fetch):
        options = limit.args.get("limit_options")
        if options is not None and (options.args.get("with_ties") or options.args.get("percent")):
            raise refusal("FETCH FIRST ... WITH TIES", node)
        made.set(
            "limit",
            exp.Limit(expression=_count(limit.args.get("count") or exp.Literal.number(1), "FETCH FIRST", 1)),
        )
    elif limit is not None:
        if limit.args.get("offset") or limit.args.get("expressions") or limit.args.get("limit_options"):
            raise failure("SYNTAX_ERROR", "mismatched input in LIMIT", node)
        if not (isinstance(limit.expression, exp.Var) and limit.expression.name.upper() == "ALL"):
            made.set("limit", exp.Limit(expression=_count(limit.expression, "LIMIT", 0)))
    if offset is not None:
        made.set("offset", exp.Offset(expression=_count(offset.expression, "OFFSET", 0)))


def _has_ties(limit: exp.Expr | None) -> bool:
    options = limit.args.get("limit_options") if isinstance(limit, exp.Fetch) else None
    return options is not None and bool(options.args.get("with_ties"))


def _within_ties(fetch: exp.Expr, order: Sequence[exp.Ordered], items: Sequence[Typed]) -> exp.Expr:
    """The condition of FETCH FIRST WITH TIES: the first rows, and all rows that tie with the last of them."""
    keys = []
    for each in order:
        key = each.copy()
        if key.this.is_int:
            key.set("this", items[int(key.this.name) - 1].node.copy())
        keys.append(key)
    place = exp.Window(this=call("rank"), order=exp.Order(expressions=keys), over="OVER")
    count = _count(fetch.args.get("count") or exp.Literal.number(1), "FETCH FIRST", 1)
    return exp.LTE(this=place, expression=count)


_SELECT = {
    "expressions",
    "from_",
    "joins",
    "where",
    "group",
    "having",
    "order",
    "limit",
    "offset",
    "distinct",
    "with_",
    "windows",
    "kind",
}


def _name_of(node: exp.Expr) -> str | None:
    """The name that Trino gives to an expression without an alias: the name of its column or field."""
    if isinstance(node, exp.Column):
        return node.name
    return None


def _count(node: exp.Expr, what: str, least: int) -> exp.Expr:
    if not isinstance(node, exp.Literal) or not node.is_int:
        raise failure("SYNTAX_ERROR", f"mismatched input in {what}", node)
    if int(node.name) < least:
        raise failure("INVALID_LIMIT_CLAUSE", f"{what} row count must be greater or equal to {least}", node)
    return node.copy()
