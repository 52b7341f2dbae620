"""Maintenance finds differences between the catalog and the files."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.dags.insights import Pipeline
from tests.dags.maintenance.days import DAYS, HOURS, NOW, daily_partitions, late
from todo_insights.catalog.base import Partition
from todo_insights.catalog.stores import Stores, open_stores
from todo_insights.core.hours import Hour
from todo_insights.lake.encoding import encode
from todo_insights.lake.schema import DAILY_OF, GOLD_USERS
from todo_insights.maintenance.checks import LakeFinding
from todo_insights.maintenance.compaction import compact
from todo_insights.maintenance.maintain import maintain

HOUR = HOURS[7]


@pytest.fixture
def stores(pipeline: Pipeline) -> Stores:
    stores = open_stores(pipeline.settings)
    compact(None, stores, pipeline.tick())
    return stores


def the_finding(pipeline: Pipeline, stores: Stores) -> LakeFinding:
    (finding,) = maintain(stores, pipeline.database, NOW + timedelta(hours=1))["findings"]
    return finding


def partition(stores: Stores, table: str, hour: str | None = HOUR.hour) -> Partition:
    return next(each for each in stores.catalog.snapshot([table]) if (each.dt, each.hour) == (HOUR.dt, hour))


def path(stores: Stores, found: Partition) -> Path:
    zone = found.table.partition("_")[0]
    return Path(stores.lake.path(zone, found.location, found.files[0].name))


def point(stores: Stores, found: Partition) -> None:
    """Publish a partition without a check that its files exist."""
    stores.catalog.publish([found], NOW, lambda _: None)


@pytest.mark.parametrize(
    "damage", [Path.unlink, lambda path: path.write_bytes(b"short")], ids=["gone", "cut"]
)
def test_damaged_file_is_found_and_repaired(
    pipeline: Pipeline, stores: Stores, damage: Callable[[Path], object]
) -> None:
    damage(path(stores, partition(stores, "silver_task_changes")))
    finding = the_finding(pipeline, stores)
    assert finding["where"] == f"silver_task_changes {HOUR}"
    assert "missing or incomplete" in finding["what"]
    assert finding["advice"].endswith(
        f"run --from {HOUR} --to {HOUR.next} (make etl FROM={HOUR} TO={HOUR.next})"
    )
    pipeline.publish(HOUR)
    assert maintain(stores, pipeline.database, NOW + timedelta(hours=1))["findings"] == []


def test_damaged_content_of_gold_is_found_with_its_name(pipeline: Pipeline, stores: Stores) -> None:
    day = partition(stores, DAILY_OF[GOLD_USERS].physical, None)
    content = path(stores, day).read_bytes()
    path(stores, day).write_bytes(content[:4] + bytes(len(content) // 2) + content[4 + len(content) // 2 :])
    finding = the_finding(pipeline, stores)
    assert finding["where"] == f"gold_user_activity_daily {HOUR.dt}"
    assert f"gold/{day.location}/{day.files[0].name}" in finding["what"]


def test_lost_file_of_a_day_is_found_with_one_way_out(pipeline: Pipeline, stores: Stores) -> None:
    path(stores, partition(stores, DAILY_OF[GOLD_USERS].physical, None)).unlink()
    finding = the_finding(pipeline, stores)
    assert finding["what"].endswith("is missing or incomplete; compact the day again")
    assert finding["advice"].endswith(
        "or compact --from 2026-11-18 --to 2026-11-19 (make compact FROM=2026-11-18 TO=2026-11-19)"
    )


def test_file_beside_the_published_ones_is_found(pipeline: Pipeline, stores: Stores) -> None:
    path(stores, partition(stores, "gold_user_activity")).with_name("copy.parquet").write_bytes(b"x")
    finding = the_finding(pipeline, stores)
    assert finding["where"] == f"gold_user_activity {HOUR}"
    assert "copy.parquet" in finding["what"]


def test_hour_without_some_tables_is_found(pipeline: Pipeline, stores: Stores) -> None:
    lone = replace(partition(stores, "silver_rejects"), dt="2026-11-20", hour="02")
    point(stores, replace(lone, location=lone.location))
    finding = the_finding(pipeline, stores)
    assert finding["where"] == "2026-11-20T02"
    lacking = "bronze_task_changes, bronze_user_changes, gold_"
    assert finding["what"].startswith(f"this hour has no partition in {lacking}")
    assert (
        finding["advice"]
        == "run --from 2026-11-20T02 --to 2026-11-20T03 (make etl FROM=2026-11-20T02 TO=2026-11-20T03)"
    )


def test_tables_of_different_readings_are_found(pipeline: Pipeline, stores: Stores) -> None:
    found = partition(stores, "bronze_task_changes")
    point(stores, replace(found, source_count=found.source_count + 1))
    finding = the_finding(pipeline, stores)
    assert finding["where"] == str(HOUR)
    assert f"{found.source_count} and {found.source_count + 1} changes" in finding["what"]


def test_gap_between_hours_is_found(pipeline: Pipeline, stores: Stores) -> None:
    pipeline.publish(Hour.parse("2026-11-20T05"))
    finding = the_finding(pipeline, stores)
    assert (finding["where"], finding["what"]) == ("2026-11-20T02", "3 hours were never published")
    assert (
        finding["advice"]
        == "run --from 2026-11-20T02 --to 2026-11-20T05 (make etl FROM=2026-11-20T02 TO=2026-11-20T05)"
    )


def test_outdated_day_is_found_and_repaired(pipeline: Pipeline, stores: Stores) -> None:
    """A run that was killed before it compacted a changed day again leaves the lake in this state."""
    days = [each for each in daily_partitions(stores) if each.dt == HOUR.dt]
    pipeline.database.changes.insert_one(late(1, HOUR))
    pipeline.publish(HOUR)
    stores.catalog.withdraw(days[0].table, HOUR.dt)
    point(stores, days[0])
    finding = the_finding(pipeline, stores)
    assert finding["where"] == f"{days[0].table} {HOUR.dt}"
    assert "changed since it was compacted" in finding["what"]
    compact(None, stores, pipeline.tick())
    assert maintain(stores, pipeline.database, NOW + timedelta(hours=1))["findings"] == []


def test_day_with_wrong_totals_is_found_and_repaired(pipeline: Pipeline, stores: Stores) -> None:
    day = partition(stores, DAILY_OF[GOLD_USERS].physical, None)
    rows = stores.lake.read(
        DAILY_OF[GOLD_USERS], [(day.location, day.files[0].name)], DAILY_OF[GOLD_USERS].columns.names
    )
    location = f"user_activity_daily/dt={day.dt}/run=20261121T120000-0123456789ab"
    file = stores.lake.write(
        "gold", location, "part-00000.parquet", encode(rows.slice(1), DAILY_OF[GOLD_USERS])
    )
    point(stores, replace(day, location=location, files=(file,), checksum=file.checksum))
    finding = the_finding(pipeline, stores)
    assert finding["where"] == f"gold_user_activity_daily {day.dt}"
    assert (
        finding["advice"]
        == "compact --from 2026-11-18 --to 2026-11-19 (make compact FROM=2026-11-18 TO=2026-11-19)"
    )
    compact(DAYS[:1], stores, pipeline.tick())
    assert maintain(stores, pipeline.database, NOW + timedelta(hours=1))["findings"] == []
