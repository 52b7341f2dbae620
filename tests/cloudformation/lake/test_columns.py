"""Glue's columns are those that the pipeline writes, though both sides share nothing but a data file."""

import pytest

from cloudformation.lake.columns import lake_tables
from todo_insights.lake import schema
from todo_insights.lake.glue_partitions import glue_columns

# The pipeline states these for every partition that it publishes, in types derived from those of the files.
WRITTEN = {table.physical: table for table in schema.ALL_TABLES}


def test_both_sides_know_the_same_tables() -> None:
    assert [*lake_tables()] == [*WRITTEN]


@pytest.mark.parametrize("name", WRITTEN)
def test_glue_columns_equal_the_written_ones(name: str) -> None:
    declared = [{"Name": column, "Type": kind} for column, kind in lake_tables()[name].columns.items()]
    assert declared == glue_columns(WRITTEN[name])


@pytest.mark.parametrize("name", WRITTEN)
def test_partition_keys_equal_the_published_ones(name: str) -> None:
    keys = lake_tables()[name].keys
    assert tuple(keys) == WRITTEN[name].partitioned_by
    assert {*keys.values()} == {"string"}
    assert not keys.keys() & lake_tables()[name].columns.keys()


@pytest.mark.parametrize("name", WRITTEN)
def test_table_is_where_the_pipeline_writes(name: str) -> None:
    table = lake_tables()[name]
    assert (table.zone, table.folder) == (WRITTEN[name].zone, WRITTEN[name].name)
