"""The contract between two rooms that share no code: Glue's columns are the columns the pipeline writes."""

from collections.abc import Mapping

import pytest

from cloudformation.lake.columns import DAILY_KEYS, DAILY_TABLES, HOURLY_KEYS, TABLES
from todo_insights.lake import schema
from todo_insights.lake.glue_catalog import glue_columns

ALL_TABLES = {**TABLES, **DAILY_TABLES}
# What the pipeline says of every partition it publishes, in types derived from those of the files.
WRITTEN = {
    table.physical: [(column["Name"], column["Type"]) for column in glue_columns(table)]
    for table in schema.ALL_TABLES
}


def differences(catalog: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Name every table whose columns, types or order are not what the pipeline writes."""
    names = sorted(catalog.keys() | WRITTEN.keys())
    return [name for name in names if list(catalog.get(name, {}).items()) != WRITTEN.get(name)]


def test_glue_columns_equal_the_written_ones() -> None:
    assert differences(ALL_TABLES) == []


def test_partition_columns_agree() -> None:
    keys = {**dict.fromkeys(TABLES, HOURLY_KEYS), **dict.fromkeys(DAILY_TABLES, DAILY_KEYS)}
    assert {name: tuple(each) for name, each in keys.items()} == {
        table.physical: table.partitioned_by for table in schema.ALL_TABLES
    }


@pytest.mark.parametrize("table", ALL_TABLES)
def test_partition_columns_are_not_in_files(table: str) -> None:
    assert not HOURLY_KEYS.keys() & ALL_TABLES[table].keys()


def _reordered(columns: Mapping[str, str]) -> dict[str, str]:
    return dict(list(columns.items())[::-1])


@pytest.mark.parametrize(
    "damaged",
    [
        {**TABLES["gold_user_activity"], "pending_delta": "int"},
        {**TABLES["gold_user_activity"], "extra": "string"},
        {key: kind for key, kind in TABLES["gold_user_activity"].items() if key != "account_delta"},
        _reordered(TABLES["gold_user_activity"]),
    ],
    ids=["type", "extra column", "missing column", "order"],
)
def test_contract_notices_a_seeded_fault(damaged: dict[str, str]) -> None:
    assert differences({**ALL_TABLES, "gold_user_activity": damaged}) == ["gold_user_activity"]


def test_contract_notices_a_field_of_an_image() -> None:
    damaged = {
        **TABLES["bronze_task_changes"],
        "after": TABLES["bronze_task_changes"]["after"].replace("version:bigint", "version:int"),
    }

    assert differences({**ALL_TABLES, "bronze_task_changes": damaged}) == ["bronze_task_changes"]


def test_contract_notices_a_missing_table() -> None:
    rest = {name: columns for name, columns in ALL_TABLES.items() if name != "silver_rejects"}

    assert differences(rest) == ["silver_rejects"]
