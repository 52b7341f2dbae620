"""Athena's SQL for DuckDB: what a query reads, and the same question in the other dialect."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

import pyarrow as pa
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify

from ..core.errors import QueryError
from ..core.settings import ZONES
from ..lake.schema import BY_NAME

_SIMPLE_TYPES = {
    pa.string(): "VARCHAR",
    pa.int64(): "BIGINT",
    pa.date32(): "DATE",
    # Athena's timestamps have no zone; the files say UTC, which DuckDB would show as TIMESTAMPTZ.
    pa.timestamp("ms", tz="UTC"): "TIMESTAMP",
    pa.list_(pa.string()): "VARCHAR[]",
}

Columns = dict[str, exp.DataType | None]


@cache
def views() -> Mapping[str, str]:
    """The views, as they are deployed: name to SELECT."""
    folder = files(__package__) / "views"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return {name.removesuffix(".sql"): (folder / name).read_text("utf-8") for name in names}


def parse(sql: str) -> exp.Query:
    """One SELECT in Athena's dialect; raises QueryError for anything else."""
    try:
        statements = [each for each in sqlglot.parse(sql, read="athena") if each is not None]
    except SqlglotError as error:
        raise QueryError(f"this is not Athena SQL: {error}") from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise QueryError("write one SELECT; the lake is changed by publishing hours, never by SQL")
    for table in statements[0].find_all(exp.Table):
        _name_physically(table)
    return statements[0]


def in_order_of_use(question: exp.Query) -> list[str]:
    """The tables and views a query needs, each after those it needs itself; QueryError for an unknown one."""
    needed: dict[str, None] = {}
    for name in tables_in(question):
        if name in views():
            needed |= dict.fromkeys(in_order_of_use(parse(views()[name])))
        needed[name] = None
    return list(needed)


def tables_in(question: exp.Query) -> Iterator[str]:
    """The tables and views a query names itself; QueryError for an unknown one."""
    local = {cte.alias_or_name.lower() for cte in question.find_all(exp.CTE)}
    for table in question.find_all(exp.Table):
        name, is_plain = table.name.lower(), isinstance(table.this, exp.Identifier) and not table.db
        if is_plain and (name in BY_NAME or name in views()):
            yield name
        elif not is_plain or name not in local:
            known = ", ".join((*BY_NAME, *views()))
            raise QueryError(f"there is no table {table.sql('athena')}; there are {known}")


def translate(question: exp.Query) -> str:
    """The question for DuckDB, with Athena's meaning: whole numbers divide to whole numbers."""
    return _typed(question).sql("duckdb")


def sql_type(kind: pa.DataType) -> str:
    """The DuckDB type of a column of the lake."""
    if pa.types.is_struct(kind):
        fields = (f'"{field.name}" {sql_type(field.type)}' for field in kind)
        return f"STRUCT({', '.join(fields)})"
    return _SIMPLE_TYPES[kind]


def _name_physically(table: exp.Table) -> None:
    """Let a query say gold.user_activity for gold_user_activity."""
    if table.db.lower() in ZONES and not table.catalog:
        original = table.name
        table.set("this", exp.to_identifier(f"{table.db}_{original}".lower()))
        table.set("db", None)
        if not table.alias:
            table.set("alias", exp.TableAlias(this=exp.to_identifier(original)))


def _typed(question: exp.Query) -> exp.Query:
    schema: dict[str, object] = {name: _columns(name) for name in in_order_of_use(question)}
    try:
        named = qualify(
            question, schema=schema, dialect="athena", validate_qualify_columns=False, quote_identifiers=False
        )
        return annotate_types(named, schema=schema, dialect="athena")
    except SqlglotError as error:
        raise QueryError(f"this query cannot be translated: {error}") from error


@cache
def _columns(name: str) -> Columns:
    if name in views():
        return {each.alias_or_name: each.type for each in _typed(parse(views()[name])).selects}
    fields = {field.name: sql_type(field.type) for field in BY_NAME[name].columns}
    fields |= dict.fromkeys(BY_NAME[name].partitioned_by, "VARCHAR")
    return {column: exp.DataType.build(kind, dialect="duckdb") for column, kind in fields.items()}
