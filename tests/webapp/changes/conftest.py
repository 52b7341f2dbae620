"""A store of tasks with its database, and functions that create the state after the kill of a process."""

from datetime import date

import pytest

from tests.webapp.conftest import MovableClock
from webapp.changes import Change, ChangeLog, Entity, Origin
from webapp.core.ids import new_id
from webapp.core.settings import Settings
from webapp.database.connection import Database
from webapp.database.indexes import ensure_indexes
from webapp.tasks.query import TaskQuery
from webapp.tasks.store import TaskStore

OWNER = "01a1fd9e-0000-7000-8000-000000000000"
ORIGIN = Origin(OWNER, "Europe/Lisbon", request_id="request-1")


@pytest.fixture
def log(settings: Settings, database: Database, clock: MovableClock) -> ChangeLog:
    ensure_indexes(database, settings)
    return ChangeLog(database, clock)


@pytest.fixture
def tasks(log: ChangeLog, database: Database, clock: MovableClock) -> TaskStore:
    return TaskStore(database, log, clock, new_id)


def new_task(tasks: TaskStore, origin: Origin = ORIGIN, **fields: object) -> str:
    """Create a task; returns its id."""
    usual = {"title": "Mow", "status": "pending", "priority": "low", "description": None, "category": None}
    change = tasks.create(origin.user_id, {**usual, "tags": [], "due_date": None, **fields}, origin).change
    return change.entity_id


def listed(tasks: TaskStore) -> list[str]:
    """The ids of the tasks of the owner, the newest task first."""
    return [task["_id"] for task in tasks.page(OWNER, TaskQuery(), 10, lambda: date(2026, 11, 20)).items]


def newest(log: ChangeLog, task_id: str) -> Change:
    """Return the newest change of a task."""
    version, found = 1, log.find(Entity.TASK, task_id, 1)
    while following := log.find(Entity.TASK, task_id, version + 1):
        version, found = version + 1, following
    assert found is not None
    return found


def undo_roll_forward(database: Database, change: Change) -> None:
    """Reset the projection to the state before the newest change, as if the roll-forward had not happened."""
    projection, before = database[change.entity.collection], change.document["before"]
    projection.delete_one({"_id": change.entity_id})
    if before is not None:
        projection.insert_one(before)
