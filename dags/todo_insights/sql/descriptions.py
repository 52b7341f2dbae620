"""The descriptions of tables, views and columns, read from lake/tables.toml and views/views.toml."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from ..catalog.glue_partitions import glue_columns
from ..core.errors import SchemaError
from ..lake.schema import BY_NAME, TABLES_FILE
from .athena import database, view_file, views
from .metadata import Rows

_FOLDER = "dags/todo_insights/"
_VIEWS_FILE = f"{_FOLDER}sql/views/views.toml"


@dataclass(frozen=True)
class ColumnDescription:
    """One column: its name, its type in Athena, its description, and whether the column may be NULL.

    `is_key` is true for a partition key.
    """

    name: str
    type: str
    description: str
    nullable: bool = False
    is_key: bool = False


@dataclass(frozen=True)
class TableDescription:
    """One table or view: a sentence about it, its grain (one row per ...), and its columns in order."""

    name: str
    description: str
    grain: str
    columns: tuple[ColumnDescription, ...]


@cache
def describe(name: str) -> TableDescription:
    """Return the description of a table or view; raises SchemaError if a part of it is missing."""
    return _table(name) if name in BY_NAME else _view(name)


def rows(name: str) -> tuple[Rows, Rows]:
    """The rows of the answer to DESCRIBE: first the list of all columns, then the list of partition keys."""
    columns = describe(name).columns
    keys: Rows = [(each.name, each.type, each.description) for each in columns if each.is_key]
    return [(each.name, each.type, each.description) for each in columns], keys


@cache
def records() -> Mapping[str, tuple[ColumnDescription, ...]]:
    """The columns of each kind of record in Bronze; the structs `before` and `after` have these fields."""
    return {
        name: tuple(
            ColumnDescription(each["name"], each["type"], each["description"], each.get("nullable", False))
            for each in record["columns"]
        )
        for name, record in _definitions(TABLES_FILE)["records"].items()
    }


def _table(name: str) -> TableDescription:
    tables = _definitions(TABLES_FILE)["tables"]
    definition, written = tables[name], tables[tables[name].get("daily_of", name)]["columns"]
    texts = {each["name"]: each for each in written}
    columns = [
        ColumnDescription(
            each["Name"],
            each["Type"],
            _text(texts[each["Name"]], "description", f"{name}.{each['Name']}", TABLES_FILE),
            nullable=texts[each["Name"]].get("nullable", False),
        )
        for each in glue_columns(BY_NAME[name])
    ]
    keys = [_key(key) for key in BY_NAME[name].partitioned_by]
    return TableDescription(name, *_about(definition, name, TABLES_FILE), (*columns, *keys))


def _key(name: str) -> ColumnDescription:
    definition = _definitions(TABLES_FILE)["partition_keys"][name]
    return ColumnDescription(name, definition["type"], definition["description"], is_key=True)


def _view(name: str) -> TableDescription:
    definition = _definitions(_VIEWS_FILE).get(name)
    if definition is None or name not in views():
        raise SchemaError(
            f"{_VIEWS_FILE} has no section [{name}] for the view {name}; add one that describes the view"
        )
    columns: dict[str, ColumnDescription] = {}
    if f"gold_{name}" in BY_NAME:
        columns = {each.name: each for each in _table(f"gold_{name}").columns if not each.is_key}
    texts, nullable = definition.get("columns", {}), definition.get("nullable", ())
    found = [
        ColumnDescription(
            column,
            str(kind),
            columns[column].description
            if column in columns
            else _text(texts, column, f"{name}.{column}", _VIEWS_FILE),
            nullable=column in nullable,
        )
        for column, kind, _ in database().tables[name]
    ]
    if unknown := sorted({*texts, *nullable} - {each.name for each in found}):
        raise SchemaError(
            f"the view {name} has no column {', '.join(unknown)}; add it to {view_file(name)}, or remove it "
            f"from {_VIEWS_FILE}"
        )
    return TableDescription(name, *_about(definition, name, _VIEWS_FILE), tuple(found))


def _about(definition: Mapping[str, Any], name: str, file: str) -> tuple[str, str]:
    return _text(definition, "description", name, file), _text(definition, "grain", name, file)


def _text(texts: Mapping[str, Any], key: str, what: str, file: str) -> str:
    if not texts.get(key):
        missing = "description" if key not in ("grain", "description") else key
        raise SchemaError(f"{what} has no {missing}; write one sentence for it in {file}")
    return str(texts[key])


@cache
def _definitions(file: str) -> Mapping[str, Any]:
    return tomllib.loads((files("todo_insights") / file.removeprefix(_FOLDER)).read_text("utf-8"))
