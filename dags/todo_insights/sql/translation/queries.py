"""Translate queries: resolve table names and WITH, and dispatch each form of query to its module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from .combined import columns_alias, order_outputs, set_operation, values_query
from .core import operators
from .core.errors import failure, refusal, suggestion
from .core.scope import Scope, Typed
from .core.types import Type
from .expressions import Expressions
from .relations import Relations
from .select import apply_limit
from .select import select as resolve_select

Columns = Sequence[tuple[str, Type, str]]
Outputs = list[tuple[str | None, Type]]


@dataclass(frozen=True)
class Database:
    """The name of the database, and the tables and views that a query can use, with their columns."""

    name: str
    tables: Mapping[str, Columns]


@dataclass
class Translator:
    """Translates one statement; `used` are the tables and views that the text of the statement names."""

    database: Database
    used: dict[str, None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.relations = Relations(self)
        self._with: list[dict[str, tuple[str, Outputs]]] = []

    def expressions(self, clause: str, scope: Scope) -> Expressions:
        """The translator for the expressions of one clause in this scope."""
        return Expressions(self, clause, scope)

    def statement(self, node: exp.Expr) -> tuple[exp.Expr, list[str], list[Type]]:
        """Translate a whole statement; returns the DuckDB query, and the names and types of its columns."""
        made, outputs = self.query(node, None)
        names = [name if name is not None else f"_col{index}" for index, (name, _) in enumerate(outputs)]
        return made, names, [kind for _, kind in outputs]

    def table(self, node: exp.Table) -> tuple[str, Columns, str | None]:
        """Resolve a table name; returns the relation's name in DuckDB, its columns, and its database.

        The database is None if the name refers to a common table expression.
        """
        if not isinstance(node.this, exp.Identifier):
            message = f"mismatched input '('{self._hint(node.this.name)}"
            raise failure("SYNTAX_ERROR", message, node)
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
                f"Schema '{database}' does not exist{self._hint(f'{database}_{name}')}; the database is "
                f"{self.database.name}",
                node,
            )
        full = f"information_schema.{name}" if database == "information_schema" else name
        if full not in self.database.tables:
            raise failure(
                "TABLE_NOT_FOUND",
                f"Table 'awsdatacatalog.{database or self.database.name}.{name}' does not exist"
                f"{self._hint(name)}",
                node,
            )
        self.used[full] = None
        return full, self.database.tables[full], database or self.database.name

    def _hint(self, name: str) -> str:
        known = [each for each in self.database.tables if "." not in each]
        return f"{suggestion(name, known)}; there are {', '.join(known)}"

    def query(self, node: exp.Expr, outer: Scope | None, alone: bool = True) -> tuple[exp.Expr, Outputs]:
        """Translate a query; returns it with the names (None if unnamed) and types of its columns."""
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
            return resolve_select(self, node, outer)
        if isinstance(node, exp.SetOperation):
            return set_operation(self, node, outer)
        if isinstance(node, exp.Values):
            return values_query(self, node, outer)
        if isinstance(node, exp.Subquery):
            made, outputs = self.query(node.this, outer)
            if not any(node.args.get(each) for each in ("order", "limit", "offset")):
                return made, outputs
            derived, fields = self.relations.derived(made, outputs, exp.Subquery(this=made))
            select = exp.Select(expressions=[each.node for each in fields]).from_(derived)
            order_outputs(self, node, select, outputs)
            apply_limit(self, node, select)
            return select, outputs
        if isinstance(node, exp.Table):
            star = exp.Select(expressions=[exp.Star()])
            star.set("from_", exp.From(this=node.copy()))
            return resolve_select(self, star, outer)
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
                        f"Column alias list has {len(columns)} entries but WITH query({name}) "
                        f"has {len(outputs)} columns",
                        cte.args["alias"].columns[0],
                    )
                outputs = [(each, kind) for each, (_, kind) in zip(columns, outputs, strict=True)]
            self._with[-1][name] = (alias, outputs)
            ctes.append(exp.CTE(this=made, alias=columns_alias(alias, len(outputs))))
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
        step = self.as_types(step, others, [kind for _, kind in outputs], cte)
        made = exp.Union(this=anchor, expression=step, distinct=False)
        return made, outputs, alias

    def as_types(self, made: exp.Expr, outputs: Outputs, kinds: Sequence[Type], node: exp.Expr) -> exp.Expr:
        """Wrap a query so that its columns have these types, as a set operation requires."""
        derived, fields = self.relations.derived(made, outputs, exp.Subquery(this=made))
        values = [
            operators.to(Typed(each.node, each.type), kind) for each, kind in zip(fields, kinds, strict=True)
        ]
        return exp.Select(
            expressions=[exp.alias_(each.node, f"c{index}") for index, each in enumerate(values)]
        ).from_(derived)
