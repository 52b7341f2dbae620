"""An hour that is split into slices gives the same lake as the unsplit hour, even if slices are retried."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest

from tests.dags.activity import activity
from tests.dags.change_log import Document, after, created, task
from todo_insights.catalog.stores import Stores, open_stores
from todo_insights.core.errors import HourError, PublishError
from todo_insights.core.hours import Hour, from_text, hours_between
from todo_insights.core.settings import Settings
from todo_insights.hourly import planning
from todo_insights.hourly.extract import Changes
from todo_insights.hourly.manifest import Manifest, Reason, Slice
from todo_insights.hourly.planning import plan
from todo_insights.hourly.process import process
from todo_insights.hourly.publish import publish_hours
from todo_insights.lake.schema import TABLES
from todo_insights.sql.query import query

HOUR = Hour(datetime(2026, 11, 20, 12, tzinfo=UTC))
NOW = HOUR.end + timedelta(hours=1)
WHOLE = 1_000_000
REASON: Reason = "scheduled"


def log(count: int) -> list[Document]:
    """Return changes that create `count` tasks, most of them in the first minute of the hour."""
    random = Random(4)
    return [
        after(created(task(_id=f"t{number}")), min(3599, random.expovariate(1 / 30)))
        for number in range(count)
    ]


def cut(changes: Changes, limit: int) -> list[Slice]:
    return plan({HOUR: "scheduled"}, changes, limit)


def processed(hour_slices: list[Slice], changes: Changes, stores: Stores) -> list[Manifest]:
    return [process(slice_, changes.database, stores, NOW) for slice_ in hour_slices]


def contents(stores: Stores) -> dict[str, list[str]]:
    """Return the rows of every table in sorted order."""
    answers = {table.physical: query(f"SELECT * FROM {table.physical}", stores) for table in TABLES}
    return {name: sorted(map(repr, answer.rows)) for name, answer in answers.items()}


def test_merged_folder_has_time_of_reading(changes: Changes, settings: Settings) -> None:
    """The folder name must contain the time at which the log was read, because erasure needs this time."""
    changes.insert_many(log(20))
    stores = open_stores(settings)
    slow = processed(cut(changes, 10), changes, stores)
    publish_hours(slow, stores, settings.settle, NOW + timedelta(hours=5))
    assert len(slow) > 1
    assert all(f"/run={NOW:%Y%m%dT%H%M%S}-" in each.location for each in stores.catalog.snapshot())


def test_slices_cover_the_hour_without_overlap(changes: Changes) -> None:
    changes.insert_many(log(300))
    hour_slices = cut(changes, 40)
    assert len(hour_slices) > 300 / 40
    assert [slice_["slice"] for slice_ in hour_slices] == list(range(len(hour_slices)))
    assert {slice_["slices"] for slice_ in hour_slices} == {len(hour_slices)}
    assert all(left["end"] == right["start"] for left, right in pairwise(hour_slices))
    assert (from_text(hour_slices[0]["start"]), from_text(hour_slices[-1]["end"])) == (HOUR.start, HOUR.end)


def test_no_slice_exceeds_the_limit(changes: Changes, settings: Settings) -> None:
    changes.insert_many(log(300))
    manifests = processed(cut(changes, 40), changes, open_stores(settings))
    assert max(manifest["source_count"] for manifest in manifests) <= 40
    assert sum(manifest["source_count"] for manifest in manifests) == 300


def test_second_with_many_changes_stays_in_one_slice(changes: Changes, settings: Settings) -> None:
    changes.insert_many([created(task(_id=f"t{number}")) for number in range(60)])
    manifests = processed(cut(changes, 20), changes, open_stores(settings))
    assert max(manifest["source_count"] for manifest in manifests) == 60


def test_sliced_hour_equals_the_hour_in_one(changes: Changes, settings: Settings) -> None:
    changes.insert_many(activity(HOUR.start, hours=1, changes=400, seed=2))
    stores = open_stores(settings)
    publish_hours(processed(cut(changes, WHOLE), changes, stores), stores, settings.settle, NOW)
    in_one = contents(stores)
    hour_slices = cut(changes, 25)
    assert len(hour_slices) > 4
    publish_hours(processed(hour_slices, changes, stores), stores, settings.settle, NOW)
    assert contents(stores) == in_one
    assert {each.source_count for each in stores.catalog.snapshot()} == {
        changes.count_documents({"at": {"$gte": HOUR.start, "$lt": HOUR.end}})
    }


def test_retried_slice_counts_once(changes: Changes, settings: Settings) -> None:
    changes.insert_many(log(100))
    stores, hour_slices = open_stores(settings), cut(changes, 30)
    manifests = processed(hour_slices, changes, stores)
    again = [process(hour_slices[1], changes.database, stores, NOW + timedelta(minutes=1))]
    publish_hours([*again, *manifests], stores, settings.settle, NOW)
    assert len(contents(stores)["bronze_task_changes"]) == 100


def test_hour_without_all_slices_is_not_published(changes: Changes, settings: Settings) -> None:
    changes.insert_many(log(100))
    stores = open_stores(settings)
    manifests = processed(cut(changes, 30), changes, stores)
    with pytest.raises(PublishError, match=f"of {len(manifests)} slices"):
        publish_hours(manifests[1:], stores, settings.settle, NOW)
    assert stores.catalog.snapshot() == []


def test_failed_hour_blocks_no_other_hour(changes: Changes, settings: Settings) -> None:
    changes.insert_many(log(100))
    stores = open_stores(settings)
    broken = processed(cut(changes, 30), changes, stores)[1:]
    whole = processed(plan({HOUR.next: "scheduled"}, changes, WHOLE), changes, stores)
    with pytest.raises(PublishError, match=str(HOUR)):
        publish_hours([*broken, *whole], stores, settings.settle, NOW)
    assert {each.hour for each in stores.catalog.snapshot()} == {HOUR.next.hour}


def test_publishing_slices_again_changes_nothing(changes: Changes, settings: Settings) -> None:
    changes.insert_many(log(100))
    stores = open_stores(settings)
    manifests = processed(cut(changes, 30), changes, stores)
    publish_hours(manifests, stores, settings.settle, NOW)
    places = {each.location for each in stores.catalog.snapshot()}
    (again,) = publish_hours(manifests, stores, settings.settle, NOW + timedelta(minutes=1))
    assert set(again["outcomes"].values()) == {"unchanged"}
    assert {each.location for each in stores.catalog.snapshot()} == places


def test_published_files_are_copies_of_slice_files(changes: Changes, settings: Settings) -> None:
    """A later retry of a slice writes files of the slice only, so it never changes the published files."""
    changes.insert_many(log(100))
    stores = open_stores(settings)
    manifests = processed(cut(changes, 30), changes, stores)
    publish_hours(manifests, stores, settings.settle, NOW)
    written = {table["location"] for each in manifests for table in each["tables"].values()}
    assert not written & {each.location for each in stores.catalog.snapshot()}


def test_too_many_slices_are_refused(changes: Changes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "MAX_SLICES", 3)
    changes.insert_many(log(100))
    with pytest.raises(HourError, match="backfill"):
        cut(changes, 10)


def test_range_of_years_is_refused_without_counting(changes: Changes) -> None:
    hours = dict.fromkeys(hours_between(Hour.parse("2020-01-01T00"), Hour.parse("2026-01-01T00")), REASON)
    with pytest.raises(HourError, match=str(len(hours))):
        plan(hours, changes, WHOLE)
