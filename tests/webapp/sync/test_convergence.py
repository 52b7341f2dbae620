"""After any sequence of events, a client that has read the whole feed has the same data as the server."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase
from hypothesis import settings as Profile
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from tests.sampling import examples
from tests.webapp.conftest import MovableClock
from tests.webapp.sync.conftest import Copy
from webapp.app import create_app
from webapp.changes import Change, ChangeLog, Entity, Origin, ProposedChange
from webapp.changes.log import SAFETY_LAG, SORT_KEYS_FIELD
from webapp.changes.repair import sweep_owner
from webapp.core.clock import MILLISECOND
from webapp.core.errors import Gone, TodoError
from webapp.core.ids import new_id, uuid7
from webapp.core.settings import Settings
from webapp.database.connection import Database, Document, purge_expired
from webapp.database.indexes import ensure_indexes
from webapp.database.registry import Services
from webapp.http.context import services
from webapp.sync.feed import Feed, FeedPosition
from webapp.tasks.store import TaskStore
from webapp.users.store import UserStore

BLANK: Document = {
    "description": None,
    "status": "pending",
    "priority": "low",
    "category": None,
    "tags": [],
    "due_date": None,
}
START = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
limits = st.integers(1, 4)
within_lag = st.sampled_from([timedelta(), SAFETY_LAG / 2, SAFETY_LAG - MILLISECOND, SAFETY_LAG])


@dataclass
class Reader:
    """A client that can stop after any page, and that starts from the beginning if its cursor is too old."""

    here: Services
    owner_id: str
    place: FeedPosition | None = None
    copy: Copy = field(default_factory=Copy)

    def read(self, pages: int, limit: int) -> bool:
        for _ in range(pages):
            try:
                page = self.here.get(Feed).page(self.owner_id, self.place, limit)
            except Gone:
                self.place, self.copy = None, Copy()
                continue
            for item in page.items:
                self.copy.apply(item.id, item.version, item.image)
            self.place = page.place
            if not page.has_more:
                return False
        return True


class FeedMachine(RuleBasedStateMachine):
    """A test machine of Hypothesis: one user, several clients that read the feed, and a clock.

    The clock can step back by at most the lag of the feed.
    """

    def __init__(self, here: Services, clock: MovableClock) -> None:
        super().__init__()
        # Other examples use the same task ids, so each example starts with an empty database.
        for name in here.database.list_collection_names():
            here.database[name].delete_many({})
        self.here = here
        self.clock = clock
        clock.now = self.newest_time = START
        self.made: list[str] = []
        self.owner_id = new_id(clock())
        self.origin = Origin(self.owner_id)
        self.commit_user("created", "Ada")
        self.readers = [Reader(here, self.owner_id)]

    @rule(bits=st.integers(0, 2**74 - 1))
    def create(self, bits: int) -> None:
        task_id = uuid7(self.clock(), bits)
        self.here.get(TaskStore)._new_id = lambda now: task_id
        self.attempt(
            lambda: self.here.get(TaskStore).create(self.owner_id, {"title": "0", **BLANK}, self.origin)
        )
        self.made.append(task_id)

    @precondition(lambda self: self.made)
    @rule(data=st.data(), what=st.sampled_from(["update", "delete", "restore"]))
    def change(self, data: st.DataObject, what: str) -> None:
        self.attempt(self.some_write(data, what))

    @rule(name=st.sampled_from("ABC"))
    def rename_user(self, name: str) -> None:
        self.commit_user("updated", name)

    @precondition(lambda self: self.made)
    @rule(data=st.data(), what=st.sampled_from(["update", "delete", "restore"]), delay=within_lag)
    def write_that_lands_late(self, data: st.DataObject, what: str, delay: timedelta) -> None:
        """Between the time of a change and its insert into the log, other clients write and read."""
        hurried, limit = self.some_write(data, "update"), data.draw(limits)
        append = self.here.get(ChangeLog)._append

        def wait_then_append(change: Change) -> None:
            self.here.get(ChangeLog)._append = append  # type: ignore[method-assign]
            self.attempt(hurried)
            self.move_clock(delay)
            for reader in self.readers:
                reader.read(data.draw(limits), limit)
            append(change)

        self.here.get(ChangeLog)._append = wait_then_append  # type: ignore[method-assign]
        self.attempt(self.some_write(data, what))
        self.here.get(ChangeLog)._append = append  # type: ignore[method-assign]

    @precondition(lambda self: self.made)
    @rule(data=st.data(), what=st.sampled_from(["update", "delete", "restore"]))
    def write_whose_process_dies(self, data: st.DataObject, what: str) -> None:
        """The process commits the change to the log, but dies before it updates the projection."""
        roll_forward = self.here.get(ChangeLog).roll_forward
        self.here.get(ChangeLog).roll_forward = lambda change: False  # type: ignore[method-assign]
        self.attempt(self.some_write(data, what))
        self.here.get(ChangeLog).roll_forward = roll_forward  # type: ignore[method-assign]

    @rule(step=st.integers(1, 10_000))
    def time_goes_on(self, step: int) -> None:
        self.move_clock(timedelta(milliseconds=step))

    @rule(step=within_lag)
    def clock_steps_back(self, step: timedelta) -> None:
        self.clock.now = max(self.clock.now - step, self.newest_time - SAFETY_LAG)

    @rule(hours=st.sampled_from([1, 12, 30, 80]))
    def long_time_passes(self, hours: int) -> None:
        """A new process starts and repairs the log; later, expired documents are deleted."""
        self.repair()
        self.move_clock(timedelta(hours=hours))
        purge_expired(self.here.database, self.here.settings, self.clock())

    @rule(data=st.data(), pages=limits, limit=limits)
    def read_on(self, data: st.DataObject, pages: int, limit: int) -> None:
        data.draw(st.sampled_from(self.readers)).read(pages, limit)

    @rule(limit=limits)
    def another_client_begins(self, limit: int) -> None:
        self.readers.append(Reader(self.here, self.owner_id))
        self.readers[-1].read(1, limit)

    def teardown(self) -> None:
        self.repair()
        self.clock.now = self.newest_time + SAFETY_LAG + timedelta(seconds=1)
        query = {"user_id": self.owner_id}
        tasks = {task["_id"]: task for task in self.here.database.tasks.find(query, {SORT_KEYS_FIELD: 0})}
        held = tasks | {self.owner_id: self.here.get(UserStore).get(self.owner_id, self.owner_id)}
        for reader in self.readers:
            while reader.read(1, 3):
                pass
            assert reader.copy.living() == held

    def some_write(self, data: st.DataObject, what: str) -> Callable[[], Any]:
        task_id, tasks = data.draw(st.sampled_from(self.made)), self.here.get(TaskStore)
        title = data.draw(st.sampled_from("123"))
        writes: dict[str, Callable[[], Any]] = {
            "update": lambda: tasks.update(self.owner_id, task_id, {"title": title}, self.origin),
            "delete": lambda: tasks.delete(self.owner_id, task_id, self.origin),
            "restore": lambda: tasks.restore(self.owner_id, task_id, self.origin),
        }
        return writes[what]

    def attempt(self, write: Callable[[], Any]) -> None:
        with suppress(TodoError):
            write()

    def commit_user(self, op: Any, name: str) -> None:
        now = self.clock()
        user: Document = {"_id": self.owner_id, "email": "ada@example.com", "name": name, "created_at": now}
        proposed = ProposedChange(op, {**user, "time_zone": "UTC"})
        self.here.get(ChangeLog).commit(Entity.USER, self.owner_id, lambda current, at: proposed, self.origin)

    def move_clock(self, step: timedelta) -> None:
        self.clock.now += step
        self.newest_time = max(self.newest_time, self.clock.now)

    def repair(self) -> None:
        sweep_owner(
            self.here.database, self.here.get(ChangeLog), self.owner_id, self.clock() - timedelta(days=9)
        )


@pytest.mark.sampled
def test_every_reader_converges(settings: Settings, database: Database, clock: MovableClock) -> None:
    forgetful = replace(settings, change_retention_days=3, tombstone_days=1)
    here = services(create_app(forgetful, database, clock))
    ensure_indexes(database, forgetful)
    run_state_machine_as_test(
        lambda: FeedMachine(here, clock),  # type: ignore[arg-type]  # any factory will do
        settings=Profile(
            max_examples=examples(60, 20),
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            phases=[Phase.explicit, Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )
