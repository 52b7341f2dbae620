"""The repair completes interrupted changes, and reports how many changes it has completed."""

from typing import Any

import pytest
from flask import Flask

from tests.invariants import assert_log_and_projection_agree
from tests.webapp.changes.conftest import ORIGIN, OWNER, listed, new_task, newest, undo_roll_forward
from tests.webapp.conftest import MovableClock
from webapp.changes import ChangeLog, Entity
from webapp.changes.repair import Sweep, sweep, sweep_recent
from webapp.database.connection import BATCH, Database
from webapp.tasks.store import TaskStore
from webapp.users.erasure import Eraser
from webapp.users.rules import Registration
from webapp.users.store import UserStore


def repair(app: Flask) -> str:
    result = app.test_cli_runner().invoke(args=["changes", "repair"])
    assert result.exit_code == 0, result.output
    return " ".join(result.output.split())


def three_stranded(tasks: TaskStore, log: ChangeLog, database: Database) -> list[str]:
    """Put a creation, an update and a deletion into the log, but not into the projection."""
    created, updated, deleted = made = [new_task(tasks, title=f"Task {number}") for number in range(3)]
    tasks.update(OWNER, updated, {"title": "Changed"}, ORIGIN)
    tasks.delete(OWNER, deleted, ORIGIN)
    for task_id in (created, updated, deleted):
        undo_roll_forward(database, newest(log, task_id))
    return made


def test_repair_reports_that_nothing_was_missing(app: Flask, log: ChangeLog) -> None:
    assert repair(app) == "Checked 0 changes, rolled 0 forward."


def test_repair_completes_every_interrupted_change(
    app: Flask, tasks: TaskStore, log: ChangeLog, database: Database
) -> None:
    created, updated, _deleted = three_stranded(tasks, log, database)
    assert repair(app) == "Checked 5 changes, rolled 3 forward."
    assert listed(tasks) == sorted([created, updated])[::-1]
    assert tasks.get(OWNER, updated)["title"] == "Changed"
    assert_log_and_projection_agree(database)


def test_repair_can_run_twice(app: Flask, tasks: TaskStore, log: ChangeLog, database: Database) -> None:
    three_stranded(tasks, log, database)
    repair(app)
    shown = list(database.tasks.find({}))
    assert repair(app) == "Checked 5 changes, rolled 0 forward."
    assert list(database.tasks.find({})) == shown


def test_repair_completes_interrupted_user(
    app: Flask, tasks: TaskStore, log: ChangeLog, database: Database, clock: MovableClock
) -> None:
    users = UserStore(database, log, clock, lambda now: OWNER, Eraser(database, log, clock, tasks.delete_all))
    users.register(Registration("ada@example.com", "Ada", "correct horse battery"), ORIGIN)
    change = log.find(Entity.USER, OWNER, 1)
    assert change is not None
    undo_roll_forward(database, change)
    assert repair(app) == "Checked 1 changes, rolled 1 forward."
    assert users.get(OWNER, OWNER)["name"] == "Ada"


def test_repair_works_through_many_batches(
    app: Flask, tasks: TaskStore, log: ChangeLog, database: Database
) -> None:
    first = new_task(tasks, title="Task 0")
    pattern = newest(log, first).document
    copies: list[dict[str, Any]] = []
    for number in range(1, 2 * BATCH + 1):
        task_id = f"{first[:-4]}{number:04x}"
        after = {**pattern["after"], "_id": task_id, "title": f"Task {number}"}
        identity = f"task:{task_id}:1"
        copies.append(
            {**pattern, "_id": identity, "idempotency_key": identity, "entity_id": task_id, "after": after}
        )
    database.changes.insert_many(copies)
    database.tasks.delete_many({})
    batches: list[int] = []
    assert sweep(database, log, progress=batches.append) == Sweep(2 * BATCH + 1, 2 * BATCH + 1)
    assert batches == [BATCH, BATCH, 1]
    assert_log_and_projection_agree(database)


def test_repair_creates_no_purged_tombstones(
    app: Flask, tasks: TaskStore, database: Database, clock: MovableClock
) -> None:
    task_id = new_task(tasks)
    clock.advance(hours=1)
    tasks.delete(OWNER, task_id, ORIGIN)
    database.tasks.delete_one({"_id": task_id})
    assert repair(app) == "Checked 2 changes, rolled 0 forward."
    assert database.tasks.count_documents({}) == 0


@pytest.mark.parametrize(("minutes", "repaired"), [(59, 1), (60, 1), (61, 0)])
def test_start_sweeps_last_hour_of_log(
    tasks: TaskStore, log: ChangeLog, database: Database, clock: MovableClock, minutes: int, repaired: int
) -> None:
    stranded = new_task(tasks)
    undo_roll_forward(database, newest(log, stranded))
    clock.advance(minutes=minutes)
    new_task(tasks)
    # The repair covers the hour before the newest change, even if no process has run for days since then.
    clock.advance(days=7)
    assert sweep_recent(database, log).repaired == repaired


def test_start_with_empty_log_sweeps_nothing(log: ChangeLog, database: Database) -> None:
    assert sweep_recent(database, log) == Sweep(0, 0)
