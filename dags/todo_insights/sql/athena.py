"""The tables and views that a query can use, and the types of their columns in Athena."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

import pyarrow as pa

from ..core.errors import SchemaError
from ..lake.schema import BY_NAME, TABLES_FILE
from .metadata import columns_of
from .translation import AthenaError, Translated, parse, translate
from .translation.core.types import BIGINT, BOOLEAN, DATE, VARCHAR, Type, array, row, timestamp
from .translation.queries import Columns, Database

# The database name of the embedded lake in a query: "AwsDataCatalog"."lake"."user_activity".
DATABASE = "lake"
_SIMPLE_TYPES = {
    pa.string(): VARCHAR,
    pa.int64(): BIGINT,
    pa.bool_(): BOOLEAN,
    pa.date32(): DATE,
    # In Athena, timestamps have no time zone; in the files, they have the time zone UTC.
    pa.timestamp("ms", tz="UTC"): timestamp(3),
    pa.list_(pa.string()): array(VARCHAR),
}


@cache
def views() -> Mapping[str, str]:
    """The SELECT statement of each deployed view, by the name of the view."""
    folder = files(__package__) / "views"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return {name.removesuffix(".sql"): (folder / name).read_text("utf-8") for name in names}


@cache
def view(name: str) -> Translated:
    """The statement of a view, translated for DuckDB; raises SchemaError if the view is not valid."""
    try:
        return translate(parse(views()[name]), database())
    except AthenaError as error:
        raise SchemaError(
            f"{view_file(name)}: {error}; correct the view, or add the column to {TABLES_FILE}"
        ) from error


def view_file(name: str) -> str:
    """The path of the file of a view in the repository."""
    return f"dags/todo_insights/sql/views/{name}.sql"


@cache
def database() -> Database:
    """The name of the lake's database, and its tables and views with their columns, for the translator."""
    return Database(DATABASE, _Tables())


def in_order_of_use(tables: list[str]) -> list[str]:
    """Return these tables and views, and all that these views read; each view comes after what it reads."""
    needed: dict[str, None] = {}
    for name in tables:
        if name in views():
            needed |= dict.fromkeys(in_order_of_use(view(name).tables))
        needed[name] = None
    return list(needed)


def athena_type(kind: pa.DataType) -> Type:
    """Convert the Arrow type of a column to the type in Athena."""
    if pa.types.is_struct(kind):
        return row([field.name for field in kind], [athena_type(field.type) for field in kind])
    return _SIMPLE_TYPES[kind]


class _Tables(Mapping[str, Columns]):
    """The columns of each table and view by its name; a view is translated when a query first uses it."""

    def __getitem__(self, name: str) -> Columns:
        if name in views():
            made = view(name)
            return [(column, kind, column) for column, kind in zip(made.columns, made.types, strict=True)]
        if found := columns_of(name):
            return found
        table = BY_NAME[name]
        kinds = {field.name: athena_type(field.type) for field in table.columns}
        kinds |= dict.fromkeys(table.partitioned_by, VARCHAR)
        return [(column, kind, column) for column, kind in kinds.items()]

    def __iter__(self) -> Iterator[str]:
        yield from (*BY_NAME, *views())

    def __len__(self) -> int:
        return len(BY_NAME) + len(views())

    def __contains__(self, name: object) -> bool:
        return name in BY_NAME or name in views() or columns_of(str(name)) is not None
