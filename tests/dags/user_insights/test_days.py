"""Insights contain one part for each day; a run replaces the parts of the days that it processes."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from pymongo import MongoClient

from tests.dags.activity import activity
from tests.dags.change_log import NOON, Document, created, task, user
from tests.dags.insights import Pipeline, documents, rebuilt
from todo_insights.catalog.stores import open_catalog
from todo_insights.core.hours import Hour
from todo_insights.core.settings import Settings

OLD = Hour(NOON)
NEW = Hour(NOON + timedelta(days=12))


@pytest.fixture
def pipeline(settings: Settings) -> Iterator[Pipeline]:
    with MongoClient[Document](settings.mongodb_uri, tz_aware=True, retryWrites=False) as client:
        opened = Pipeline(settings, client[settings.mongodb_database], NEW.end + timedelta(hours=1))
        opened.insert([*activity(OLD.start, 1, 60, seed=4), *_later(activity(NEW.start, 1, 60, seed=5))])
        opened.run(OLD, NEW)
        yield opened


def _later(log: list[Document]) -> list[Document]:
    """Return the changes with new ids for the tasks, so that they differ from the tasks of the first log."""
    changes = []
    for change in log:
        if change["entity"] == "task":
            entity = f"new-{change['entity_id']}"
            images = {side: change[side] and change[side] | {"_id": entity} for side in ("before", "after")}
            changes.append(
                change | images | {"_id": f"task:{entity}:{change['version']}", "entity_id": entity}
            )
    return changes


def late(number: int) -> Document:
    return created(task(_id=f"late{number}"), at=OLD.start + timedelta(minutes=5))


def test_late_change_of_an_old_day_is_added(pipeline: Pipeline) -> None:
    before = documents(pipeline.database)["ada"]["activity"]["created"]
    pipeline.database.changes.insert_one(late(1))
    assert pipeline.run(OLD)["users"] == 4
    assert documents(pipeline.database)["ada"]["activity"]["created"] == before + 1
    assert documents(pipeline.database) == rebuilt(pipeline)


def test_old_hour_that_no_run_wrote_back_is_found_within_a_day(pipeline: Pipeline) -> None:
    before = documents(pipeline.database)
    pipeline.database.changes.insert_one(late(1))
    pipeline.publish(OLD)
    pipeline.write()
    assert documents(pipeline.database) == before
    pipeline.now += timedelta(days=1)
    pipeline.write()
    assert documents(pipeline.database) == rebuilt(pipeline) != before


@pytest.mark.parametrize("loss", ["document", "totals"])
def test_lost_state_is_made_again(pipeline: Pipeline, loss: str) -> None:
    if loss == "document":
        pipeline.database.insights.delete_one({"_id": "ada"})
    else:
        pipeline.database.lake_days.drop()
    pipeline.database.changes.insert_one(late(1) | {"at": NEW.start + timedelta(minutes=5)})
    pipeline.run(NEW)
    assert documents(pipeline.database) == rebuilt(pipeline)


def test_new_user_needs_no_older_file(pipeline: Pipeline) -> None:
    for each in open_catalog(pipeline.settings).snapshot(["gold_user_activity"], until=OLD.dt):
        pipeline.lake.remove("gold", each.location)
    pipeline.database.users.insert_one({"_id": "new", "version": 1})
    moment = NEW.start + timedelta(minutes=5)
    registration = created(user(_id="new"), at=moment)
    pipeline.database.changes.insert_many(
        [registration, created(task(_id="first", user_id="new"), at=moment)]
    )
    pipeline.run(NEW)
    assert documents(pipeline.database)["new"]["tasks"]["total"] == 1


def test_change_that_became_a_reject_leaves_the_figures(pipeline: Pipeline) -> None:
    pipeline.database.users.insert_one({"_id": "zoe", "version": 1})
    only = created(task(_id="only", user_id="zoe"), at=OLD.start + timedelta(minutes=5))
    pipeline.database.changes.insert_one(only)
    pipeline.run(OLD)
    assert documents(pipeline.database)["zoe"]["tasks"]["total"] == 1
    broken = {"$set": {"after.status": "unknown"}}
    pipeline.database.changes.update_one({"_id": only["_id"]}, broken)
    pipeline.run(OLD)
    assert documents(pipeline.database)["zoe"]["tasks"]["total"] == 0
    assert documents(pipeline.database)["ada"] == rebuilt(pipeline)["ada"]
