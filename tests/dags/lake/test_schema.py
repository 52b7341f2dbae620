"""The tables of the lake that lake/tables.toml defines."""

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from todo_insights.core.errors import SchemaError
from todo_insights.lake.schema import ALL_TABLES, DAILY_OF, GOLD_CATEGORIES, PERSONAL_FIELDS, LakeTable
from tools.data_folder import ROOT

TABLES_NAME = "dags/todo_insights/lake/tables.toml"
DEFINITIONS = tomllib.loads((ROOT / TABLES_NAME).read_text(encoding="utf-8"))
MODULE = "dags/todo_insights/transform/aggregate.py"


def columns() -> Iterator[tuple[str, dict[str, Any]]]:
    for kind in ("records", "tables"):
        for name, definition in DEFINITIONS[kind].items():
            for column in definition.get("columns", ()):
                yield f"{name}.{column['name']}", column


def test_every_defined_table_is_used() -> None:
    unused = DEFINITIONS["tables"].keys() - {table.physical for table in ALL_TABLES}
    assert not unused, (
        f"add {unused} to TABLES in dags/todo_insights/lake/schema.py, or remove them from {TABLES_NAME}"
    )


@pytest.mark.parametrize(("name", "column"), [*columns()])
def test_column_has_a_description_of_one_sentence(name: str, column: dict[str, Any]) -> None:
    description = column.get("description", "")
    # Glue accepts comments of at most 255 characters.
    assert description.endswith("."), f"{TABLES_NAME}: describe {name} in one sentence"
    assert len(description) <= 255, f"{TABLES_NAME}: describe {name} in at most 255 characters"


@pytest.mark.parametrize("table", DAILY_OF, ids=lambda table: table.physical)
def test_every_gold_column_is_a_key_or_is_aggregated(table: LakeTable) -> None:
    undecided = [
        name for name in table.columns.names if (name in table.sorted_by) == (name in table.aggregates)
    ]
    assert not undecided, f"{TABLES_NAME}: {undecided} of {table.physical} need `aggregate` or `sort_by`"


@pytest.mark.parametrize("table", ALL_TABLES, ids=lambda table: table.physical)
def test_personal_data_stays_in_bronze(table: LakeTable) -> None:
    if table.zone != "bronze":
        assert not PERSONAL_FIELDS & {*table.columns.names}


def test_column_that_no_step_computes_is_an_error() -> None:
    names = [name for name in GOLD_CATEGORIES.columns.names if name != "changes"]
    message = f"changes is a column in {TABLES_NAME}, but {MODULE} does not compute it; add it to {MODULE}"
    with pytest.raises(SchemaError, match=message):
        GOLD_CATEGORIES.check_computed(names, MODULE)


def test_counter_that_is_no_column_is_an_error() -> None:
    names = [*GOLD_CATEGORIES.columns.names, "spent_minutes"]
    message = f"{MODULE} computes spent_minutes, which is no column of this table; add it to {TABLES_NAME}"
    with pytest.raises(SchemaError, match=message):
        GOLD_CATEGORIES.check_computed(names, MODULE)
