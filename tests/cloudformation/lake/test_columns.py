"""Glue has the partition keys of the pipeline, and the comments have the texts of the data dictionary."""

import pytest

from cloudformation.lake.columns import lake_tables
from tests.cloudformation.rules.core import Json, of_type
from todo_insights.lake import schema
from todo_insights.sql.athena import views
from todo_insights.sql.descriptions import describe

# The pipeline sends these columns with every published partition, and derives the types from its Parquet
# files.
WRITTEN = {table.physical: table for table in schema.ALL_TABLES}


@pytest.mark.parametrize("name", WRITTEN)
def test_partition_keys_equal_the_published_ones(name: str) -> None:
    keys = lake_tables()[name].keys
    assert tuple(keys) == WRITTEN[name].partitioned_by
    assert {*keys.values()} == {"string"}
    assert not keys.keys() & lake_tables()[name].columns.keys()


@pytest.mark.parametrize("name", WRITTEN)
def test_describe_shows_the_comments(name: str, template: Json) -> None:
    (table,) = (
        each["TableInput"]
        for each in of_type(template, "AWS::Glue::Table").values()
        if each["TableInput"]["Name"] == name
    )
    comments = [
        (column["Name"], column["Type"], column["Comment"])
        for column in (*table["StorageDescriptor"]["Columns"], *table["PartitionKeys"])
    ]
    described = describe(name)
    assert comments == [(each.name, each.type, each.description) for each in described.columns]
    assert table["Description"] == f"{described.description} One row per {described.grain}."


@pytest.mark.parametrize("name", [*WRITTEN, *views()])
def test_comments_fit_into_glue(name: str) -> None:
    """The limit is 255 characters: https://docs.aws.amazon.com/glue/latest/webapi/API_Column.html"""
    too_long = [each.name for each in describe(name).columns if len(each.description) > 255]
    assert too_long == []
