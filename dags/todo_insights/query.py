"""Athena SQL on the embedded lake: DuckDB over the files one catalog snapshot names."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from .athena import base_tables, in_order_of_use, parse, sql_type, translate, views
from .catalog import Catalog, Partition
from .errors import QueryError
from .schema import PARTITION_COLUMNS, LakeTable
from .storage import Lake

_HIVE = "hive_partitioning = true, hive_types = {'dt': 'VARCHAR', 'hour': 'VARCHAR', 'run': 'VARCHAR'}"


@dataclass(frozen=True)
class Answer:
    """The columns of a result, and its rows."""

    columns: list[str]
    rows: list[tuple[object, ...]]


def query(sql: str, lake: Lake, catalog: Catalog) -> Answer:
    """Run one SELECT in Athena's dialect; raises QueryError for anything else, or for an unknown table."""
    question = parse(sql)
    needed = in_order_of_use(question)
    translated = translate(question)
    paths: dict[str, list[str]] = {name: [] for name in needed if name in base_tables()}
    for partition in catalog.snapshot(list(paths)):
        paths[partition.table] += _paths(partition, lake)
    with duckdb.connect() as connection:
        try:
            connection.execute("SET TimeZone = 'UTC'")
            _shut_in(connection, [path for each in paths.values() for path in each])
            for name in needed:
                connection.execute(f'CREATE VIEW "{name}" AS {_definition(name, paths)}')
            result = connection.execute(translated)
            return Answer([_athena_name(column[0]) for column in result.description], result.fetchall())
        except duckdb.Error as error:
            raise QueryError(f"the query failed: {error}") from error


def _definition(name: str, paths: dict[str, list[str]]) -> str:
    if name in views():
        return translate(parse(views()[name]))
    return _from_files(base_tables()[name], paths[name])


def _from_files(table: LakeTable, paths: list[str]) -> str:
    source = f"read_parquet({_literals(paths)}, {_HIVE})" if paths else "(SELECT 1) WHERE false"
    values = {field.name: f'"{field.name}"' if paths else "NULL" for field in table.columns}
    columns = [
        f'CAST({values[field.name]} AS {sql_type(field.type)}) AS "{field.name}"' for field in table.columns
    ]
    columns += [name if paths else f"'' AS {name}" for name in PARTITION_COLUMNS]
    return f"SELECT {', '.join(columns)} FROM {source}"  # noqa: S608  # names of our schema, quoted paths


def _shut_in(connection: duckdb.DuckDBPyConnection, paths: list[str]) -> None:
    """From here on the query reads these files, no others, and cannot change that."""
    connection.execute(f"SET allowed_paths = {_literals(paths)}")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _paths(partition: Partition, lake: Lake) -> list[str]:
    zone = base_tables()[partition.table].zone
    return [lake.path(zone, partition.location, file.name) for file in partition.files]


def _literals(texts: Iterable[str]) -> str:
    return "[" + ", ".join("'" + text.replace("'", "''") + "'" for text in texts) + "]"


def _athena_name(column: str) -> str:
    """The name Athena gives to a column without one: _col0, where the translation says _col_0."""
    return re.sub(r"^_col_(\d+)$", r"_col\1", column)
