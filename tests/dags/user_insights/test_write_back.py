"""Write-backs to a real database give the same documents in any order, and also if they are repeated."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from pymongo import MongoClient

from tests.dags.activity import activity
from tests.dags.change_log import NOON, Document, created, task, updated, user
from tests.dags.insights import TICK, Pipeline, documents
from todo_insights.catalog.stores import Stores, open_catalog
from todo_insights.core.errors import StorageError
from todo_insights.core.hours import Hour, hours_between
from todo_insights.core.settings import Settings
from todo_insights.lake.storage import Lake
from todo_insights.user_insights.write_back import write_back

FIRST = Hour.containing(NOON)
HOURS = list(hours_between(FIRST, Hour(FIRST.start + timedelta(hours=6))))
LOG = activity(NOON, len(HOURS), 240, seed=3)
LATER = NOON + timedelta(days=2)


@pytest.fixture
def pipeline(settings: Settings) -> Iterator[Pipeline]:
    with MongoClient[Document](settings.mongodb_uri, tz_aware=True, retryWrites=False) as client:
        yield Pipeline(settings, client[settings.mongodb_database], LATER)


def done(number: int, hour: Hour, **fields: Any) -> list[Document]:
    """Return two changes in this hour: one creates a task, and one completes it half an hour later."""
    image = task(_id=f"t{number}", created_at=hour.start, **fields)
    end = hour.start + timedelta(minutes=30)
    completion = updated(image, status="completed", completed_at=end) | {"at": end}
    return [created(image, at=hour.start), completion]


@pytest.mark.parametrize("order", ["forwards", "backwards", "shuffled", "repeated", "at once"])
def test_order_of_hours_does_not_matter(pipeline: Pipeline, order: str) -> None:
    pipeline.insert(LOG)
    pipeline.run(*HOURS)
    expected = documents(pipeline.database)
    assert expected.keys() == {"ada", "bob", "eve", "kim", "lake"}
    pipeline.database.insights.drop()
    shuffled = Random(5).sample(HOURS, len(HOURS))
    orders = {
        "forwards": [[hour] for hour in HOURS],
        "backwards": [[hour] for hour in reversed(HOURS)],
        "shuffled": [[hour] for hour in shuffled],
        "repeated": [[hour] for hour in [*shuffled, *HOURS[:2], *shuffled]],
        "at once": [HOURS],
    }
    for hours in orders[order]:
        pipeline.run(*hours)
    assert documents(pipeline.database) == expected


def test_parallel_hours_give_the_same_documents(pipeline: Pipeline) -> None:
    class Worker(Pipeline):
        """One of several workers that write back in parallel; it uses the clock of the machine."""

        def tick(self) -> datetime:
            return datetime.now(UTC)

    pipeline.insert(LOG)
    pipeline.run(*HOURS)
    expected = documents(pipeline.database)
    for _ in range(3):
        pipeline.database.insights.drop()
        Path(pipeline.settings.catalog_uri.removeprefix("file://")).unlink()
        with ThreadPoolExecutor(3) as pool:
            worker = Worker(pipeline.settings, pipeline.database, LATER)
            list(pool.map(worker.run, HOURS))
        assert documents(pipeline.database) == expected


def test_backfill_of_old_hours_completes_newer_figures(pipeline: Pipeline) -> None:
    pipeline.insert([*done(1, HOURS[0]), *done(2, HOURS[5])], ["ada"])
    pipeline.run(HOURS[5])
    ada = documents(pipeline.database)["ada"]
    assert (ada["tasks"]["completed"], ada["covers_from"], ada["as_of"]) == (1, HOURS[5].start, HOURS[5].end)
    pipeline.run(HOURS[0])
    ada = documents(pipeline.database)["ada"]
    assert (ada["tasks"]["completed"], ada["covers_from"], ada["as_of"]) == (2, HOURS[0].start, HOURS[5].end)
    assert ada["missing_hours"] == 4


def test_republished_hour_corrects_figures(pipeline: Pipeline) -> None:
    pipeline.insert(done(1, HOURS[0]), ["ada"])
    pipeline.run(*HOURS)
    pipeline.database.changes.insert_many(done(2, HOURS[0]))
    pipeline.run(HOURS[0])
    ada = documents(pipeline.database)["ada"]
    assert (ada["tasks"]["completed"], ada["as_of"]) == (2, HOURS[-1].end)


@pytest.mark.parametrize("late", [timedelta(milliseconds=1), timedelta(hours=1)])
def test_slow_write_back_replaces_nothing_newer(pipeline: Pipeline, late: timedelta) -> None:
    pipeline.insert(done(1, HOURS[0]), ["ada"])
    pipeline.run(HOURS[0])
    newest = list(pipeline.database.insights.find({}))
    pipeline.now -= TICK + late
    pipeline.write(HOURS[0])
    assert list(pipeline.database.insights.find({})) == newest


def test_skipped_hours_are_written_later(pipeline: Pipeline) -> None:
    pipeline.insert([*done(1, HOURS[0]), *done(2, HOURS[1], user_id="bob")], ["ada", "bob"])
    pipeline.run(HOURS[5])
    pipeline.publish(HOURS[0])
    pipeline.run(HOURS[1])
    assert documents(pipeline.database).keys() == {"ada", "bob", "lake"}


def test_only_users_of_the_hour_are_written(pipeline: Pipeline) -> None:
    pipeline.insert([*done(1, HOURS[0]), *done(2, HOURS[1], user_id="bob")], ["ada", "bob"])
    assert pipeline.run(HOURS[0]) == {"users": 1, "removed": 0, "as_of": HOURS[0].end.isoformat()}
    assert pipeline.run(HOURS[1])["users"] == 1
    shown = documents(pipeline.database)
    assert (shown["ada"]["as_of"], shown["bob"]["as_of"]) == (HOURS[0].end, HOURS[1].end)
    assert shown["lake"]["as_of"] == HOURS[1].end


def test_user_erased_meanwhile_has_no_document(pipeline: Pipeline) -> None:
    class ErasingLake(Lake):
        """A lake that calls the API to erase a user while a write-back reads the lake."""

        def read(self, table: Any, files: Any, columns: Any, only: Any = None) -> Any:
            if only:
                pipeline.database.users.replace_one({"_id": "ada"}, {"_id": "ada", "deleted_at": NOON})
                pipeline.database.insights.delete_one({"_id": "ada"})
            return super().read(table, files, columns, only)

    pipeline.insert([*done(1, HOURS[0]), *done(2, HOURS[0], user_id="bob")], ["ada", "bob"])
    pipeline.publish(HOURS[0])
    stores = Stores(ErasingLake(pipeline.settings.zone_uris), open_catalog(pipeline.settings))
    write_back([str(HOURS[0])], pipeline.database, stores, pipeline.tick())
    assert documents(pipeline.database).keys() == {"bob", "lake"}


@pytest.mark.parametrize("trace", [{"deleted_at": NOON}, None], ids=["marker", "nothing"])
def test_erased_user_loses_the_document(pipeline: Pipeline, trace: dict[str, datetime] | None) -> None:
    pipeline.insert([*done(1, HOURS[0]), *done(2, HOURS[0], user_id="bob")], ["ada", "bob"])
    pipeline.run(HOURS[0])
    pipeline.database.users.delete_one({"_id": "ada"})
    if trace is not None:
        pipeline.database.users.insert_one({"_id": "ada", "version": 2, **trace})
    assert pipeline.write(HOURS[0])["removed"] == 1
    assert documents(pipeline.database).keys() == {"bob", "lake"}


def test_open_hour_counts_up_to_its_reading(pipeline: Pipeline) -> None:
    pipeline.insert(done(1, HOURS[0]), ["ada"])
    pipeline.now = HOURS[0].start + timedelta(minutes=40)
    pipeline.run(HOURS[0])
    read_at = documents(pipeline.database)["ada"]["as_of"]
    assert HOURS[0].start + timedelta(minutes=40) < read_at < HOURS[0].start + timedelta(minutes=41)


def test_user_without_tasks_gets_zeros(pipeline: Pipeline) -> None:
    pipeline.insert([created(user(), at=HOURS[0].start)], ["ada"])
    pipeline.run(HOURS[0])
    ada = documents(pipeline.database)["ada"]
    assert (ada["tasks"]["total"], ada["activity"]["changes"]) == (0, 0)
    assert (ada["completion_rate"], ada["on_time_rate"], ada["median_cycle_hours"]) == (None, None, None)


def test_figures_hold_no_text_of_tasks(pipeline: Pipeline) -> None:
    pipeline.insert(done(1, HOURS[0], title="Buy a ring", description="for Bob", tags=["secret"]), ["ada"])
    pipeline.run(HOURS[0])
    shown = str(documents(pipeline.database))
    assert not any(word in shown for word in ("ring", "Bob", "secret"))


def test_empty_lake_writes_nothing(pipeline: Pipeline) -> None:
    assert pipeline.write() == {"users": 0, "removed": 0, "as_of": None}
    assert documents(pipeline.database) == {}


@pytest.mark.parametrize("damage", ["vanished", "overwritten"])
def test_damaged_file_leaves_older_figures(pipeline: Pipeline, damage: str) -> None:
    pipeline.insert([*done(1, HOURS[0]), *done(2, HOURS[1])], ["ada"])
    pipeline.run(HOURS[0])
    before = documents(pipeline.database)
    (gold,) = open_catalog(pipeline.settings).snapshot(["gold_user_activity"])
    pipeline.publish(HOURS[1])
    file = Path(pipeline.lake.path("gold", gold.location, gold.files[0].name))
    file.unlink() if damage == "vanished" else file.write_bytes(b"no Parquet")
    with pytest.raises(StorageError, match="gold_user_activity"):
        pipeline.write(HOURS[1])
    assert documents(pipeline.database) == before
