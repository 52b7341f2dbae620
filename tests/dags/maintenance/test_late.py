"""An hour with more changes in the log than were published is found and processed again."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest

from tests.dags.change_log import Document, created, task
from todo_insights.catalog.stores import open_stores
from todo_insights.core.database import open_database
from todo_insights.core.hours import Hour
from todo_insights.core.settings import Settings
from todo_insights.hourly.extract import Changes
from todo_insights.hourly.manifest import Reason
from todo_insights.hourly.planning import plan
from todo_insights.hourly.process import process
from todo_insights.hourly.publish import publish_hours
from todo_insights.maintenance.maintain import Report, maintain
from todo_insights.maintenance.reprocessing import hours_to_reprocess, is_compared_today
from todo_insights.sql.query import query

NOW = datetime.fromisoformat("2026-11-20T12:30:00+00:00")
LATE = "2026-11-20T09"


def made_in(hour: str, *ids: str) -> list[Document]:
    return [
        created(task(_id=f"{hour}-{each}")) | {"at": Hour.parse(hour).start + timedelta(minutes=59)}
        for each in ids
    ]


def run(hours: Iterable[str], changes: Changes, settings: Settings, now: datetime) -> None:
    stores = open_stores(settings)
    hour_slices = plan(dict.fromkeys(map(Hour.parse, hours), "scheduled"), changes, 1_000_000)
    manifests = [process(slice_, changes.database, stores, now) for slice_ in hour_slices]
    publish_hours(manifests, stores, settings.settle, now)


def repeated(settings: Settings, now: datetime = NOW) -> dict[str, Reason]:
    with open_database(settings) as database:
        found = hours_to_reprocess(database, open_stores(settings), settings, now)
    return {str(hour): reason for hour, reason in found.items()}


def created_by(settings: Settings) -> object:
    return query("SELECT SUM(tasks_created) FROM gold_user_activity", open_stores(settings)).rows[0][0]


@pytest.mark.parametrize(
    ("hour", "is_late"),
    [
        ("2026-11-20T11", True),
        ("2026-11-20T03", True),
        ("2026-11-19T12", True),  # The look-back begins in this hour.
        ("2026-11-19T11", False),  # This hour ended before the look-back began.
        ("2026-11-20T08", False),  # This hour was never published.
        ("2026-11-20T12", False),  # This hour has not ended yet.
    ],
)
def test_late_change_causes_reprocessing_of_its_hour(
    hour: str, is_late: bool, changes: Changes, settings: Settings
) -> None:
    published = [f"2026-11-19T{each}" for each in (11, 12)]
    published += [f"2026-11-20T{each}" for each in ("03", "10", "11", "12")]
    for each in published:
        changes.insert_many(made_in(each, "first"))
    run(published, changes, settings, NOW)
    assert repeated(settings) == {}
    changes.insert_many(made_in(hour, "late"))
    assert repeated(settings) == ({hour: "late"} if is_late else {})


def test_reprocessed_hour_is_not_late(changes: Changes, settings: Settings) -> None:
    changes.insert_many(made_in(LATE, "first"))
    run([LATE], changes, settings, NOW)
    changes.insert_many(made_in(LATE, "second", "third"))
    run(repeated(settings), changes, settings, NOW + timedelta(minutes=1))
    assert (repeated(settings), created_by(settings)) == ({}, 3)


def test_hour_read_while_open_is_not_late(changes: Changes, settings: Settings) -> None:
    changes.insert_many(made_in(LATE, "first"))
    run([LATE], changes, settings, Hour.parse(LATE).end)
    changes.insert_many(made_in(LATE, "second"))
    assert repeated(settings) == {}


def test_malformed_late_change_counts_as_well(changes: Changes, settings: Settings) -> None:
    run([LATE], changes, settings, NOW)
    changes.insert_many([each | {"op": 5} for each in made_in(LATE, "bad")])
    assert repeated(settings) == {LATE: "late"}


def test_hour_with_fewer_changes_is_not_late(changes: Changes, settings: Settings) -> None:
    changes.insert_many(made_in(LATE, "first", "second"))
    run([LATE], changes, settings, NOW)
    assert changes.delete_one({"_id": f"task:{LATE}-second:1"}).deleted_count == 1
    assert repeated(settings) == {}


def maintained(changes: Changes, settings: Settings, now: datetime) -> Report:
    return maintain(open_stores(settings), changes.database, now)


def test_change_thirty_hours_late_reaches_the_lake(changes: Changes, settings: Settings) -> None:
    changes.insert_many(made_in(LATE, "first"))
    run([LATE], changes, settings, NOW)
    changes.insert_many(made_in(LATE, "second"))
    later = NOW + timedelta(hours=30)
    assert repeated(settings, later) == {}
    report = maintained(changes, settings, later)
    assert (report["reprocessed"], report["findings"]) == ([LATE], [])
    # A second run of maintenance before the next hourly run has no effect.
    maintained(changes, settings, later + timedelta(minutes=1))
    assert repeated(settings, later + timedelta(hours=1)) == {LATE: "late"}
    run([LATE], changes, settings, later + timedelta(hours=1))
    assert (created_by(settings), repeated(settings, later + timedelta(hours=1))) == (2, {})
    assert changes.database.reprocessing_requests.count_documents({}) == 0
    assert maintained(changes, settings, later + timedelta(hours=2))["reprocessed"] == []


def test_each_older_day_has_its_turn_once_in_thirty_days() -> None:
    first = NOW.date()
    for back in range(1, 800):
        day = str(first - timedelta(days=back))
        turns = [ahead for ahead in range(30) if is_compared_today(day, first + timedelta(days=ahead))]
        assert len(turns) == (1 if back >= 7 else 7 - back + (back + 29 >= 30)), day


def test_changes_that_left_the_log_are_reported(changes: Changes, settings: Settings) -> None:
    changes.insert_many([*made_in("2026-11-20T08", "older"), *made_in(LATE, "first", "second")])
    run(["2026-11-20T08", LATE], changes, settings, NOW)
    assert changes.delete_one({"_id": f"task:{LATE}-second:1"}).deleted_count == 1
    report = maintained(changes, settings, NOW)
    (finding,) = report["findings"]
    assert finding["where"] == LATE
    assert "contains 1 changes of this hour, but 2 are published" in finding["what"]


def test_expired_log_is_no_problem(changes: Changes, settings: Settings) -> None:
    changes.insert_many([*made_in(LATE, "first"), *made_in("2026-11-20T11", "newer")])
    run([LATE, "2026-11-20T10", "2026-11-20T11"], changes, settings, NOW)
    assert changes.delete_one({"_id": f"task:{LATE}-first:1"}).deleted_count == 1
    report = maintained(changes, settings, NOW)
    assert (report["findings"], report["reprocessed"]) == ([], [])
