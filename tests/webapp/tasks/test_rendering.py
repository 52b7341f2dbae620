"""The list shows what is stored, although the JSON of its tasks is remembered."""

import tracemalloc
from datetime import UTC, datetime
from typing import Any

import bson
import pytest
from bson.raw_bson import RawBSONDocument

from tests.webapp.conftest import Person
from webapp.database.connection import Database
from webapp.tasks.rendering import MAX_BYTES, render

TASKS = "/api/v1/tasks"
MOMENT = datetime(2026, 11, 30, tzinfo=UTC)
STORED: dict[str, Any] = {
    "title": "Mow",
    "description": "a" * (MAX_BYTES - 500),
    "status": "pending",
    "priority": "low",
    "category": None,
    "tags": [],
    "due_date": None,
    "created_at": MOMENT,
    "updated_at": MOMENT,
    "completed_at": None,
    "version": 1,
}


def listed(person: Person) -> list[dict[str, Any]]:
    return list(person.send("GET", TASKS).json["items"])


@pytest.mark.parametrize("size", [10, MAX_BYTES])
def test_list_shows_the_same_task_as_get_after_each_change(ada: Person, size: int) -> None:
    task = ada.create(description="ä" * size, tags=["b", "a"], due_date="2026-12-24")
    path = f"{TASKS}/{task['id']}"
    for change in ({"title": "b"}, {"status": "completed"}, {"tags": None, "category": "home"}):
        assert listed(ada) == [ada.send("GET", path).json]
        changed = ada.send("PATCH", path, change).json
        assert listed(ada) == listed(ada) == [changed]


def test_list_shows_a_repair_that_kept_the_version(ada: Person, database: Database) -> None:
    task = ada.create("damaged")
    assert listed(ada) == [task]
    database.tasks.update_one({"_id": task["id"]}, {"$set": {"title": "repaired"}})
    assert listed(ada) == [{**task, "title": "repaired"}]


def test_remembered_task_takes_little_more_memory_than_its_json() -> None:
    tasks = [bson.encode({**STORED, "_id": str(number)}) for number in range(100)]
    tracemalloc.start()
    try:
        rendered = [render(RawBSONDocument(task)) for task in tasks]
        used, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert MAX_BYTES / 2 < len(tasks[0]) < MAX_BYTES
    assert used < len(rendered) * 2 * MAX_BYTES
