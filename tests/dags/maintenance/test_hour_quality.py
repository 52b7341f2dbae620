"""The table gold.hours, in which readers find the quality of each published hour."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.dags.change_log import NOON, created, task, user
from tests.dags.insights import Pipeline
from todo_insights.catalog.base import Partition
from todo_insights.catalog.stores import open_stores
from todo_insights.core.database import Database
from todo_insights.core.hours import Hour
from todo_insights.core.settings import Settings
from todo_insights.hourly.extract import Changes
from todo_insights.lake.schema import GOLD_HOURS
from todo_insights.maintenance import hour_quality
from todo_insights.maintenance.hour_quality import record_due_days, record_hours
from todo_insights.maintenance.recovery import recover

HOUR = Hour.containing(NOON)
NEXT = HOUR.next
SETTLED = HOUR.end + timedelta(hours=2)


class Recorder(Pipeline):
    """The pipeline of the tests with the additional step that writes the quality of the published hours."""

    def publish_at(self, now: datetime, *hours: Hour) -> None:
        self.now = now
        self.publish(*hours)
        record_hours([str(hour) for hour in hours], open_stores(self.settings), self.tick())

    def hours(self) -> dict[str, dict[str, Any]]:
        return {f"{row.pop('hour'):%H}": row for row in self.rows("SELECT * FROM gold_hours")}


@pytest.fixture
def pipeline(settings: Settings, changes: Changes) -> Recorder:
    changes.insert_many([created(user()), created(task()), created(task(_id="bad", status="lost"))])
    database: Database = changes.database
    return Recorder(settings, database, SETTLED)


def test_row_has_time_and_counts_of_reading(pipeline: Recorder) -> None:
    pipeline.publish_at(SETTLED, HOUR)
    assert pipeline.hours() == {
        "12": {
            "as_of": (SETTLED + timedelta(seconds=1)).replace(tzinfo=None),
            "source_count": 3,
            "rejects": 1,
            "late": 0,
            "provisional": False,
            "published_at": (SETTLED + timedelta(seconds=2)).replace(tzinfo=None),
            "dt": "2026-11-20",
        }
    }


def test_changes_of_an_open_hour_are_not_late_and_later_ones_are(
    pipeline: Recorder, changes: Changes
) -> None:
    pipeline.publish_at(HOUR.end - timedelta(minutes=1), HOUR)
    assert pipeline.hours()["12"]["provisional"]
    changes.insert_one(created(task(_id="t2")))
    pipeline.publish_at(SETTLED, HOUR, NEXT)
    assert (pipeline.hours()["12"]["provisional"], pipeline.hours()["12"]["late"]) == (False, 0)
    changes.insert_many([created(task(_id="t3")), created(task(_id="t4"))])
    pipeline.publish_at(SETTLED + timedelta(hours=1), HOUR)
    changes.insert_one(created(task(_id="t5")))
    pipeline.publish_at(SETTLED + timedelta(hours=2), HOUR)
    # If an hour is read again and has no new changes, its number of late changes does not change.
    pipeline.publish_at(SETTLED + timedelta(hours=3), HOUR)
    found = pipeline.hours()
    assert (found["12"]["source_count"], found["12"]["late"]) == (7, 3)
    assert (found["13"]["source_count"], found["13"]["late"]) == (0, 0)


def test_older_reading_changes_no_row(pipeline: Recorder, changes: Changes) -> None:
    pipeline.publish_at(SETTLED, HOUR)
    before = pipeline.hours()
    changes.insert_one(created(task(_id="t2")))
    pipeline.publish_at(SETTLED - timedelta(minutes=30), HOUR)
    assert pipeline.hours() == before


def test_compaction_writes_rows_that_are_missing_or_damaged(pipeline: Recorder) -> None:
    pipeline.publish(HOUR, NEXT)
    stores = open_stores(pipeline.settings)
    assert pipeline.hours() == {}
    assert record_due_days(stores, pipeline.tick()) == [HOUR.dt]
    assert pipeline.hours().keys() == {"12", "13"}
    assert record_due_days(stores, pipeline.tick()) == []
    (day,) = stores.catalog.snapshot([GOLD_HOURS.physical])
    Path(stores.lake.path("gold", day.location, day.files[0].name)).write_bytes(b"")
    assert record_due_days(stores, pipeline.tick()) == [HOUR.dt]
    assert pipeline.hours().keys() == {"12", "13"}


def test_recovered_catalog_keeps_the_number_of_late_changes(pipeline: Recorder, changes: Changes) -> None:
    pipeline.publish_at(SETTLED, HOUR)
    changes.insert_one(created(task(_id="t2")))
    pipeline.publish_at(SETTLED + timedelta(hours=1), HOUR)
    Path(pipeline.settings.catalog_uri.removeprefix("file://")).unlink()
    recover(open_stores(pipeline.settings), pipeline.database, pipeline.tick())
    assert (pipeline.hours()["12"]["source_count"], pipeline.hours()["12"]["late"]) == (4, 1)


def test_hour_that_is_published_meanwhile_is_in_the_day(
    pipeline: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another run publishes an hour after this run has read the catalog and before it writes the day."""
    pipeline.publish(HOUR)
    rows_of, others = hour_quality._rows, [NEXT]

    def meanwhile(*given: Any) -> Any:
        if others:
            pipeline.publish(others.pop())
        return rows_of(*given)

    monkeypatch.setattr(hour_quality, "_rows", meanwhile)
    record_hours([str(HOUR)], open_stores(pipeline.settings), pipeline.tick())
    assert pipeline.hours().keys() == {"12", "13"}
    named = {each.location for each in _published(pipeline)}
    written = {path.parent.name for path in _folder(pipeline).rglob("*.parquet")}
    assert written == {location.rpartition("/")[2] for location in named}


def _published(pipeline: Recorder) -> list[Partition]:
    return open_stores(pipeline.settings).catalog.snapshot([GOLD_HOURS.physical])


def _folder(pipeline: Recorder) -> Path:
    return Path(pipeline.settings.zone_uris["gold"].removeprefix("file://")) / "hours"
