"""Concurrent writers on a real database: no write is lost, repeated or skipped."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from threading import Barrier
from typing import TypeVar

import pytest

from tests.invariants import assert_log_and_projection_agree
from tests.webapp.changes.conftest import ORIGIN, OWNER, listed, new_task
from tests.webapp.conftest import MovableClock
from webapp.changes import ChangeLog, CommitResult, Entity, ProposedChange
from webapp.core.errors import PreconditionFailed, TodoError
from webapp.database.connection import Database, Document
from webapp.tasks.store import TaskStore

WRITERS = 6
Result = TypeVar("Result")


def all_at_once(act: Callable[[int], Result]) -> list[Result]:
    """Call `act` with 0, 1, 2 … in separate threads that start at the same moment."""
    together = Barrier(WRITERS)

    def one(number: int) -> Result:
        together.wait()
        return act(number)

    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(one, range(WRITERS)))


def test_concurrent_writers_lose_no_update(tasks: TaskStore, log: ChangeLog, database: Database) -> None:
    task_id, rounds = new_task(tasks, title="0"), 10

    def count_up(current: Document | None, at: datetime) -> ProposedChange:
        assert current is not None
        return ProposedChange("updated", {**current, "title": str(int(current["title"]) + 1)})

    def write(number: int) -> None:
        for _ in range(rounds):
            log.commit(Entity.TASK, task_id, count_up, ORIGIN)

    all_at_once(write)
    task = tasks.get(OWNER, task_id)
    assert (task["title"], task["version"]) == (str(WRITERS * rounds), WRITERS * rounds + 1)
    assert_log_and_projection_agree(database)


def test_one_of_conditional_writers_wins(tasks: TaskStore, database: Database) -> None:
    task_id = new_task(tasks)

    def write(number: int) -> bool:
        try:
            tasks.update(OWNER, task_id, {"title": f"{number}"}, ORIGIN, allowed=lambda version: version == 1)
        except PreconditionFailed:
            return False
        return True

    assert sorted(all_at_once(write)) == [False] * (WRITERS - 1) + [True]
    assert_log_and_projection_agree(database)


def test_same_keyed_create_happens_once(tasks: TaskStore, database: Database) -> None:
    keyed = replace(ORIGIN, key=f"{OWNER}:k", status_code=201)
    made = all_at_once(lambda number: new_task(tasks, keyed))
    assert len(set(made)) == 1
    assert database.changes.count_documents({}) == database.tasks.count_documents({}) == 1


def test_same_keyed_delete_happens_once(tasks: TaskStore, database: Database) -> None:
    task_id = new_task(tasks)
    keyed = replace(ORIGIN, key=f"{OWNER}:k", status_code=204)

    def delete(number: int) -> CommitResult:
        return tasks.delete(OWNER, task_id, keyed)

    outcomes = all_at_once(delete)
    assert sorted(outcome.replayed for outcome in outcomes) == [False] + [True] * (WRITERS - 1)
    assert {outcome.change.version for outcome in outcomes} == {2}
    assert_log_and_projection_agree(database)


def test_delete_during_updates_is_final(tasks: TaskStore, database: Database) -> None:
    task_id = new_task(tasks)

    def write(number: int) -> str:
        try:
            if number == 0:
                tasks.delete(OWNER, task_id, ORIGIN)
            else:
                tasks.update(OWNER, task_id, {"title": f"{number}"}, ORIGIN)
        except TodoError as error:
            return type(error).__name__
        return "done"

    assert set(all_at_once(write)) <= {"done", "NotFound"}
    assert listed(tasks) == []
    assert_log_and_projection_agree(database)


def purge(database: Database, task_id: str) -> None:
    """Delete the task if it is an expired tombstone, as the database's TTL index does."""
    database.tasks.delete_one({"_id": task_id, "expires_at": {"$lt": datetime(2026, 12, 1, tzinfo=UTC)}})


def restore(tasks: TaskStore, task_id: str) -> str:
    try:
        return f"version {tasks.restore(OWNER, task_id, ORIGIN).change.version}"
    except TodoError as error:
        return type(error).__name__


@pytest.mark.parametrize("purged", [False, True], ids=["tombstone", "purged"])
def test_one_of_many_restores_wins(tasks: TaskStore, database: Database, purged: bool) -> None:
    for _ in range(10):
        task_id = new_task(tasks)
        tasks.delete(OWNER, task_id, ORIGIN)
        if purged:
            database.tasks.delete_one({"_id": task_id})
        results = all_at_once(lambda number, task_id=task_id: restore(tasks, task_id))  # type: ignore[misc]
        assert sorted(results) == ["Conflict"] * (WRITERS - 1) + ["version 3"]
    assert_log_and_projection_agree(database)


def test_purge_does_not_damage_a_restore(tasks: TaskStore, database: Database, clock: MovableClock) -> None:
    clock.advance(days=-40)
    for _ in range(20):
        task_id = new_task(tasks)
        tasks.delete(OWNER, task_id, ORIGIN)
        clock.advance(days=40)

        def act(number: int, task_id: str = task_id) -> str:
            if number % 2:
                purge(database, task_id)
                return "purged"
            return restore(tasks, task_id)

        results = [result for result in all_at_once(act) if result != "purged"]
        assert sorted(results) == ["Conflict"] * (len(results) - 1) + ["version 3"]
        clock.advance(days=-40)
    assert_log_and_projection_agree(database)
