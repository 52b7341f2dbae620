"""The parts of older days have documents of their own; the figures stay those of a rebuild from the lake."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import bson
import pytest
from pymongo import MongoClient

from tests.dags.activity import of_hour
from tests.dags.change_log import NOON, Document, created, task, updated
from tests.dags.insights import WRITTEN, Pipeline, documents, rebuilt
from todo_insights.catalog.stores import Stores, open_catalog
from todo_insights.core.hours import Hour
from todo_insights.core.settings import ZONES, Settings
from todo_insights.lake.storage import Lake
from todo_insights.user_insights import totals
from todo_insights.user_insights.write_back import write_back

HOURS = [Hour(NOON + timedelta(days=number)) for number in range(40)]
LATE = HOURS[10]


class Forty(Pipeline):
    """A pipeline that has processed one hour on each of forty days."""

    # The size of a user's document after 20 and after 40 days.
    sizes: tuple[int, int]

    def ada(self) -> Any:
        return self.database.insights.find_one({"_id": "ada"})

    def copies(self) -> dict[int, int]:
        """Return the revision of each part of ada in `insight_days`, by day."""
        found = self.database.insight_days.find({"user_id": "ada"})
        return {each["day"]: each["revision"] for each in found}

    def add_late_change(self) -> None:
        name = uuid4().hex
        self.database.changes.insert_one(created(task(_id=name), at=LATE.start + timedelta(minutes=5)))


@pytest.fixture(scope="module")
def processed(mongodb_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forty]:
    lake = tmp_path_factory.mktemp("forty").as_uri()
    settings = Settings(
        mongodb_uri=mongodb_uri,
        mongodb_database=f"todo_{uuid4().hex[:12]}",
        zone_uris={zone: f"{lake}/{zone}" for zone in ZONES},
        catalog_uri=f"{lake}/catalog.sqlite",
        settle=timedelta(0),
    )
    with MongoClient[Document](mongodb_uri, tz_aware=True, retryWrites=False) as client:
        opened = Forty(settings, client[settings.mongodb_database], HOURS[-1].end + timedelta(hours=1))
        opened.insert(each for hour in HOURS for each in of_hour(hour))
        # The first days are written in one run, the others in one run each.
        opened.publish(*HOURS[:20], compacted=False)
        opened.write()
        half = len(bson.encode(opened.ada()))
        for hour in HOURS[20:]:
            opened.publish(hour, compacted=False)
            opened.write(hour)
        opened.sizes = half, len(bson.encode(opened.ada()))
        yield opened


@pytest.fixture
def pipeline(processed: Forty) -> Iterator[Forty]:
    yield processed
    for name in WRITTEN:
        processed.database[name].drop()
    processed.write()


def test_document_has_the_parts_of_the_newest_days(pipeline: Forty) -> None:
    assert documents(pipeline.database) == rebuilt(pipeline)
    assert list(pipeline.ada()["recent"]) == [HOURS[-2].dt, HOURS[-1].dt]
    assert len(pipeline.copies()) == len(HOURS) - 2
    half, whole = pipeline.sizes
    # A part has several hundred bytes.
    assert (whole - half) / 20 < 60


@pytest.mark.parametrize("kept", [4, totals.KEPT])
def test_late_hour_replaces_the_part_of_an_old_day(
    pipeline: Forty, monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    """With few cycle times in the document of a user, the median is computed from all parts again."""
    monkeypatch.setattr(totals, "KEPT", kept)
    before, copies = documents(pipeline.database), pipeline.copies()
    pipeline.add_late_change()
    pipeline.run(LATE)
    found = documents(pipeline.database)
    assert found["ada"]["activity"]["created"] == before["ada"]["activity"]["created"] + 1
    assert found == rebuilt(pipeline)
    # The new part leaves the user's document when another day changes.
    assert pipeline.copies() == copies
    late_day = int(LATE.dt.replace("-", ""))
    revision = pipeline.ada()["revision"]
    for number in range(3):
        image = task(_id=uuid4().hex, created_at=HOURS[-1].start)
        end = HOURS[-1].start + timedelta(minutes=50 + number)
        completion = updated(image, status="completed", completed_at=end) | {"at": end}
        pipeline.database.changes.insert_many([created(image, at=HOURS[-1].start), completion])
    pipeline.run(HOURS[-1])
    assert pipeline.copies() == copies | {late_day: revision}
    assert documents(pipeline.database) == rebuilt(pipeline)


@pytest.mark.parametrize("moment", ["before the documents", "before the lake"])
def test_slow_run_overwrites_no_newer_part(pipeline: Forty, moment: str) -> None:
    """While a run computes new figures, other runs change the same day, and its new part becomes a copy."""

    def overtake() -> None:
        pipeline.add_late_change()
        pipeline.run(LATE)
        pipeline.database.changes.insert_one(created(task(_id=uuid4().hex), at=HOURS[-1].start))
        pipeline.run(HOURS[-1])

    class SlowLake(Lake):
        reads = 0

        def read(self, table: Any, files: Any, columns: Any, only: Any = None) -> Any:
            if only:
                self.reads += 1
                if self.reads == 1:
                    overtake()
            return super().read(table, files, columns, only)

    if moment == "before the documents":
        # A day that the slow run copies has a newer copy then.
        pipeline.add_late_change()
        pipeline.run(LATE)
    pipeline.add_late_change()
    pipeline.publish(LATE)
    lake = SlowLake(pipeline.settings.zone_uris)
    stores = Stores(lake, open_catalog(pipeline.settings))
    write_back([str(LATE)], pipeline.database, stores, pipeline.tick())
    # The first attempt read the two tables, and failed because the document had changed.
    assert lake.reads == 4
    assert documents(pipeline.database) == rebuilt(pipeline)


def test_parallel_days_give_the_documents_of_a_rebuild(pipeline: Forty) -> None:
    class Worker(Pipeline):
        """One of several workers that write back in parallel; it uses the clock of the machine."""

        def tick(self) -> datetime:
            return datetime.now(UTC)

    days = HOURS[::7]
    for hour in days:
        for user in ("ada", "bob"):
            change = created(task(_id=uuid4().hex, user_id=user), at=hour.start + timedelta(minutes=7))
            pipeline.database.changes.insert_one(change)
    worker = Worker(pipeline.settings, pipeline.database, pipeline.now)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(worker.run, days))
    assert documents(pipeline.database) == rebuilt(pipeline)


def test_documents_of_an_earlier_release_are_computed_again(pipeline: Forty) -> None:
    """In format 2, the document of a user had the parts of all days, and a random revision."""
    expected = documents(pipeline.database)
    pipeline.database.insight_days.drop()
    for user in list(pipeline.database.insights.find({})):
        old = {name: value for name, value in user.items() if name not in ("recent", "totals")}
        parts = {"parts": expected[user["_id"]]["parts"]} if "recent" in user else {}
        pipeline.database.insights.replace_one(
            {"_id": user["_id"]}, old | parts | {"format": 2, "revision": 2**62 - 1}
        )
    pipeline.write()
    assert documents(pipeline.database) == expected
    assert list(pipeline.ada()["recent"]) == [HOURS[-2].dt, HOURS[-1].dt]
    assert len(pipeline.copies()) == len(HOURS) - 2


@pytest.mark.parametrize("lost", ["insights", "insight_days"])
def test_dropped_collection_is_made_again(pipeline: Forty, lost: str) -> None:
    expected = documents(pipeline.database)
    pipeline.database[lost].drop()
    pipeline.write()
    assert documents(pipeline.database) == expected


def test_day_whose_changes_became_rejects_is_left_out(pipeline: Forty) -> None:
    moment = timedelta(minutes=5)
    pipeline.database.users.insert_one({"_id": "zoe", "version": 1})
    log = [created(task(_id=f"z{hour}", user_id="zoe"), at=hour.start + moment) for hour in HOURS[2:6]]
    pipeline.database.changes.insert_many(log)
    for hour in HOURS[2:6]:
        pipeline.run(hour)
    assert pipeline.database.insight_days.find_one({"_id": f"zoe:{HOURS[2].dt.replace('-', '')}"})
    pipeline.database.changes.update_one({"_id": log[0]["_id"]}, {"$set": {"after.status": "unknown"}})
    pipeline.run(HOURS[2])
    assert documents(pipeline.database)["zoe"]["tasks"]["total"] == 3
    assert documents(pipeline.database) == rebuilt(pipeline)


@pytest.mark.parametrize("moment", ["before", "meanwhile"])
def test_erased_user_loses_all_parts(pipeline: Forty, moment: str) -> None:
    class ErasingLake(Lake):
        """A lake that calls the API to erase a user while a write-back reads the lake."""

        def read(self, table: Any, files: Any, columns: Any, only: Any = None) -> Any:
            if only:
                erase()
            return super().read(table, files, columns, only)

    def erase() -> None:
        pipeline.database.users.replace_one({"_id": "ada"}, {"_id": "ada", "deleted_at": NOON})
        pipeline.database.insights.delete_one({"_id": "ada"})
        pipeline.database.insight_days.delete_many({"user_id": "ada"})

    if moment == "before":
        pipeline.database.users.replace_one({"_id": "ada"}, {"_id": "ada", "deleted_at": NOON})
        assert pipeline.write(HOURS[-1])["removed"] == 1
    else:
        pipeline.add_late_change()
        pipeline.publish(LATE)
        stores = Stores(ErasingLake(pipeline.settings.zone_uris), open_catalog(pipeline.settings))
        write_back([str(LATE)], pipeline.database, stores, pipeline.tick())
    pipeline.database.users.replace_one({"_id": "ada"}, {"_id": "ada", "version": 1})
    assert "ada" not in documents(pipeline.database)
    assert pipeline.copies() == {}
