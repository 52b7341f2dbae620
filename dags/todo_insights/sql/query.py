"""Athena SQL on the embedded lake: DuckDB over the files one catalog snapshot names."""

import re
from dataclasses import dataclass

import duckdb

from ..core.errors import QueryError
from ..lake.catalog import Partition
from ..lake.days import DAY_VIEWS, read_by_views, with_cutoff
from ..lake.schema import BY_NAME, LakeTable
from ..lake.stores import Stores
from .athena import in_order_of_use, parse, sql_type, tables_in, translate, views


@dataclass(frozen=True)
class Answer:
    """The columns of a result, and its rows."""

    columns: list[str]
    rows: list[tuple[object, ...]]


def query(sql: str, stores: Stores) -> Answer:
    """Run one SELECT in Athena's dialect; raises QueryError for anything else, or for an unknown table."""
    question = parse(sql)
    needed = in_order_of_use(question)
    translated = translate(question)
    files: dict[str, list[tuple[str, str]]] = {name: [] for name in needed if name in BY_NAME}
    cutoff = stores.catalog.cutoff()
    for partition in _wanted(stores.catalog.snapshot(list(files)), {*tables_in(question)}, cutoff):
        files[partition.table] += [(partition.location, file.name) for file in partition.files]
    with duckdb.connect() as connection:
        try:
            connection.execute("SET TimeZone = 'UTC'")
            for name in needed:
                source = _register(connection, BY_NAME[name], files[name], stores) if name in files else ""
                connection.execute(f'CREATE VIEW "{name}" AS {source or _view(name, cutoff)}')
            _shut_in(connection)
            result = connection.execute(translated)
            return Answer([_athena_name(column[0]) for column in result.description], result.fetchall())
        except duckdb.Error as error:
            raise QueryError(f"the query failed: {error}") from error


def _view(name: str, cutoff: str) -> str:
    sql = translate(parse(views()[name]))
    return with_cutoff(sql, cutoff) if name in DAY_VIEWS else sql


def _wanted(partitions: list[Partition], named: set[str], cutoff: str) -> list[Partition]:
    """The partitions to read: a table that only day views read goes without the days that they leave out."""
    once = read_by_views([each for each in partitions if each.table not in named], cutoff)
    return [*once, *(each for each in partitions if each.table in named)]


def _register(
    connection: duckdb.DuckDBPyConnection, table: LakeTable, files: list[tuple[str, str]], stores: Stores
) -> str:
    """Let DuckDB read a table's files through Arrow, wherever they lie; returns the table's definition."""
    source = "(SELECT 1) WHERE false"
    if files:
        source = f'"files of {table.physical}"'
        connection.register(source.strip('"'), stores.lake.dataset(table, files))
    kinds = {field.name: sql_type(field.type) for field in table.columns}
    kinds |= dict.fromkeys(table.partitioned_by, "VARCHAR")
    columns = [
        f"CAST({quoted if files else 'NULL'} AS {kind}) AS {quoted}"
        for quoted, kind in ((f'"{name}"', kind) for name, kind in kinds.items())
    ]
    return f"SELECT {', '.join(columns)} FROM {source}"  # noqa: S608  # names and types of our own schema


def _shut_in(connection: duckdb.DuckDBPyConnection) -> None:
    """From here on the query reads what was registered, no file and no variable, and cannot change that."""
    connection.execute("SET python_enable_replacements = false")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _athena_name(column: str) -> str:
    """The name Athena gives to a column without one: _col0, where the translation says _col_0."""
    return re.sub(r"^_col_(\d+)$", r"_col\1", column)
