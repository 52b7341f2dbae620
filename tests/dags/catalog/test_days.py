"""Readers use daily partitions up to the cutoff and hours after it, so that they count each day once."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from tests.dags.catalog.partitions import with_file
from todo_insights.catalog.base import Partition
from todo_insights.catalog.days import DAY_VIEWS, NO_CUTOFF, cutoff_in, read_by_views, with_cutoff
from todo_insights.core.hours import Hour
from todo_insights.core.settings import Settings
from todo_insights.lake.encoding import encode
from todo_insights.lake.files import daily_location_of, location_of
from todo_insights.lake.schema import DAILY_OF, GOLD_CATEGORIES, SILVER_REJECTS, LakeTable
from todo_insights.lake.storage import Lake
from todo_insights.sql.athena import views

DAILY = DAILY_OF[GOLD_CATEGORIES]
TEN = datetime(2026, 11, 20, 10, tzinfo=UTC)


@pytest.fixture
def lake(settings: Settings) -> Lake:
    return Lake(settings.zone_uris)


def stored(lake: Lake, table: LakeTable, dt: str, hour: str | None, changes: int) -> Partition:
    """Write a partition with one row that counts this number of changes, or no row if the number is 0."""
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
    return with_file(
        table.physical,
        location,
        file,
        dt=dt,
        hour=hour,
        row_count=rows.num_rows,
        source_count=changes,
        as_of=TEN,
        run_id="a",
    )


def test_days_up_to_the_cutoff_stand_for_their_hours(lake: Lake) -> None:
    days = ("2026-11-18", "2026-11-19", "2026-11-20")
    hours = [stored(lake, GOLD_CATEGORIES, day, "10", 1) for day in days]
    daily = [stored(lake, DAILY, day, None, 1) for day in days]
    silver = stored(lake, SILVER_REJECTS, days[0], "10", 0)
    assert read_by_views([*hours, *daily, silver], days[1]) == [hours[2], *daily[:2], silver]
    assert read_by_views([*hours, *daily, silver], NO_CUTOFF) == [*hours, silver]


@pytest.mark.parametrize(
    "written",
    [
        "SELECT 1 FROM d WHERE dt <= '{0}' UNION ALL SELECT 1 FROM h WHERE dt > '{0}'",
        "SELECT 1 FROM d WHERE (dt <= '{0}') UNION ALL SELECT 1 FROM h WHERE (dt > '{0}')",
        "SELECT 1 FROM d WHERE \"d\".\"dt\" <= '{0}' UNION ALL SELECT 1 FROM h WHERE h.dt > '{0}'",
    ],
    ids=["as generated", "as Athena writes it", "as DuckDB reads it"],
)
def test_cutoff_is_found_and_replaced(written: str) -> None:
    sql = written.format("2026-11-19")
    assert cutoff_in(sql) == "2026-11-19"
    assert with_cutoff(sql, "2026-11-20") == written.format("2026-11-20")


def test_view_of_an_earlier_release_has_no_cutoff() -> None:
    assert cutoff_in("SELECT 1 FROM h WHERE dt NOT IN (SELECT dt FROM d)") is None


def test_every_day_view_has_a_cutoff() -> None:
    assert {name for name, sql in views().items() if cutoff_in(sql) == NO_CUTOFF} == {*DAY_VIEWS}
