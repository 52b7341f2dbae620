"""Run Athena SQL on the embedded lake: DuckDB reads the files that one snapshot of the catalog lists."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from ..catalog.base import Partition
from ..catalog.days import DAY_VIEWS, read_by_views, with_cutoff
from ..catalog.stores import Stores
from ..lake.schema import BY_NAME, LakeTable
from . import descriptions, metadata
from .athena import athena_type, database, in_order_of_use, view, views
from .failures import as_athena
from .translation import NotReproducible, Translated, parse, translate
from .translation.core.macros import needed_by
from .translation.core.types import BOOLEAN, VARCHAR, Type
from .values import converter

_EXPLAIN = re.compile(r"\s*EXPLAIN\b(?:\s+ANALYZE\b)?(?:\s*\(\s*(?:TYPE|FORMAT)\b[^)]*\))?", re.IGNORECASE)


@dataclass(frozen=True)
class Answer:
    """The result of a query: the names of its columns, their types in Athena, and the rows."""

    columns: list[str]
    types: list[Type]
    rows: list[tuple[object, ...]]


def query(sql: str, stores: Stores, now: datetime | None = None) -> Answer:
    """Run one statement in Athena's dialect; `now` is the current time for the query.

    Raises AthenaError if the statement would also fail in Athena. Raises NotReproducible if Athena would
    answer the statement, but the embedded lake cannot. Both errors are QueryErrors.
    """
    if metadata.is_statement(sql):
        cutoff = stores.catalog.cutoff()
        deployed = {name: _with_cutoff(name, text, cutoff) for name, text in views().items()}
        lake = metadata.Lake(database(), deployed, stores.catalog.snapshot(), descriptions.rows)
        columns, rows = metadata.answer(sql, lake)
        return Answer(columns, [VARCHAR] * len(columns), rows)
    question = _question(sql)
    needed = in_order_of_use(question.tables)
    files: dict[str, list[tuple[str, str]]] = {name: [] for name in needed if name in BY_NAME}
    cutoff = stores.catalog.cutoff()
    partitions = stores.catalog.snapshot(
        list(files) if len(files) == len([each for each in needed if each not in views()]) else None
    )
    read = [each for each in partitions if each.table in files]
    for partition in _wanted(read, set(question.tables), cutoff):
        files[partition.table] += [(partition.location, file.name) for file in partition.files]
    moment = (now or datetime.now(UTC)).astimezone(UTC).replace(tzinfo=None)
    with duckdb.connect() as connection:
        try:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute(
                "SET VARIABLE now = CAST(? AS TIMESTAMP)", [moment.isoformat(timespec="milliseconds")]
            )
            for statement in needed_by(
                " ".join([question.sql, *(view(name).sql for name in needed if name in views())])
            ):
                connection.execute(statement)
            for name in needed:
                connection.execute(_definition(connection, name, files, stores, partitions, cutoff))
            _shut_in(connection)
            return _answer(question, connection.execute(question.sql))
        except duckdb.Error as error:
            raise as_athena(error) from None


def _answer(question: Translated, result: duckdb.DuckDBPyConnection) -> Answer:
    converters = [converter(kind) for kind in question.types]
    rows = [
        tuple(convert(value) if convert else value for convert, value in zip(converters, row, strict=True))
        for row in result.fetchall()
    ]
    return Answer(question.columns, question.types, rows)


def _with_cutoff(name: str, sql: str, cutoff: str) -> str:
    return with_cutoff(sql, cutoff) if name in DAY_VIEWS else sql


def _wanted(partitions: list[Partition], named: set[str], cutoff: str) -> list[Partition]:
    """All partitions of tables that the query names; of other tables, only the partitions that views read."""
    once = read_by_views([each for each in partitions if each.table not in named], cutoff)
    return [*once, *(each for each in partitions if each.table in named)]


def _question(sql: str) -> Translated:
    explained = _EXPLAIN.match(sql)
    question = translate(
        parse(" " * explained.end() + sql[explained.end() :] if explained else sql), database()
    )
    if explained and re.search(r"\bVALIDATE\b", explained[0], re.IGNORECASE):
        return Translated("SELECT true", ["Valid"], [BOOLEAN], [])
    if explained:
        raise NotReproducible("EXPLAIN", "DuckDB's plan is not the plan of Athena; the query itself is valid")
    return question


def _definition(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    files: dict[str, list[tuple[str, str]]],
    stores: Stores,
    partitions: list[Partition],
    cutoff: str,
) -> str:
    if name in files:
        return f'CREATE VIEW "{name}" AS {_register(connection, BY_NAME[name], files[name], stores)}'
    if name not in views():
        rows = metadata.rows_of(name, database(), partitions)
        return f'CREATE VIEW "{name}" AS {metadata.source_of(name, rows)}'
    found = view(name)
    columns = ", ".join(f'"{column}"' for column in found.columns)
    return f'CREATE VIEW "{name}" ({columns}) AS {_with_cutoff(name, found.sql, cutoff)}'


def _register(
    connection: duckdb.DuckDBPyConnection, table: LakeTable, files: list[tuple[str, str]], stores: Stores
) -> str:
    """Let DuckDB read the files of a table, local or on S3, with Arrow; returns the SELECT for the table."""
    source = "(SELECT 1) WHERE false"
    if files:
        source = f'"files of {table.physical}"'
        connection.register(source.strip('"'), stores.lake.dataset(table, files))
    kinds = {field.name: athena_type(field.type).duckdb for field in table.columns}
    kinds |= dict.fromkeys(table.partitioned_by, VARCHAR.duckdb)
    columns = [
        f"CAST({quoted if files else 'NULL'} AS {kind}) AS {quoted}"
        for quoted, kind in ((f'"{name}"', kind) for name, kind in kinds.items())
    ]
    return f"SELECT {', '.join(columns)} FROM {source}"  # noqa: S608  # names and types of our own schema


def _shut_in(connection: duckdb.DuckDBPyConnection) -> None:
    """Lock the connection: from now on, queries can use the registered tables, but no files or variables."""
    connection.execute("SET python_enable_replacements = false")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
