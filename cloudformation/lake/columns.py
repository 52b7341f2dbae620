"""The tables of the lake, read from the pipeline's tables.toml."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from cloudformation.components.day_views import TABLES_FILE


@dataclass(frozen=True)
class LakeTable:
    """A table: its zone, its folder in the zone, and the Athena types of its columns and partition keys.

    `comments` contains the description of each column and partition key; `description` describes the table.
    """

    zone: str
    folder: str
    description: str
    columns: Mapping[str, str]
    keys: Mapping[str, str]
    comments: Mapping[str, str]


@cache
def lake_tables() -> Mapping[str, LakeTable]:
    """Return every table of the lake by its name in Athena."""
    definitions = tomllib.loads(TABLES_FILE.read_text(encoding="utf-8"))
    return {name: _table(name, definitions) for name in definitions["tables"]}


def _table(name: str, definitions: Mapping[str, Any]) -> LakeTable:
    table = definitions["tables"][name]
    columns = definitions["tables"][table.get("daily_of", name)]["columns"]
    keys = {key: definitions["partition_keys"][key] for key in table["partition_by"]}
    return LakeTable(
        zone=table["zone"],
        folder=table["name"],
        description=f"{table['description']} One row per {table['grain']}.",
        columns={each["name"]: _athena_type(each, definitions["records"]) for each in columns},
        keys={key: each["type"] for key, each in keys.items()},
        comments={each["name"]: each["description"] for each in columns}
        | {key: each["description"] for key, each in keys.items()},
    )


def _athena_type(column: Mapping[str, Any], records: Mapping[str, Any]) -> str:
    """Return the Athena type of a column; `records` defines the struct types.

    https://docs.aws.amazon.com/athena/latest/ug/data-types.html
    """
    if column["type"] != "struct":
        return str(column["type"])
    fields = (
        f"{field['name']}:{_athena_type(field, records)}" for field in records[column["struct"]]["columns"]
    )
    return f"struct<{','.join(fields)}>"
