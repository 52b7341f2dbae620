"""Queries: SELECT, set operations, VALUES and WITH, resolved clause by clause in the order that SQL evaluates them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

from . import operators
from .aggregates import ordered
from .errors import AthenaError, failure, refusal, suggestion
from .expressions import Expressions
from .generator import call, cast, column
from .relations import Relations
from .scope import Scope, Typed, of_relation
from .types import BIGINT, BOOLEAN, Type, common, row

Columns = Sequence[tuple[str, Type, str]]
Outputs = list[tuple[str | None, Type]]
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


@dataclass(frozen=True)
class Database:
    """What a query can name: the database, its tables and views with their columns, and those it may see."""

    name: str
    tables: Mapping[str, Columns]


@dataclass
class Translator:
    """Resolves one statement; `used` are the tables and views that it names itself."""

    database: Database
    used: dict[str, None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.relations = Relations(self)
        self._with: list[dict[str, tuple[str, Outputs]]] = []

    def expressions(self, clause: str, scope: Scope) -> Expressions:
        """A resolver for the expressions of one clause."""
        return Expressions(self, clause, scope)

    def statement(self, node: exp.Expr) -> tuple[exp.Expr, list[str], list[Type]]:
        """A whole query: for DuckDB, the names of its columns, and their types."""
        made, outputs = self.query(node, None)
        names = [name if name is not None else f"_col{index}" for index, (name, _) in enumerate(outputs)]
        return made, names, [kind for _, kind in outputs]

    def table(self, node: exp.Table) -> tuple[str, Columns, str | None]:
        """The table, view or common table expression that a name means."""
        if not isinstance(node.this, exp.Identifier):
            raise refusal("table functions", node)
        name = node.name.lower()
        if not node.db:
            for known in reversed(self._with):
                if name in known:
                    alias, outputs = known[name]
                    return (
                        alias,
                        [
                            (each or f"_{index}", kind, f"c{index}")
                            for index, (each, kind) in enumerate(outputs)
                        ],
                        None,
                    )
        catalog, database = node.catalog.lower(), node.db.lower()
        if catalog not in ("", "awsdatacatalog"):
            raise failure("CATALOG_NOT_FOUND", f"Catalog '{catalog}' not found", node)
        if database not in ("", self.database.name, "information_schema"):
            raise failure(
                "SCHEMA_NOT_FOUND",
                f"Schema '{database}' does not exist; the lake is {self.database.name}",
                node,
            )
        full = f"information_schema.{name}" if database == "information_schema" else name
        if full not in self.database.tables:
            hint = (
                suggestion(name, self.database.tables)
                or f"; there are {', '.join(each for each in self.database.tables if '.' not in each and '$' not in each)}"
            )
            raise failure(
                "TABLE_NOT_FOUND",
                f"Table 'awsdatacatalog.{database or self.database.name}.{name}' does not exist{hint}",
                node,
            )
        self.used[full] = None
        return full, self.database.tables[full], database or self.database.name

    def query(self, node: exp.Expr, outer: Scope | None, alone: bool = True) -> tuple[exp.Expr, Outputs]:
        """A query and the names and types of its columns; a name is None where the query gives none."""
        with_ = node.args.get("with_")
        self._with.append({})
        try:
            made_with = self._common_tables(with_, outer) if with_ else None
            made, outputs = self._body(node, outer)
            if made_with is not None:
                made.set("with_", made_with)
            return made, outputs
        finally:
            self._with.pop()

    def _body(self, node: exp.Expr, outer: Scope | None) -> tuple[exp.Expr, Outputs]:
        if isinstance(node, exp.Select):
            return self._select(node, outer)
        if isinstance(node, exp.SetOperation):
            return self._set_operation(node, outer)
        if isinstance(node, exp.Values):
            return self._values(node, outer)
        if isinstance(node, exp.Subquery):
            made, outputs = self.query(node.this, outer)
            if not any(node.args.get(each) for each in ("order", "limit", "offset")):
                return made, outputs
            derived, fields = self.relations.derived(made, outputs, exp.Subquery(this=made))
            select = exp.Select(expressions=[each.node for each in fields]).from_(derived)
            self._order_outputs(node, select, outputs)
            self._limit(node, select)
            return select, outputs
        if isinstance(node, exp.Table):
            star = exp.Select(expressions=[exp.Star()])
            star.set("from_", exp.From(this=node.copy()))
            return self._select(star, outer)
        raise refusal(type(node).__name__.upper(), node)

    def _common_tables(self, with_: exp.With, outer: Scope | None) -> exp.With:
        ctes = []
        for cte in with_.expressions:
            if not isinstance(cte, exp.CTE) or not isinstance(cte.this, exp.Query | exp.Values):
                raise refusal("functions in WITH", with_)
            name = cte.alias.lower()
            if name in self._with[-1]:
                raise failure(
                    "DUPLICATE_NAMED_QUERY",
                    f"WITH query name '{name}' specified more than once",
                    cte.args["alias"].this,
                )
            columns = [each.name.lower() for each in cte.args["alias"].columns]
            if with_.args.get("recursive") and any(
                table.name.lower() == name for table in cte.this.find_all(exp.Table)
            ):
                made, outputs, alias = self._recursive(cte, name, columns, outer)
            else:
                made, outputs = self.query(cte.this, outer)
                alias = self.relations.alias()
            if columns:
                if len(columns) != len(outputs):
                    raise failure(
                        "MISMATCHED_COLUMN_ALIASES",
                        f"Column alias list has {len(columns)} entries but WITH query({name}) has {len(outputs)} columns",
                        cte.args["alias"].columns[0],
                    )
                outputs = [(each, kind) for each, (_, kind) in zip(columns, outputs, strict=True)]
            self._with[-1][name] = (alias, outputs)
            ctes.append(exp.CTE(this=made, alias=_columns_alias(alias, len(outputs))))
        return exp.With(expressions=ctes, recursive=with_.args.get("recursive"))

    def _recursive(
        self, cte: exp.CTE, name: str, columns: list[str], outer: Scope | None
    ) -> tuple[exp.Expr, Outputs, str]:
        if not columns:
            raise failure(
                "MISSING_COLUMN_ALIASES", f"Column alias list required for recursive WITH query '{name}'", cte
            )
        body = cte.this
        if not isinstance(body, exp.Union) or body.args.get("distinct"):
            raise refusal("a recursive query that is not one UNION ALL", cte)
        anchor, outputs = self.query(body.this, outer)
        outputs = [(each, kind) for each, (_, kind) in zip(columns, outputs, strict=True)]
        alias = self.relations.alias()
        self._with[-1][name] = (alias, outputs)
        step, others = self.query(body.expression, outer)
        step = self._as_types(step, others, [kind for _, kind in outputs], cte)
        made = exp.Union(this=anchor, expression=step, distinct=False)
        return made, outputs, alias

    # SELECT

    def _select(self, node: exp.Select, outer: Scope | None) -> tuple[exp.Expr, Outputs]:
        for name, value in node.args.items():
            if value and name not in _SELECT:
                raise refusal(name.strip("_").upper(), node)
        from_, joins, fields = self.relations.sources(node, outer)
        scope = Scope(fields, outer)
        made = exp.Select(from_=from_, joins=joins)
        if where := node.args.get("where"):
            made.set(
                "where",
                exp.Where(this=self.expressions("WHERE", scope).boolean(where.this, None, "WHERE clause")),
            )
        resolve = self.expressions("SELECT", scope)
        resolve.windows = {each.this.name.lower(): each for each in node.args.get("windows") or ()}
        items, names = self._items(node, resolve, scope)
        keys = self._group(node, made, scope, items)
        if having := node.args.get("having"):
            condition = self.expressions("HAVING", scope)
            made.set("having", exp.Having(this=condition.boolean(having.this, None, "HAVING clause")))
            resolve.aggregates += condition.aggregates
        distinct = node.args.get("distinct")
        if distinct and distinct.args.get("on"):
            raise failure("SYNTAX_ERROR", "mismatched input 'ON'", node)
        outputs: Outputs = list(zip(names, (each.type for each in items), strict=True))
        order = self._order(node, scope, items, names, bool(distinct), resolve)
        if keys is None and (resolve.aggregates or node.args.get("having")):
            # One group, also where the value of the aggregate is not needed.
            made.set("group", exp.Group(expressions=[exp.GroupingSets(expressions=[exp.Tuple()])]))
        if keys is not None or resolve.aggregates or node.args.get("having"):
            tests = [made.args["having"].this] if node.args.get("having") else []
            for each in (
                *(item.node for item in items),
                *tests,
                *(key.this for key in order if not key.this.is_int),
            ):
                _must_be_grouped(each, keys or [], fields)
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
        self._limit(node, made)
        return made, outputs

    def _items(
        self, node: exp.Select, resolve: Expressions, scope: Scope
    ) -> tuple[list[Typed], list[str | None]]:
        items: list[Typed] = []
        names: list[str | None] = []
        for each in node.expressions:
            if isinstance(each, exp.Star) or (
                isinstance(each, exp.Column) and isinstance(each.this, exp.Star)
            ):
                if any(value for name, value in each.args.items() if name not in ("this", "table")):
                    raise refusal("this form of *", each)
                for found in self._star(each, scope):
                    items.append(Typed(found.node.copy(), found.type))
                    items[-1].node.meta["name"] = found.name or ""
                    names.append(found.name)
                continue
            value = each.this if isinstance(each, exp.Alias) else each
            if isinstance(each, exp.Aliases):
                raise refusal("several names of one value", each)
            items.append(resolve(value))
            names.append(each.alias if isinstance(each, exp.Alias) else _name_of(value))
        return items, names

    def _star(self, node: exp.Expr, scope: Scope) -> list[Any]:
        if isinstance(node, exp.Column):
            found = of_relation(scope.fields, node.table.lower())
            if not found:
                raise failure("TABLE_NOT_FOUND", f"Unable to resolve reference {node.table}", node)
            return found
        if not scope.fields:
            raise failure("COLUMN_NOT_FOUND", "SELECT * not allowed in queries without FROM clause", node)
        return [each for each in scope.fields if not each.hidden]

    def _group(
        self, node: exp.Select, made: exp.Select, scope: Scope, items: list[Typed]
    ) -> list[exp.Expr] | None:
        group = node.args.get("group")
        if group is None:
            return None
        for name, value in group.args.items():
            if value and name not in ("expressions", "grouping_sets", "cube", "rollup"):
                if name == "all":
                    raise AthenaError("COLUMN_NOT_FOUND", "Column 'all' cannot be resolved")
                raise refusal(f"GROUP BY {name.upper()}", node)
        resolve = self.expressions("GROUP BY", scope)
        keys: list[exp.Expr] = []

        def key(each: exp.Expr) -> exp.Expr:
            if isinstance(each, exp.Literal) and each.is_int:
                place = int(each.name)
                if not 1 <= place <= len(items):
                    raise failure(
                        "INVALID_COLUMN_REFERENCE", f"GROUP BY position {place} is not in select list", each
                    )
                found = items[place - 1]
                if any(part.meta.get("aggregate") for part in found.node.walk()) or found.node.find(
                    exp.Window
                ):
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
            if found.type.name in ("double", "real"):
                pass
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

    def _order(
        self,
        node: exp.Select,
        scope: Scope,
        items: list[Typed],
        names: list[str | None],
        distinct: bool,
        resolve: Expressions,
    ) -> list[exp.Ordered]:
        order = node.args.get("order")
        if order is None:
            return []
        outputs: dict[str, list[Typed]] = {}
        for name, item in zip(names, items, strict=True):
            if name is not None:
                outputs.setdefault(name.lower(), []).append(item)
        inner = self.expressions("ORDER BY", Scope(scope.fields, scope.outer, outputs=outputs))
        inner.windows = resolve.windows
        keys = []
        for each in order.expressions:
            if isinstance(each.this, exp.Literal) and each.this.is_int:
                found = self._place(each.this, items)
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

    def _place(self, node: exp.Literal, items: Sequence[Typed]) -> Typed:
        place = int(node.name)
        if not 1 <= place <= len(items):
            raise failure(
                "INVALID_COLUMN_REFERENCE", f"ORDER BY position {place} is not in select list", node
            )
        return items[place - 1]

    def _limit(self, node: exp.Expr, made: exp.Expr) -> None:
        limit, offset = node.args.get("limit"), node.args.get("offset")
        if isinstance(limit, exp.Fetch):
            options = limit.args.get("limit_options")
            if options is not None and (options.args.get("with_ties") or options.args.get("percent")):
                raise refusal("FETCH FIRST ... WITH TIES", node)
            made.set(
                "limit",
                exp.Limit(
                    expression=_count(limit.args.get("count") or exp.Literal.number(1), "FETCH FIRST", 1)
                ),
            )
        elif limit is not None:
            if limit.args.get("offset") or limit.args.get("expressions") or limit.args.get("limit_options"):
                raise failure("SYNTAX_ERROR", "mismatched input in LIMIT", node)
            if not (isinstance(limit.expression, exp.Var) and limit.expression.name.upper() == "ALL"):
                made.set("limit", exp.Limit(expression=_count(limit.expression, "LIMIT", 0)))
        if offset is not None:
            made.set("offset", exp.Offset(expression=_count(offset.expression, "OFFSET", 0)))

    # The other forms of a query

    def _values(self, node: exp.Values, outer: Scope | None) -> tuple[exp.Expr, Outputs]:
        resolve = self.expressions("VALUES", Scope([], outer))
        rows = [each.expressions if isinstance(each, exp.Tuple) else [each] for each in node.expressions]
        found = [[resolve(value) for value in each] for each in rows]
        if len({len(each) for each in found}) > 1:
            raise AthenaError("TYPE_MISMATCH", "Values rows have mismatched sizes")
        kinds = found[0][0:0] and [] or [each.type for each in found[0]]
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
        values = exp.Values(expressions=tuples, alias=_columns_alias(self.relations.alias(), len(kinds)))
        select = exp.Select(expressions=[exp.Star()]).from_(values)
        outputs: Outputs = [(None, kind) for kind in kinds]
        self._order_outputs(node, select, outputs)
        self._limit(node, select)
        return select, outputs

    def _set_operation(self, node: exp.SetOperation, outer: Scope | None) -> tuple[exp.Expr, Outputs]:
        for name, value in node.args.items():
            if value and name not in ("this", "expression", "distinct", "order", "limit", "offset", "with_"):
                raise refusal(f"{name.upper()} in {type(node).__name__.upper()}", node)
        (left, one), (right, other) = (self.query(each, outer) for each in (node.this, node.expression))
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
                    f"column {index + 1} in {type(node).__name__.upper()} query has incompatible types: {first}, {second}",
                    node,
                )
            if joined.has("map") and (node.args.get("distinct") or not isinstance(node, exp.Union)):
                raise refusal("a set operation on maps", node)
            kinds.append(joined)
        sides = [
            self._as_types(made, outputs, kinds, node) for made, outputs in ((left, one), (right, other))
        ]
        made = type(node)(this=sides[0], expression=sides[1], distinct=bool(node.args.get("distinct")))
        outputs = [(name, kind) for (name, _), kind in zip(one, kinds, strict=True)]
        if any(node.args.get(each) for each in ("order", "limit", "offset")):
            derived, fields = self.relations.derived(made, outputs, exp.Subquery(this=made))
            select = exp.Select(expressions=[each.node for each in fields]).from_(derived)
            self._order_outputs(node, select, outputs)
            self._limit(node, select)
            return select, outputs
        return made, outputs

    def _as_types(self, made: exp.Expr, outputs: Outputs, kinds: Sequence[Type], node: exp.Expr) -> exp.Expr:
        """A query whose columns have these types; always one that a set operation can hold."""
        derived, fields = self.relations.derived(made, outputs, exp.Subquery(this=made))
        values = [
            operators.to(Typed(each.node, each.type), kind) for each, kind in zip(fields, kinds, strict=True)
        ]
        return exp.Select(
            expressions=[exp.alias_(each.node, f"c{index}") for index, each in enumerate(values)]
        ).from_(derived)

    def _order_outputs(self, node: exp.Expr, made: exp.Select, outputs: Outputs) -> None:
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
        resolve = self.expressions("ORDER BY", Scope([], None, outputs=named))
        keys = []
        for each in order.expressions:
            found = (
                self._place(each.this, items)
                if isinstance(each.this, exp.Literal) and each.this.is_int
                else resolve(each.this)
            )
            key = ordered(each, found)
            if isinstance(key.this, exp.Literal):
                key.set("this", exp.Paren(this=key.this))
            keys.append(key)
        made.set("order", exp.Order(expressions=keys))

    # Queries inside expressions

    def _one_column(self, node: exp.Expr, scope: Scope, at: exp.Expr) -> tuple[exp.Expr, Type]:
        query = (
            node.this
            if isinstance(node, exp.Subquery)
            and not any(node.args.get(each) for each in ("order", "limit", "offset", "with_"))
            else node
        )
        made, outputs = self.query(query, scope)
        if len(outputs) != 1:
            raise refusal("a subquery of several columns as a value", at)
        return made, outputs[0][1]

    def scalar(self, resolve: Expressions, node: exp.Subquery, scope: Scope) -> Typed:
        """A query that gives one value."""
        made, kind = self._one_column(node, scope, node)
        return Typed(exp.Subquery(this=made), kind)

    def exists(self, resolve: Expressions, node: exp.Exists, scope: Scope) -> Typed:
        """EXISTS (query)."""
        made, _ = self.query(node.this, scope)
        return Typed(exp.Exists(this=made), BOOLEAN)

    def in_query(self, resolve: Expressions, node: exp.In, scope: Scope) -> Typed:
        """value IN (query)."""
        value = resolve(node.this, scope)
        made, kind = self._one_column(node.args["query"], scope, node)
        joined = common(value.type, kind)
        if joined is None:
            raise failure(
                "TYPE_MISMATCH",
                f"value and result of subquery must be of the same type: {value.type} vs {kind}",
                node,
            )
        if joined.name in ("array", "row", "map", "timestamp with time zone", "json"):
            raise refusal(f"IN a query of {joined.name}", node)
        inner = self._as_types(made, [(None, kind)], [joined], node)
        return Typed(
            exp.Paren(this=exp.In(this=operators.to(value, joined).node, query=exp.Subquery(this=inner))),
            BOOLEAN,
        )

    def quantified(self, resolve: Expressions, node: exp.Binary, scope: Scope) -> Typed:
        """value = ANY (query) and the like."""
        quantifier = node.expression
        value = resolve(node.this, scope)
        query = quantifier.this
        while isinstance(query, exp.Paren):
            query = query.this
        made, kind = self._one_column(query, scope, node)
        joined = common(value.type, kind)
        if joined is None:
            raise operators.mismatch(node, value.type, kind)
        if joined.name in ("array", "row", "map", "timestamp with time zone", "double", "real", "json"):
            raise refusal(f"a comparison with a query of {joined.name}", node)
        if isinstance(quantifier, exp.All) and not isinstance(
            node, exp.NEQ | exp.LT | exp.LTE | exp.GT | exp.GTE | exp.EQ
        ):
            raise refusal("this comparison with ALL", node)
        inner = self._as_types(made, [(None, kind)], [joined], node)
        wanted = type(quantifier)(this=exp.Subquery(this=inner))
        return Typed(
            exp.Paren(this=type(node)(this=operators.to(value, joined).node, expression=wanted)), BOOLEAN
        )


def _columns_alias(alias: str, count: int) -> exp.TableAlias:
    return exp.TableAlias(
        this=exp.to_identifier(alias), columns=[exp.to_identifier(f"c{index}") for index in range(count)]
    )


def _name_of(node: exp.Expr) -> str | None:
    """The name that Trino gives to an expression without alias: that of a column or a field."""
    if isinstance(node, exp.Column):
        return node.name
    return None


def _count(node: exp.Expr, what: str, least: int) -> exp.Expr:
    if not isinstance(node, exp.Literal) or not node.is_int:
        raise failure("SYNTAX_ERROR", f"mismatched input in {what}", node)
    if int(node.name) < least:
        raise failure("INVALID_LIMIT_CLAUSE", f"{what} row count must be greater or equal to {least}", node)
    return node.copy()


def _not_a_place(node: exp.Expr) -> exp.Expr:
    return exp.Paren(this=node) if isinstance(node, exp.Literal) else node


def _must_be_grouped(node: exp.Expr, keys: Iterable[exp.Expr], fields: Sequence[Any]) -> None:
    """Raise EXPRESSION_NOT_AGGREGATE for a column outside of aggregates that is no key of GROUP BY."""
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


_ = (BIGINT, call, column)
