"""Days that are folded and days that are not, each counted once."""

from dataclasses import replace
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from todo_insights.core.hours import Hour
from todo_insights.core.settings import Settings
from todo_insights.lake.catalog import Partition
from todo_insights.lake.days import prefer_daily, read_prefer_daily
from todo_insights.lake.files import daily_location_of, location_of
from todo_insights.lake.schema import DAILY_OF, GOLD_CATEGORIES, GOLD_USERS, LakeTable
from todo_insights.lake.storage import Lake, encode

DAILY = DAILY_OF[GOLD_CATEGORIES]
TEN = datetime(2026, 11, 20, 10, tzinfo=UTC)


@pytest.fixture
def lake(settings: Settings) -> Lake:
    return Lake(settings.zone_uris)


def stored(lake: Lake, table: LakeTable, dt: str, hour: str | None, changes: int) -> Partition:
    """A partition with one cell in which so many changes happened, or with no row for none."""
    location = (
        location_of(table, Hour.parse(f"{dt}T{hour}"), "a") if hour else daily_location_of(table, dt, "a")
    )
    row = {name: 0 for name in table.columns.names} | {
        "category": "home",
        "priority": "low",
        "changes": changes,
    }
    rows = pa.Table.from_pylist([row] if changes else [], schema=table.columns)
    file = lake.write(table.zone, location, "part-00000.parquet", encode(rows, table))
    return Partition(
        table=table.physical,
        dt=dt,
        hour=hour,
        location=location,
        files=(file,),
        row_count=rows.num_rows,
        source_count=changes,
        rejects=0,
        min_at=None,
        max_at=None,
        checksum=file.checksum,
        schema_version=1,
        code_version="1",
        as_of=TEN,
        run_id="a",
        provisional=False,
    )


def test_folded_day_stands_for_its_hours(lake: Lake) -> None:
    hours = [stored(lake, GOLD_CATEGORIES, day, "10", 1) for day in ("2026-11-19", "2026-11-20")]
    day = stored(lake, DAILY, "2026-11-19", None, 1)
    assert prefer_daily([*hours, day]) == [hours[1], day]


def test_day_of_another_table_hides_no_hour(lake: Lake) -> None:
    hour = stored(lake, GOLD_CATEGORIES, "2026-11-20", "10", 1)
    day = replace(stored(lake, DAILY, "2026-11-20", None, 1), table=DAILY_OF[GOLD_USERS].physical)
    assert prefer_daily([hour, day]) == [hour, day]


def test_rows_come_from_days_and_hours(lake: Lake) -> None:
    partitions = [
        stored(lake, GOLD_CATEGORIES, "2026-11-19", "10", 1),
        stored(lake, GOLD_CATEGORIES, "2026-11-20", "10", 4),
        stored(lake, GOLD_CATEGORIES, "2026-11-20", "11", 0),
        stored(lake, DAILY, "2026-11-19", None, 2),
    ]
    rows = read_prefer_daily(GOLD_CATEGORIES, partitions, ["dt", "changes"], lake)
    assert sorted(map(tuple, (row.values() for row in rows.to_pylist()))) == [
        ("2026-11-19", 2),
        ("2026-11-20", 4),
    ]


def test_lake_without_a_partition_has_no_row(lake: Lake) -> None:
    assert read_prefer_daily(GOLD_CATEGORIES, [], ["dt", "changes"], lake).num_rows == 0
