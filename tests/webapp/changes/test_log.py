"""The log: versions, times, tombstones, and writes to a task after another process has crashed."""

from datetime import datetime, timedelta

import pytest

from tests.invariants import assert_log_and_projection_agree
from tests.webapp.changes.conftest import ORIGIN, OWNER, listed, new_task, newest, undo_roll_forward
from tests.webapp.conftest import MovableClock
from webapp.changes import ChangeLog, Entity, ProposedChange
from webapp.core.clock import MILLISECOND
from webapp.core.errors import Busy, NotFound, PreconditionFailed
from webapp.core.ids import new_id
from webapp.database.connection import Database, Document
from webapp.tasks.store import TaskStore


def rename(tasks: TaskStore, task_id: str, title: str) -> Document:
    return tasks.update(OWNER, task_id, {"title": title}, ORIGIN).image


def test_change_records_both_images_and_origin(
    tasks: TaskStore, log: ChangeLog, database: Database, clock: MovableClock
) -> None:
    task_id = new_task(tasks)
    created = tasks.get(OWNER, task_id)
    clock.advance(minutes=1)
    after = rename(tasks, task_id, "Mow again")
    assert newest(log, task_id).document == {
        "_id": f"task:{task_id}:2",
        "entity": "task",
        "entity_id": task_id,
        "user_id": OWNER,
        "version": 2,
        "op": "updated",
        "at": clock(),
        "position": f"20261120093100000|task:{task_id}:2",
        "time_zone": "Europe/Lisbon",
        "before": created,
        "after": after,
        "request_id": "request-1",
        "schema_version": 1,
        "idempotency_key": f"task:{task_id}:2",
        "fingerprint": "",
        "status_code": 200,
    }


@pytest.mark.parametrize("step", [-3600.0, -0.001, 0.0, 0.001], ids=["hour-back", "ms-back", "still", "on"])
def test_times_increase_even_if_clock_steps_back(
    tasks: TaskStore, database: Database, clock: MovableClock, step: float
) -> None:
    task_id = new_task(tasks)
    begun = clock()
    for number in range(3):
        clock.advance(seconds=step)
        rename(tasks, task_id, f"{number}")
    tasks.delete(OWNER, task_id, ORIGIN)
    times = [change["at"] for change in database.changes.find({"entity_id": task_id}).sort("version", 1)]
    assert times == [begun + number * MILLISECOND for number in range(5)]
    assert_log_and_projection_agree(database)


def test_time_of_advanced_clock_is_used(tasks: TaskStore, clock: MovableClock) -> None:
    task_id = new_task(tasks)
    clock.advance(days=2)
    assert rename(tasks, task_id, "later")["updated_at"] == clock()


def test_tombstone_keeps_no_content(tasks: TaskStore, database: Database, clock: MovableClock) -> None:
    task_id = new_task(tasks, description="secret")
    clock.advance(hours=1)
    tasks.delete(OWNER, task_id, ORIGIN)
    assert database.tasks.find_one({"_id": task_id}) == {
        "_id": task_id,
        "version": 2,
        "owner_id": OWNER,
        "deleted_at": clock(),
        "expires_at": clock() + timedelta(days=30),
    }


@pytest.mark.parametrize("version", [1, 2, 3])
def test_late_roll_forward_restores_no_deleted_task(
    tasks: TaskStore, log: ChangeLog, database: Database, version: int
) -> None:
    task_id = new_task(tasks)
    rename(tasks, task_id, "Mow again")
    tasks.delete(OWNER, task_id, ORIGIN)
    change = log.find(Entity.TASK, task_id, version)
    assert change is not None
    assert (log.roll_forward(change), log.complete(change)) == (False, False)
    assert listed(tasks) == []
    assert_log_and_projection_agree(database)


def test_late_roll_forward_keeps_newer_version(tasks: TaskStore, log: ChangeLog, database: Database) -> None:
    task_id = new_task(tasks)
    rename(tasks, task_id, "second")
    rename(tasks, task_id, "third")
    changes = [log.find(Entity.TASK, task_id, version) for version in (1, 2, 3)]
    assert [log.roll_forward(change) for change in changes if change] == [False, False, False]
    assert tasks.get(OWNER, task_id)["title"] == "third"


def test_deleted_task_cannot_be_changed(tasks: TaskStore, database: Database) -> None:
    task_id = new_task(tasks)
    tasks.delete(OWNER, task_id, ORIGIN)
    with pytest.raises(NotFound):
        rename(tasks, task_id, "again")
    with pytest.raises(NotFound):
        tasks.delete(OWNER, task_id, ORIGIN)
    assert database.changes.count_documents({"entity_id": task_id}) == 2


def test_next_write_includes_update_of_crashed_process(
    tasks: TaskStore, log: ChangeLog, database: Database
) -> None:
    task_id = new_task(tasks)
    rename(tasks, task_id, "stranded")
    undo_roll_forward(database, newest(log, task_id))
    assert rename(tasks, task_id, "next")["version"] == 3
    assert_log_and_projection_agree(database)


def test_next_write_completes_delete_of_crashed_process(
    tasks: TaskStore, log: ChangeLog, database: Database
) -> None:
    task_id = new_task(tasks)
    tasks.delete(OWNER, task_id, ORIGIN)
    undo_roll_forward(database, newest(log, task_id))
    with pytest.raises(NotFound):
        rename(tasks, task_id, "next")
    assert_log_and_projection_agree(database)


def test_precondition_sees_change_of_crashed_process(
    tasks: TaskStore, log: ChangeLog, database: Database
) -> None:
    task_id = new_task(tasks)
    rename(tasks, task_id, "stranded")
    undo_roll_forward(database, newest(log, task_id))
    with pytest.raises(PreconditionFailed, match="version 2"):
        tasks.update(OWNER, task_id, {"title": "lost"}, ORIGIN, allowed=lambda version: version == 1)
    assert tasks.get(OWNER, task_id)["title"] == "stranded"


def test_refused_change_leaves_no_trace(log: ChangeLog, database: Database, clock: MovableClock) -> None:
    def refuse(current: Document | None, at: object) -> ProposedChange:
        raise NotFound("no")

    with pytest.raises(NotFound):
        log.commit(Entity.TASK, new_id(clock()), refuse, ORIGIN)
    assert database.changes.count_documents({}) == database.tasks.count_documents({}) == 0


def test_write_fails_after_losing_every_race(tasks: TaskStore, log: ChangeLog, database: Database) -> None:
    task_id = new_task(tasks)

    def build_while_others_write(current: Document | None, at: object) -> ProposedChange:
        assert current is not None
        rename(tasks, task_id, "faster")
        return ProposedChange("updated", {**current, "title": "slower"})

    with pytest.raises(Busy) as refusal:
        log.commit(Entity.TASK, task_id, build_while_others_write, ORIGIN)
    assert refusal.value.headers == {"Retry-After": "1"}
    assert database.changes.count_documents({"after.title": "slower"}) == 0
    assert_log_and_projection_agree(database)


def test_new_task_has_equal_times(clock: MovableClock, database: Database) -> None:
    def tick() -> datetime:
        clock.advance(milliseconds=1)
        return clock()

    store = TaskStore(database, ChangeLog(database, tick), tick, new_id)
    task = store.get(OWNER, new_task(store))
    assert task["created_at"] == task["updated_at"] < clock()
