"""Answers SHOW, DESCRIBE and queries of information_schema and "<table>$partitions", as Athena does.

https://docs.aws.amazon.com/athena/latest/ug/ddl-reference.html
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..catalog.base import Partition
from ..lake.schema import BY_NAME
from .translation import AthenaError, NotReproducible
from .translation.core.errors import suggestion
from .translation.core.types import BIGINT, VARCHAR, Type
from .translation.queries import Columns, Database

_CATALOG = "awsdatacatalog"
_INFORMATION_SCHEMA: dict[str, tuple[tuple[str, Type], ...]] = {
    "information_schema.schemata": (("catalog_name", VARCHAR), ("schema_name", VARCHAR)),
    "information_schema.tables": (
        ("table_catalog", VARCHAR),
        ("table_schema", VARCHAR),
        ("table_name", VARCHAR),
        ("table_type", VARCHAR),
    ),
    "information_schema.columns": (
        ("table_catalog", VARCHAR),
        ("table_schema", VARCHAR),
        ("table_name", VARCHAR),
        ("column_name", VARCHAR),
        ("ordinal_position", BIGINT),
        ("column_default", VARCHAR),
        ("is_nullable", VARCHAR),
        ("data_type", VARCHAR),
    ),
}
_PARTITIONS = "$partitions"
_STATEMENT = re.compile(r"\s*(SHOW|DESCRIBE|DESC)\b", re.IGNORECASE)
_NAME = r'(?:(?:"?\w+"?|`\w+`)\.)*(?:"[^"]+"|`[^`]+`|\w+)'
_FORMS = (
    ("show_databases", r"SHOW\s+(?:DATABASES|SCHEMAS)(?:\s+LIKE\s+'(?P<like>[^']*)')?"),
    ("show_tables", r"SHOW\s+TABLES(?:\s+IN\s+(?P<database>[\w\"`]+))?(?:\s+(?:LIKE\s+)?'(?P<like>[^']*)')?"),
    ("show_views", r"SHOW\s+VIEWS(?:\s+IN\s+(?P<database>[\w\"`]+))?(?:\s+LIKE\s+'(?P<like>[^']*)')?"),
    (
        "show_columns",
        rf"SHOW\s+COLUMNS\s+(?:FROM|IN)\s+(?P<table>{_NAME})(?:\s+(?:FROM|IN)\s+(?P<database>[\w\"`]+))?",
    ),
    ("show_partitions", rf"SHOW\s+PARTITIONS\s+(?P<table>{_NAME})"),
    ("show_create_view", rf"SHOW\s+CREATE\s+VIEW\s+(?P<table>{_NAME})"),
    (
        "describe",
        rf"(?:DESCRIBE|DESC)\s+(?:(?:EXTENDED|FORMATTED)\s+)?(?:TABLE\s+)?(?P<table>{_NAME})(?:\s+(?P<column>\w+))?",
    ),
)

Rows = list[tuple[object, ...]]


@dataclass(frozen=True)
class Lake:
    """The data from which SHOW and DESCRIBE are answered; `views` has the deployed SQL of each view by name.

    `describe` returns two lists of rows for a table or view: all columns, and the partition keys.
    """

    database: Database
    views: Mapping[str, str]
    partitions: Sequence[Partition]
    describe: Callable[[str], tuple[Rows, Rows]]


def columns_of(name: str) -> Columns | None:
    """The columns of a metadata table; None if `name` is not a metadata table.

    Metadata tables are the tables of information_schema, and "<table>$partitions" for each table.
    """
    if name in _INFORMATION_SCHEMA:
        return [(column, kind, column) for column, kind in _INFORMATION_SCHEMA[name]]
    table = BY_NAME.get(name.removesuffix(_PARTITIONS)) if name.endswith(_PARTITIONS) else None
    return [(key, VARCHAR, key) for key in table.partitioned_by] if table else None


def rows_of(name: str, database: Database, partitions: Sequence[Partition]) -> Rows:
    """The rows of a metadata table: a table of information_schema, or "<table>$partitions"."""
    if name.endswith(_PARTITIONS):
        keys = BY_NAME[name.removesuffix(_PARTITIONS)].partitioned_by
        mine = (each for each in partitions if each.table == name.removesuffix(_PARTITIONS))
        return [(each.dt, each.hour)[: len(keys)] for each in mine]
    if name == "information_schema.schemata":
        return [(_CATALOG, database.name), (_CATALOG, "information_schema")]
    if name == "information_schema.tables":
        mine_ = [
            (_CATALOG, database.name, each, "BASE TABLE" if each in BY_NAME else "VIEW")
            for each in database.tables
        ]
        return [*mine_, *((_CATALOG, *each.split("."), "BASE TABLE") for each in _INFORMATION_SCHEMA)]
    columns: Rows = []
    for each in (*database.tables, *_INFORMATION_SCHEMA):
        schema, _, table = each.rpartition(".")
        for place, (column, kind, _) in enumerate(database.tables[each], 1):
            columns.append((_CATALOG, schema or database.name, table, column, place, None, "YES", str(kind)))
    return columns


def source_of(name: str, rows: Rows) -> str:
    """Write a DuckDB query that returns these rows of the metadata table."""
    columns = columns_of(name) or ()
    values = ", ".join(f"({', '.join(map(_literal, row))})" for row in rows)
    shown = ", ".join(f'CAST("{column}" AS {kind.duckdb}) AS "{column}"' for column, kind, _ in columns)
    names = ", ".join(f'"{column}"' for column, _, _ in columns)
    nothing = f"(SELECT {', '.join('NULL' for _ in columns)}) AS t({names}) WHERE false"
    return f"SELECT {shown} FROM {f'(VALUES {values}) AS t({names})' if rows else nothing}"  # noqa: S608  # our own names and escaped values


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"


def is_statement(sql: str) -> bool:
    """Return whether this statement is SHOW or DESCRIBE."""
    return bool(_STATEMENT.match(sql))


def answer(sql: str, lake: Lake) -> tuple[list[str], Rows]:
    """The columns and rows of the answer to SHOW or DESCRIBE; all values are texts."""
    statement = sql.strip().rstrip(";").strip()
    for form, pattern in _FORMS:
        if match := re.fullmatch(pattern, statement, re.IGNORECASE):
            return _FORM[form](match, lake)
    raise NotReproducible(
        " ".join(statement.split()[:2]).upper(),
        "the embedded lake can answer DESCRIBE and SHOW DATABASES, TABLES, VIEWS, COLUMNS, PARTITIONS and "
        "CREATE VIEW",
    )


def _named(match: re.Match[str], database: Database) -> str:
    parts = [part.strip('"`').lower() for part in match["table"].split(".")]
    if len(parts) > 1 and parts[-2] != database.name:
        raise AthenaError(
            "SCHEMA_NOT_FOUND",
            f"Schema '{parts[-2]}' does not exist; the database is {database.name}",
            1,
            match.start("table") + 1,
        )
    _in_database(match, database)
    if parts[-1] not in database.tables:
        hint = suggestion(parts[-1], database.tables)
        raise AthenaError(
            "TABLE_NOT_FOUND", f"Table '{parts[-1]}' does not exist{hint}", 1, match.start("table") + 1
        )
    return parts[-1]


def _in_database(match: re.Match[str], database: Database) -> None:
    name = (match.groupdict().get("database") or database.name).strip('"`').lower()
    if name != database.name:
        raise AthenaError(
            "SCHEMA_NOT_FOUND",
            f"Schema '{name}' does not exist; the database is {database.name}",
            1,
            match.start("database") + 1,
        )


def _liked(names: Iterable[str], pattern: str | None) -> Rows:
    """The names that match the pattern of SHOW, in which * is any text and | separates alternatives."""
    wanted = re.compile(
        "|".join(re.escape(each).replace(r"\*", ".*") for each in (pattern or "*").lower().split("|"))
    )
    return [(each,) for each in sorted(names) if wanted.fullmatch(each)]


def _show_databases(match: re.Match[str], lake: Lake) -> tuple[list[str], Rows]:
    return ["database_name"], _liked([lake.database.name], match["like"])


def _show_tables(match: re.Match[str], lake: Lake) -> tuple[list[str], Rows]:
    _in_database(match, lake.database)
    return ["tab_name"], _liked(lake.database.tables, match["like"])


def _show_views(match: re.Match[str], lake: Lake) -> tuple[list[str], Rows]:
    _in_database(match, lake.database)
    return ["views"], _liked(lake.views, match["like"])


def _show_columns(match: re.Match[str], lake: Lake) -> tuple[list[str], Rows]:
    return ["field"], [(column,) for column, _, _ in lake.database.tables[_named(match, lake.database)]]


def _show_partitions(match: re.Match[str], lake: Lake) -> tuple[list[str], Rows]:
    name = _named(match, lake.database)
    if name in lake.views:
        raise AthenaError(
            "TABLE_NOT_FOUND", f"{name} is a view and has no partitions", 1, match.start("table") + 1
        )
    found = [each for each in lake.partitions if each.table == name]
    return ["partition"], [(f"dt={each.dt}" + (f"/hour={each.hour}" if each.hour else ""),) for each in found]


def _show_create_view(match: re.Match[str], lake: Lake) -> tuple[list[str], Rows]:
    name = _named(match, lake.database)
    if name not in lake.views:
        raise AthenaError(
            "NOT_SUPPORTED", f"Relation '{name}' is a table, not a view", 1, match.start("table") + 1
        )
    return ["Create View"], [(f"CREATE VIEW {lake.database.name}.{name} AS\n{lake.views[name]}",)]


def _describe(match: re.Match[str], lake: Lake) -> tuple[list[str], Rows]:
    rows, keys = lake.describe(_named(match, lake.database))
    if match["column"]:
        rows, keys = [each for each in rows if each[0] == match["column"].lower()], []
        if not rows:
            raise AthenaError(
                "COLUMN_NOT_FOUND",
                f"Column '{match['column']}' cannot be resolved",
                1,
                match.start("column") + 1,
            )
    if keys:
        rows = [
            *rows,
            ("", "", ""),
            ("# Partition Information", "", ""),
            ("# col_name", "data_type", "comment"),
            ("", "", ""),
            *keys,
        ]
    return ["col_name", "data_type", "comment"], rows


_FORM = {
    "show_databases": _show_databases,
    "show_tables": _show_tables,
    "show_views": _show_views,
    "show_columns": _show_columns,
    "show_partitions": _show_partitions,
    "show_create_view": _show_create_view,
    "describe": _describe,
}
