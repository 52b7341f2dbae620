"""The hours of the lake `two_days`, and functions that read this lake."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.dags.change_log import Document, created, task
from tests.dags.oracle import comparable
from todo_insights.catalog.base import Partition
from todo_insights.catalog.stores import Stores
from todo_insights.core.hours import Hour, hours_between
from todo_insights.sql.athena import views
from todo_insights.sql.query import query

FIRST = Hour.parse("2026-11-18T00")
DAYS = ["2026-11-18", "2026-11-19"]
HOURS = list(hours_between(FIRST, Hour(FIRST.start + timedelta(hours=50))))
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAILY = ["gold_category_activity_daily", "gold_user_activity_daily"]
# One statement counts the changes in both Gold tables. Different counts would mean that a reader can see
# tables from different publications.
SEEN = """
    SELECT (SELECT SUM(changes) FROM user_activity) AS users,
           (SELECT SUM(changes) FROM category_activity) AS categories
"""


def late(number: int, hour: Hour) -> Document:
    """Return a change of this hour, which a test inserts after the hour was published."""
    return created(task(_id=f"late{number}", user_id="ada"), at=hour.start + timedelta(minutes=5))


def daily_partitions(stores: Stores) -> list[Partition]:
    """Return the partitions of the daily tables."""
    return stores.catalog.snapshot(DAILY)


def compacted_days(stores: Stores) -> list[tuple[str, str]]:
    return [(each.table, each.dt) for each in daily_partitions(stores)]


def answers(stores: Stores) -> dict[str, list[Any]]:
    """Return the rows of every view in sorted order."""
    return {
        view: sorted(
            (tuple(map(comparable, row)) for row in query(f"SELECT * FROM {view}", stores).rows), key=repr
        )
        for view in views()
    }


def look(stores: Stores) -> tuple[Any, ...]:
    (row,) = query(SEEN, stores).rows
    return row


def files(stores: Stores, zone: str = "gold") -> set[str]:
    """Return the paths of all files in a zone, relative to the zone."""
    root = Path(stores.lake.path(zone, "", "").rstrip("/"))
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
