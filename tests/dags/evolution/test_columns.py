"""After columns were added or removed, old files stay readable, both alone and together with new files."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pytest
from pymongo import MongoClient

from tests.dags.activity import ZONES as USERS
from tests.dags.activity import activity
from tests.dags.change_log import Document, Row
from tests.dags.evolution.older import REMOVED, SINCE, publish_as_before
from tests.dags.insights import Pipeline, documents
from todo_insights.catalog.glue_partitions import glue_columns
from todo_insights.catalog.stores import open_stores
from todo_insights.core.aws import Aws
from todo_insights.core.database import Database
from todo_insights.core.errors import QueryError
from todo_insights.core.hours import Hour
from todo_insights.core.settings import ZONES, Settings
from todo_insights.hourly.extract import Changes
from todo_insights.lake.schema import DAILY_OF, TABLES, LakeTable
from todo_insights.metrics.business import business_metrics
from todo_insights.sql.athena import views
from todo_insights.transform.aggregate import add_up

START = datetime(2026, 11, 20, 10, tzinfo=UTC)
LATER = START + timedelta(days=1)
OLD, NEW = Hour(START), Hour(START).next
BOTH = [OLD, NEW]


class PublishedLake:
    """A lake with two hours, which the tests only read."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.pipeline = Pipeline(settings, database, LATER)
        self.stores = open_stores(settings)

    def rows(self, table: LakeTable, hours: list[Hour]) -> list[Row]:
        """Return the rows of a table with all present columns, in the sort order of the table."""
        wanted = {(each.dt, each.hour) for each in hours}
        partitions = self.stores.catalog.snapshot([table.physical])
        files = [(p.location, f.name) for p in partitions if (p.dt, p.hour) in wanted for f in p.files]
        return in_order(self.stores.lake.read(table, files, table.columns.names), table)


@dataclass(frozen=True)
class Lakes:
    """Two lakes of one log: only the first hour of `upgraded` has the columns of an earlier release."""

    current: PublishedLake
    upgraded: PublishedLake


@pytest.fixture(scope="module")
def lakes(mongodb_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lakes]:
    with MongoClient[Document](mongodb_uri, tz_aware=True, retryWrites=False) as client:
        database = client[f"todo_{uuid4().hex[:12]}"]
        current, upgraded = (
            PublishedLake(_settings(tmp_path_factory.mktemp(name)), database)
            for name in ("current", "upgraded")
        )
        current.pipeline.insert(activity(START, 2, 150, seed=3))
        current.pipeline.publish(*BOTH)
        publish_as_before(upgraded.pipeline, OLD)
        upgraded.pipeline.publish(NEW)
        yield Lakes(current, upgraded)


def _settings(folder: Path) -> Settings:
    return Settings(
        mongodb_uri=None,
        mongodb_database="",
        zone_uris={zone: f"{folder.as_uri()}/{zone}" for zone in ZONES},
        catalog_uri=f"{folder.as_uri()}/catalog.sqlite",
    )


def in_order(rows: pa.Table, table: LakeTable) -> list[Row]:
    found: list[Row] = rows.sort_by([(name, "ascending") for name in table.sorted_by]).to_pylist()
    return found


def as_of_old(row: Row, table: LakeTable) -> Row:
    """Return what the present code must read if an old file contains this row."""
    since = SINCE[table]
    found = row | {since.added: None}
    if since.added_to_images:
        for side in ("before", "after"):
            found[side] = row[side] and row[side] | {since.added_to_images: None}
    return found


@pytest.mark.parametrize("table", SINCE, ids=lambda table: table.physical)
def test_old_rows_lack_only_added_columns(lakes: Lakes, table: LakeTable) -> None:
    old, new = (lakes.current.rows(table, [hour]) for hour in BOTH)
    assert old
    assert lakes.upgraded.rows(table, [OLD]) == [as_of_old(row, table) for row in old]
    assert lakes.upgraded.rows(table, [NEW]) == new
    assert len(lakes.upgraded.rows(table, BOTH)) == len(old) + len(new)


def test_queries_read_old_and_new_hours(lakes: Lakes) -> None:
    sql = """
        SELECT COUNT(*) AS n, COUNT(request_id) AS known, COUNT(after.category) AS categories,
               COUNT(after.title) AS titles
        FROM bronze_task_changes WHERE hour IN ('10', '11')
    """
    (current,), (upgraded,) = lakes.current.pipeline.rows(sql), lakes.upgraded.pipeline.rows(sql)
    assert (upgraded["n"], upgraded["titles"]) == (current["n"], current["titles"])
    assert 0 < upgraded["known"] < current["known"]
    assert 0 < upgraded["categories"] < current["categories"]


@pytest.mark.parametrize("view", sorted(views()))
def test_view_reads_old_and_new_hours(lakes: Lakes, view: str) -> None:
    current, upgraded = (
        each.pipeline.rows(f"SELECT * FROM {view}") for each in (lakes.current, lakes.upgraded)
    )
    assert len(upgraded) == len(current)


def test_removed_column_cannot_be_queried(lakes: Lakes) -> None:
    with pytest.raises(QueryError, match=REMOVED):
        lakes.upgraded.pipeline.rows(f"SELECT {REMOVED} FROM silver_task_changes")


def test_added_counter_is_zero_in_old_hours(lakes: Lakes) -> None:
    lakes.current.pipeline.write(*BOTH)
    current = documents(lakes.current.pipeline.database)
    lakes.upgraded.pipeline.now = lakes.current.pipeline.now
    lakes.upgraded.pipeline.write(*BOTH)
    upgraded = documents(lakes.upgraded.pipeline.database)
    assert _without_activity(upgraded) == _without_activity(current)
    counts = [(upgraded[who]["activity"]["reopened"], current[who]["activity"]["reopened"]) for who in USERS]
    assert sum(then for then, _ in counts) < sum(since for _, since in counts)


def test_business_metrics_are_unchanged(lakes: Lakes) -> None:
    current, upgraded = (
        business_metrics(each.pipeline.database, each.stores, LATER)
        for each in (lakes.current, lakes.upgraded)
    )
    assert upgraded == current


@pytest.mark.parametrize("table", DAILY_OF, ids=lambda table: table.physical)
def test_old_and_new_hours_add_up(lakes: Lakes, table: LakeTable) -> None:
    """This test uses compaction; merging the slices of an hour calls the same function."""

    def day(lake: PublishedLake) -> list[Row]:
        hours = [pa.Table.from_pylist(lake.rows(table, [hour]), schema=table.columns) for hour in BOTH]
        return [row | {SINCE[table].added: None} for row in in_order(add_up(hours, table), table)]

    assert day(lakes.upgraded) == day(lakes.current)


def test_glue_partitions_have_columns_of_their_table(
    aws_settings: Settings, aws: Aws, changes: Changes
) -> None:
    pipeline = Pipeline(aws_settings, changes.database, LATER)
    pipeline.lake = open_stores(aws_settings, aws).lake
    pipeline.insert(activity(START, 1, 20, seed=3))
    pipeline.publish(OLD)
    glue, database = aws.client("glue"), aws_settings.catalog_uri.removeprefix("glue://")
    for table in TABLES:
        place = {"DatabaseName": database, "TableName": table.physical}
        partition = glue.get_partition(**place, PartitionValues=[OLD.dt, OLD.hour])["Partition"]
        deployed = glue.get_table(DatabaseName=database, Name=table.physical)["Table"]
        declared = [
            {"Name": each["Name"], "Type": each["Type"]} for each in deployed["StorageDescriptor"]["Columns"]
        ]
        assert partition["StorageDescriptor"]["Columns"] == declared == glue_columns(table)


def _without_activity(figures: dict[str, Any]) -> dict[str, Any]:
    """Return the figures without the counts that use the added column, which the old hour lacks."""
    return {
        who: {name: value for name, value in document.items() if name not in ("activity", "parts")}
        | {"totals": {**document.get("totals", {}), "counts": None}}
        for who, document in figures.items()
    }
