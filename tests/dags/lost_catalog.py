"""Deletes the catalog of a lake in SQLite or Glue, but not the files of the lake."""

from pathlib import Path

from todo_insights.core.aws import Aws
from todo_insights.core.settings import Settings
from todo_insights.lake.schema import ALL_TABLES


def lose_catalog(settings: Settings, aws: Aws | None = None) -> None:
    """Delete the SQLite file, or all partitions in Glue."""
    if aws is None:
        catalog = Path(settings.catalog_uri.removeprefix("file://"))
        for path in catalog.parent.glob("catalog.sqlite*"):
            path.unlink()
        return
    glue, database = aws.client("glue"), settings.catalog_uri.removeprefix("glue://")
    for table in ALL_TABLES:
        names = {"DatabaseName": database, "TableName": table.physical}
        for page in glue.get_paginator("get_partitions").paginate(**names):
            for each in page["Partitions"]:
                glue.delete_partition(**names, PartitionValues=each["Values"])
