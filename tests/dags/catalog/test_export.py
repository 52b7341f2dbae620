"""The export of the log contains every change once, the oldest hour first, and no erased data."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.dags.change_log import NOON, Document, after, created, deleted, task, updated, user
from todo_insights.catalog.export import export
from todo_insights.catalog.stores import Stores, open_stores
from todo_insights.core.errors import StorageError
from todo_insights.core.hours import Hour
from todo_insights.core.settings import Settings
from todo_insights.hourly.extract import Changes
from todo_insights.hourly.planning import plan
from todo_insights.hourly.process import process
from todo_insights.hourly.publish import publish_hours
from todo_insights.lake.schema import BRONZE_TASKS, SOURCE

HOURS = [Hour(NOON + timedelta(hours=number)) for number in range(3)]
CLOSED = NOON + timedelta(days=1)


@pytest.fixture
def stores(settings: Settings) -> Stores:
    return open_stores(settings)


@pytest.fixture
def log(changes: Changes) -> list[Document]:
    """Two hours of changes, and an empty hour between these hours; one of the hours has several slices."""
    first = task(title="a", tags=["x", "y"], due_date="2026-11-30", completed_at=None)
    documents = [
        created(user()),
        created(first),
        after(updated(first, title="b"), 1),
        after(created(task(_id="t2", user_id="bob")), 2),
        after(updated(task(title="b", version=2), status="completed", completed_at=NOON), 2 * 3600),
    ]
    changes.insert_many(documents)
    return documents


def publish(changes: Changes, stores: Stores, hours: list[Hour] = HOURS, now: datetime = CLOSED) -> None:
    hour_slices = plan(dict.fromkeys(hours, "scheduled"), changes, limit=2)
    manifests = [process(each, changes.database, stores, now) for each in hour_slices]
    publish_hours(manifests, stores, timedelta(minutes=5), now)


def exported(stores: Stores, **options: Any) -> list[Document]:
    return [each for each in export(stores, **options) if "entity" in each]


def by_id(documents: Iterable[Document]) -> dict[str, Document]:
    """Return the documents by their id, so that a failed comparison shows which document differs."""
    listed = list(documents)
    found = {each["_id"]: each for each in listed}
    assert len(found) == len(listed), "an id occurs twice"
    return found


def marks(stores: Stores) -> Iterator[Document]:
    return (each for each in export(stores) if "hour" in each)


@pytest.mark.parametrize("place", ["settings", "aws_settings"], ids=["files", "aws"])
def test_every_change_is_exported_unchanged(
    log: list[Document], changes: Changes, request: pytest.FixtureRequest, place: str
) -> None:
    stores = open_stores(request.getfixturevalue(place))
    publish(changes, stores)
    assert by_id(exported(stores)) == by_id(
        {name: document[name] for name in SOURCE.names} for document in log
    )


def test_invalid_changes_are_exported_unchanged(changes: Changes, stores: Stores) -> None:
    """Silver rejects invalid changes; Bronze contains them, and `flask changes rebuild` must accept them."""
    odd = [
        created(task()) | {"op": "exploded"},
        deleted(task(_id="t2")) | {"op": "exploded"},
        created(task(_id="t3", status="lost", priority="huge")),
        created(user(email=None, name=None)) | {"entity": "user", "_id": "user:ada:1", "time_zone": "Mars"},
    ]
    changes.insert_many(odd)
    publish(changes, stores)
    assert next(export(stores))["rejected"] == 0
    assert by_id(exported(stores)) == by_id(
        {name: document[name] for name in SOURCE.names} for document in odd
    )


def test_oldest_hour_is_exported_first(log: list[Document], changes: Changes, stores: Stores) -> None:
    publish(changes, stores, HOURS[::-1])
    assert [each["hour"] for each in marks(stores)] == [str(hour) for hour in HOURS]
    found = [each["at"] for each in exported(stores) if each["entity_id"] == "t1"]
    assert found == sorted(found)


def test_marks_count_the_changes_before(log: list[Document], changes: Changes, stores: Stores) -> None:
    publish(changes, stores)
    counts = [{name: each["count"] for name, each in mark["changes"].items()} for mark in marks(stores)]
    assert counts == [{"user": 1, "task": 3}, {"user": 0, "task": 0}, {"user": 0, "task": 1}]


def test_head_describes_the_whole_lake(log: list[Document], changes: Changes, stores: Stores) -> None:
    changes.insert_one(created(user()) | {"_id": "odd", "entity": "rocket"})
    publish(changes, stores, [HOURS[0]])
    publish(changes, stores, [HOURS[2]], now=HOURS[2].start + timedelta(minutes=1))
    head = next(export(stores))
    assert (head["covers_from"], head["covers_until"]) == (NOON, HOURS[2].start + timedelta(minutes=1))
    assert (head["hours"], head["missing_hours"], head["changes"], head["rejected"]) == (2, 1, 5, 1)


def test_export_continues_after_an_hour(log: list[Document], changes: Changes, stores: Stores) -> None:
    publish(changes, stores)
    assert [each["at"] for each in exported(stores, after=HOURS[1])] == [HOURS[2].start]


def test_words_of_deleted_users_are_not_exported(changes: Changes, stores: Stores) -> None:
    """Personal text of a deleted user is removed from every exported hour, also from earlier hours.

    A category is text that a user entered, so it is removed, too.
    """
    secret = task(title="A secret", description="hush", tags=["x"], category="home")
    changes.insert_many([created(user()), created(secret), after(deleted(user()), 7200)])
    publish(changes, stores)
    found = {each["_id"]: each for each in exported(stores)}
    assert found["user:ada:1"]["after"]["email"] is None
    image = found["task:t1:1"]["after"]
    assert (image["title"], image["description"], image["tags"], image["category"]) == (
        None,
        None,
        [],
        None,
    )
    assert all(each["erased"] for each in found.values())


def test_lost_file_is_an_error(log: list[Document], changes: Changes, stores: Stores) -> None:
    publish(changes, stores)
    partition = stores.catalog.snapshot([BRONZE_TASKS.physical])[0]
    stores.lake.remove("bronze", partition.location)
    with pytest.raises(StorageError, match="cannot read a file of bronze_task_changes"):
        list(export(stores))


def test_empty_lake_exports_a_head(stores: Stores) -> None:
    (head,) = export(stores)
    assert (head["hours"], head["covers_until"]) == (0, None)
