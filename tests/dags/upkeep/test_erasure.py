"""After an erasure and the next run, no word of the person is anywhere in the lake."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.dags.upkeep.life import Api, Person, files_of, places_of
from tests.dags.upkeep.runs import processed, publish, repeat, run
from todo_insights.aws import Aws
from todo_insights.database import Database, open_database
from todo_insights.hourly.extract import Extracted, extract
from todo_insights.hourly.manifest import Manifest, new_run_key
from todo_insights.hourly.pipeline import process_from
from todo_insights.hourly.slices import plan
from todo_insights.hours import Hour
from todo_insights.lake.schema import BRONZE_TASKS, TABLES
from todo_insights.lake.storage import location_of
from todo_insights.lake.stores import Stores, open_stores
from todo_insights.settings import Settings
from todo_insights.sql.query import query
from todo_insights.upkeep.erasure import recheck

DAY = datetime(2026, 11, 20, tzinfo=UTC)
PUBLISHED = ["2026-11-20T09", "2026-11-20T10"]
# Of one there is only what a try left that died before it published; of the other there is nothing.
DIED, NEVER_RUN = "2026-11-20T11", "2026-11-20T12"
CLOSED, LEFT, NEXT_RUN, LATER = (DAY + timedelta(hours=hour, minutes=30) for hour in (13, 14, 15, 16))
ADA, BOB = "zzadazz", "zzbobzz"
# Of each try: both tables of Bronze, and the masked address in silver_user_changes.
PLACES_OF_A_TRY = 3


@dataclass
class World:
    """Ada and Bob, and the lake with what they did."""

    settings: Settings
    aws: Aws | None
    database: Database
    ada: Person
    bob: Person

    @property
    def stores(self) -> Stores:
        return open_stores(self.settings, self.aws)

    def run(self, hours: list[str], now: datetime) -> None:
        run(hours, self.settings, now, self.aws)

    def places(self, word: str = ADA) -> set[str]:
        return places_of(word, self.settings, self.aws)

    def files(self) -> set[str]:
        return {name for name, _ in files_of(self.settings, self.aws)}

    def rows(self, table: str, where: str) -> list[str]:
        answer = query(f"SELECT * FROM {table} WHERE {where}", self.stores)
        return sorted(map(repr, answer.rows))

    def receipt(self) -> dict[str, Any] | None:
        return self.database.erasure_receipts.find_one({"_id": self.ada.user_id})

    def repeat(self, now: datetime) -> int:
        """Do what the next run does beside its own hours; returns the number of receipts."""
        return len(repeat(self.settings, now, self.aws))

    def recheck(self, now: datetime) -> list[str]:
        return [each["_id"] for each in recheck(self.database, self.stores, now)]

    def leave_and_repeat(self) -> None:
        self.ada.leave(LEFT)
        assert self.repeat(NEXT_RUN) == 1

    def slow_try(self, hour: str, meanwhile: Callable[[], None]) -> Manifest:
        """A try that reads the log, and writes its files when something else has happened."""

        def source(start: datetime, end: datetime) -> Extracted:
            found = extract(self.database.changes, start, end)
            meanwhile()
            return found

        (piece,) = plan({Hour.parse(hour): "scheduled"}, self.database.changes, 1_000_000)
        return process_from(piece, source, self.stores.lake, CLOSED)


@pytest.fixture(params=["files"])
def world(request: pytest.FixtureRequest, settings: Settings) -> Iterator[World]:
    """Two hours published twice, one that only a dead try knows, one that nobody does."""
    where, aws = (settings, None) if request.param == "files" else (None, None)
    with open_database(where) as database:
        api = Api(where, DAY)
        api.now = DAY + timedelta(hours=9)
        world = World(where, aws, database, Person(api, ADA), Person(api, BOB))
        for hour in (*PUBLISHED, DIED, NEVER_RUN):
            start = Hour.parse(hour).start
            for person in (world.ada, world.bob):
                person.live(start + timedelta(minutes=5))
            if hour in PUBLISHED:
                world.run([hour], start + timedelta(minutes=20))
            world.ada.live(start + timedelta(minutes=40))
        world.run(PUBLISHED, CLOSED)
        die(world)
        yield world
        api.close()


def die(world: World) -> None:
    """Leave what killed tries leave: whole files that nobody published, and a piece of a file."""
    for hour in (PUBLISHED[1], DIED):
        processed({Hour.parse(hour): "scheduled"}, world.settings, CLOSED, world.aws)
    piece = b"PAR1" + ADA.encode()
    place = location_of(BRONZE_TASKS, Hour.parse(PUBLISHED[0]), new_run_key(CLOSED))
    world.stores.lake.write("bronze", place, "part-00000.parquet", piece)


def test_no_word_is_left_after_the_next_run(world: World) -> None:
    assert len(world.places()) == 6 * PLACES_OF_A_TRY + 1
    world.leave_and_repeat()
    assert world.places() == set()
    # What died is published now, and beside what is published nothing lies.
    assert len(world.places(BOB)) == 3 * PLACES_OF_A_TRY
    assert len(world.files()) == 3 * len(TABLES)
    world.run([NEVER_RUN, "2026-11-20T14"], LATER)
    assert (world.places(), world.recheck(LATER)) == (set(), [])


def test_others_and_figures_stay_as_they_were(world: World) -> None:
    def seen() -> list[list[str]]:
        by_bob, hours = f"user_id = '{world.bob.user_id}' AND hour < '11'", "hour < '11'"
        return [
            *(world.rows(f"bronze_{entity}_changes", by_bob) for entity in ("task", "user")),
            *(world.rows(f"gold_{what}_activity", hours) for what in ("user", "category")),
            world.rows("silver_task_changes", hours),
        ]

    before = seen()
    world.leave_and_repeat()
    assert seen() == before
    assert all(before)


def test_receipt_tells_hours_and_files(world: World) -> None:
    before = world.files()
    world.leave_and_repeat()
    receipt = world.receipt()
    assert receipt is not None
    assert receipt["hours"] == [*PUBLISHED, DIED]
    assert receipt["files_removed"] == len(before - world.files())
    assert receipt["at"] == receipt["checked_at"] == NEXT_RUN
    # Nothing of the person but the id.
    assert ADA not in repr(receipt)
    assert world.repeat(LATER) == 0


def test_slow_try_cannot_bring_words_back(world: World) -> None:
    slow = world.slow_try(PUBLISHED[1], meanwhile=world.leave_and_repeat)
    assert publish([slow], world.settings, LATER, world.aws) == {"superseded"}
    assert len(world.places()) == PLACES_OF_A_TRY
    removed = (world.receipt() or {})["files_removed"]
    assert world.recheck(LATER) == [world.ada.user_id]
    assert world.places() == set()
    assert (world.receipt() or {})["files_removed"] == removed + len(TABLES)
    assert world.recheck(LATER) == []


def test_slow_first_publication_is_erased_again(world: World) -> None:
    slow = world.slow_try(NEVER_RUN, meanwhile=world.leave_and_repeat)
    assert publish([slow], world.settings, LATER, world.aws) == {"published"}
    assert world.recheck(LATER) == [world.ada.user_id]
    # What readers see must not vanish before there is something in its place.
    assert (world.receipt(), len(world.places())) == (None, PLACES_OF_A_TRY)
    assert world.repeat(LATER + timedelta(minutes=1)) == 1
    assert (world.places(), (world.receipt() or {})["hours"]) == (set(), [*PUBLISHED, DIED, NEVER_RUN])


def test_hours_that_the_log_let_go_are_erased_too(world: World) -> None:
    world.run([DIED], CLOSED)
    world.ada.leave(LEFT)
    world.database.changes.delete_many({"at": {"$lt": LEFT}})
    before = world.rows("gold_user_activity", "true")
    assert world.repeat(NEXT_RUN) == 1
    assert (world.places(), world.rows("gold_user_activity", "true")) == (set(), before)


def test_user_who_is_not_erased_yet_stays(world: World) -> None:
    before = world.places()
    world.database.erasures.insert_one({"_id": world.ada.user_id, "requested_at": LEFT, "finished_at": None})
    assert (world.repeat(NEXT_RUN), world.receipt(), world.places()) == (0, None, before)


def test_erasure_finished_again_needs_another_receipt(world: World) -> None:
    world.leave_and_repeat()
    erasure = world.database.erasures.find_one({"_id": world.ada.user_id})
    assert erasure is not None
    again = NEXT_RUN + timedelta(minutes=1)
    world.database.erasures.replace_one({"_id": erasure["_id"]}, erasure | {"finished_at": again})
    assert world.repeat(LATER) == 1
    assert (world.receipt() or {})["finished_at"] == again
