"""The tables of the lake with their columns in Athena's types, read from the pipeline's tables.toml."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from cloudformation.components.day_views import TABLES_FILE


@dataclass(frozen=True)
class LakeTable:
    """A table: its zone, its folder there, and the Athena types of its columns and partition keys."""

    zone: str
    folder: str
    columns: Mapping[str, str]
    keys: Mapping[str, str]


@cache
def lake_tables() -> Mapping[str, LakeTable]:
    """Every table of the lake, by its name in Athena."""
    definitions = tomllib.loads(TABLES_FILE.read_text(encoding="utf-8"))
    tables = definitions["tables"]
    return {
        name: LakeTable(
            zone=table["zone"],
            folder=table["name"],
            columns={
                each["name"]: _athena_type(each, definitions["records"])
                for each in tables[table.get("daily_of", name)]["columns"]
            },
            keys={key: definitions["partition_keys"][key]["type"] for key in table["partition_by"]},
        )
        for name, table in tables.items()
    }


def _athena_type(column: Mapping[str, Any], records: Mapping[str, Any]) -> str:
    """https://docs.aws.amazon.com/athena/latest/ug/data-types.html"""
    if column["type"] != "struct":
        return str(column["type"])
    fields = (
        f"{field['name']}:{_athena_type(field, records)}" for field in records[column["struct"]]["columns"]
    )
    return f"struct<{','.join(fields)}>"
