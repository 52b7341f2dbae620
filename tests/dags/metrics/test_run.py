"""The metrics of a run, computed from its published hours, the catalog and the log."""

import logging
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.dags.change_log import NOON, created, task, user
from tests.dags.insights import Pipeline
from todo_insights.catalog.stores import open_stores
from todo_insights.core.hours import Hour
from todo_insights.core.settings import Settings
from todo_insights.hourly.extract import Changes
from todo_insights.hourly.manifest import Published
from todo_insights.lake.schema import ALL_TABLES
from todo_insights.maintenance.maintain import maintain, of_maintenance
from todo_insights.metrics.run import of_run

HOUR = Hour(NOON)
LOG = [
    created(user()),
    created(task()),
    created(task(_id="t2")),
    created(task(_id="bad", status="done")),
]
# Values that are not dates. The database sorts some of these types before dates, and the others after dates.
NO_DATES: list[dict[str, Any]] = [
    {},
    {"at": None},
    {"at": "yesterday"},
    {"at": "2026-11-20T12:00:00Z"},
    {"at": 5},
    {"at": True},
    {"at": {"seconds": 5}},
]


@pytest.fixture
def pipeline(settings: Settings, changes: Changes) -> Pipeline:
    """A pipeline that published an hour of four changes, with one reject."""
    made = Pipeline(settings, changes.database, HOUR.end + timedelta(minutes=10))
    made.insert(LOG)
    made.publish(HOUR)
    return made


def an_hour(**fields: Any) -> Published:
    published = Published(
        hour=str(HOUR),
        reason="scheduled",
        source_count=4,
        rejects=1,
        seconds=1.5,
        peak_mb=200.0,
        outcomes={},
    )
    published.update(fields)  # type: ignore[typeddict-item]
    return published


def metrics(
    pipeline: Pipeline, *published: Published, failed: int = 0, now: datetime | None = None
) -> dict[str, float]:
    found = of_run(
        published,
        failed,
        open_stores(pipeline.settings),
        pipeline.database.changes,
        pipeline.settings,
        12.5,
        now or HOUR.end + timedelta(minutes=15),
    )
    return {f"{each.name}.{each.table}" if each.table else each.name: each.value for each in found}


def test_run_counts_its_changes_and_hours(pipeline: Pipeline) -> None:
    assert metrics(pipeline, an_hour()) == {
        "LastPublishedHourAgeMinutes": 15,
        "SourceLagSeconds": 0,
        "RowsExtracted": 4,
        "RowsExtracted.bronze_task_changes": 3,
        "RowsExtracted.bronze_user_changes": 1,
        "RowsRejected": 1,
        "LateHours": 0,
        "HoursFailed": 0,
        "RunSeconds": 12.5,
        "PeakMemoryMb": 200,
    }


def test_late_hours_and_peak_memory_are_sent(pipeline: Pipeline) -> None:
    erased = an_hour(reason="erased", peak_mb=150.0)
    found = metrics(pipeline, an_hour(reason="late"), an_hour(peak_mb=300.0), erased, failed=2)
    assert (found["LateHours"], found["HoursFailed"], found["PeakMemoryMb"]) == (1, 2, 300)


def test_run_without_published_hours_sends_metrics(pipeline: Pipeline) -> None:
    found = metrics(pipeline, failed=1)
    assert (found["RowsExtracted"], found["HoursFailed"]) == (0, 1)
    assert "PeakMemoryMb" not in found


def test_lag_ends_at_the_newest_change(pipeline: Pipeline) -> None:
    """The newest change is 40 minutes after the end of the published hours."""
    late = [created(task(_id=f"t{each}"), at=HOUR.end + timedelta(minutes=each)) for each in (5, 40)]
    pipeline.database.changes.insert_many(late)
    assert metrics(pipeline, an_hour())["SourceLagSeconds"] == 40 * 60


@pytest.mark.parametrize("away", [timedelta(minutes=15), timedelta(days=3)], ids=["recently", "days ago"])
def test_age_counts_from_newest_closed_hour(pipeline: Pipeline, away: timedelta) -> None:
    """The next hour is published, too, but it was read before its end, so it does not count."""
    pipeline.now = HOUR.end + timedelta(minutes=20)
    pipeline.publish(HOUR.next)
    found = metrics(pipeline, now=HOUR.end + away)
    assert found["LastPublishedHourAgeMinutes"] == away / timedelta(minutes=1)


def test_empty_lake_has_no_age(settings: Settings, changes: Changes) -> None:
    found = metrics(Pipeline(settings, changes.database, NOON))
    assert "LastPublishedHourAgeMinutes" not in found
    assert found["RowsExtracted"] == found["RowsRejected"] == 0


@pytest.mark.parametrize("fields", NO_DATES, ids=str)
def test_change_without_a_date_counts_as_rejected(
    pipeline: Pipeline, fields: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    odd = created(task(_id="odd"))
    del odd["at"]
    pipeline.database.changes.insert_one(odd | fields)
    found = metrics(pipeline, an_hour())
    assert (found["RowsRejected"], found["RowsExtracted"]) == (2, 4)
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


def test_orphans_are_sent_by_table_and_in_total(pipeline: Pipeline) -> None:
    """Maintenance deletes files of failed runs later, but files with unknown names need an operator."""
    pipeline.lake.write("gold", "user_activity/by-hand", "copy.parquet", b"")
    found = of_maintenance(maintain(open_stores(pipeline.settings), pipeline.database, pipeline.now))
    values = {each.table: each.value for each in found}
    assert values == dict.fromkeys((table.physical for table in ALL_TABLES), 0) | {
        None: 1,
        "gold_user_activity": 1,
    }
