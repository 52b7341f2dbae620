"""Translate FROM: tables, subqueries, joins, UNNEST and VALUES, each with its columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from .core.errors import refusal
from .core.generator import call, column
from .core.scope import Field, Scope
from .core.types import BIGINT, Type
from .joins import resolve_join
from .unnest import rename, renamed, unnested

if TYPE_CHECKING:
    from .queries import Translator


class Relations:
    """Translates the relations in FROM; every relation gets its own alias for DuckDB."""

    def __init__(self, translator: Translator) -> None:
        self.translator, self.count = translator, 0

    def alias(self) -> str:
        """A new alias that no other relation of the query has."""
        self.count += 1
        return f"r{self.count}"

    def sources(
        self, select: exp.Select, outer: Scope | None
    ) -> tuple[exp.From | None, list[exp.Join], list[Field]]:
        """Translate the FROM of a SELECT; returns the relations and their columns."""
        from_ = select.args.get("from_")
        if from_ is None:
            return None, [], []
        node, fields, joins = self.relation(from_.this, outer)
        for join in select.args.get("joins") or ():
            made, fields = resolve_join(self, join, fields, outer)
            joins.append(made)
        return exp.From(this=node), joins, fields

    def relation(  # noqa: C901  # a list of cases, each short
        self, node: exp.Expr, outer: Scope | None, left: list[Field] | None = None
    ) -> tuple[exp.Expr, list[Field], list[exp.Join]]:
        """Translate one relation; returns it with its columns, and with the joins that follow it."""
        if isinstance(node, exp.Table):
            made, fields = self._table(node)
        elif isinstance(node, exp.Unnest):
            made, fields = self._unnest(node, Scope(left or [], outer))
        elif isinstance(node, exp.Lateral):
            return self._lateral(node, Scope(left or [], outer))
        elif isinstance(node, exp.Subquery):
            if (
                isinstance(node.this, exp.Table | exp.Subquery | exp.Unnest)
                and not node.args.get("alias")
                and not isinstance(node.this, exp.Query)
            ):
                return self._parenthesized(node, outer)
            if isinstance(node.this, exp.Subquery) and node.this.args.get("joins"):
                return self._parenthesized(node, outer)
            made, fields = self._subquery(node, outer)
        elif isinstance(node, exp.Values):
            made, fields = self._subquery(node, outer)
        else:
            raise refusal(type(node).__name__.upper(), node)
        joins = []
        for join in node.args.get("joins") or ():
            joined, fields = resolve_join(self, join, fields, outer)
            joins.append(joined)
        return made, fields, joins

    def _parenthesized(
        self, node: exp.Subquery, outer: Scope | None
    ) -> tuple[exp.Expr, list[Field], list[exp.Join]]:
        made, fields, joins = self.relation(node.this, outer)
        if joins:
            raise refusal("parentheses around a join", node)
        return made, fields, []

    def _table(self, node: exp.Table) -> tuple[exp.Expr, list[Field]]:
        for name, value in node.args.items():
            if value and name not in ("this", "db", "catalog", "alias", "joins"):
                raise refusal(
                    {"sample": "TABLESAMPLE", "version": "time travel", "when": "time travel"}.get(
                        name, name.upper()
                    ),
                    node,
                )
        name, columns, database = self.translator.table(node)
        alias = self.alias()
        shown = node.alias.lower() if node.alias else node.name.lower()
        fields = [
            Field(each, kind, column(alias, physical), shown, database if not node.alias else None)
            for each, kind, physical in columns
        ]
        made = exp.Table(
            this=exp.to_identifier(name, quoted=True), alias=exp.TableAlias(this=exp.to_identifier(alias))
        )
        return made, renamed(node, fields)

    def _subquery(self, node: exp.Expr, outer: Scope | None) -> tuple[exp.Expr, list[Field]]:
        for name, value in node.args.items():
            if value and name not in (
                "this",
                "alias",
                "joins",
                "expressions",
                "with_",
                "order",
                "limit",
                "offset",
            ):
                raise refusal(f"{name.upper()} of a subquery", node)
        query = node
        if isinstance(node, exp.Subquery):
            query = (
                node.this
                if not any(node.args.get(each) for each in ("with_", "order", "limit", "offset"))
                else node
            )
        inner, outputs = self.translator.query(query, outer, alone=False)
        return self.derived(inner, outputs, node)

    def derived(
        self, inner: exp.Expr, outputs: list[tuple[str | None, Type]], node: exp.Expr
    ) -> tuple[exp.Expr, list[Field]]:
        """Wrap a subquery as a relation whose columns are c0, c1 and so on."""
        alias = self.alias()
        columns = [exp.to_identifier(f"c{index}") for index in range(len(outputs))]
        shown = node.alias.lower() if node.alias else None
        fields = [
            Field(name.lower() if name else None, kind, column(alias, f"c{index}"), shown)
            for index, (name, kind) in enumerate(outputs)
        ]
        made = exp.Subquery(this=inner, alias=exp.TableAlias(this=exp.to_identifier(alias), columns=columns))
        return made, renamed(node, fields)

    def _lateral(self, node: exp.Lateral, scope: Scope) -> tuple[exp.Expr, list[Field], list[exp.Join]]:
        if not isinstance(node.this, exp.Subquery) or node.args.get("view") or node.args.get("outer"):
            raise refusal("LATERAL", node)
        inner, outputs = self.translator.query(node.this.this, scope, alone=False)
        made, fields = self.derived(inner, outputs, node)
        return exp.Lateral(this=exp.Subquery(this=made.this), alias=made.args["alias"]), fields, []

    def _unnest(self, node: exp.Unnest, scope: Scope) -> tuple[exp.Expr, list[Field]]:
        resolve = self.translator.expressions("FROM", scope)
        columns: list[tuple[exp.Expr, Type]] = []
        for argument in node.expressions:
            columns += unnested(resolve(argument), argument)
        offset = node.args.get("offset")
        if offset is not None and offset is not False:
            lists = [each[0].copy() for each in columns]
            lengths = [call("coalesce", call("len", each), exp.Literal.number(0)) for each in lists]
            longest = call("greatest", *lengths) if len(lengths) > 1 else lengths[0]
            columns.append(
                (
                    call(
                        "range",
                        exp.Literal.number(1),
                        exp.Add(this=longest, expression=exp.Literal.number(1)),
                    ),
                    BIGINT,
                )
            )
        alias = self.alias()
        names = [f"c{index}" for index in range(len(columns))]
        inner = exp.Select(
            expressions=[
                exp.alias_(call("unnest", each), name) for (each, _), name in zip(columns, names, strict=True)
            ]
        )
        fields = [
            Field(None, kind, column(alias, name), node.alias.lower() if node.alias else None)
            for (_, kind), name in zip(columns, names, strict=True)
        ]
        made = exp.Lateral(
            this=exp.Subquery(this=inner),
            alias=exp.TableAlias(
                this=exp.to_identifier(alias), columns=[exp.to_identifier(name) for name in names]
            ),
        )
        given = list(node.args["alias"].columns) if node.args.get("alias") else []
        if isinstance(offset, exp.Identifier):
            given.append(offset)
        return made, rename(node, fields, [each.name.lower() for each in given])
