"""The list shows what is stored, although the JSON of its tasks is remembered."""

from typing import Any

import pytest

from tests.webapp.conftest import Person
from webapp.core.database import Database
from webapp.tasks.rendering import MAX_BYTES

TASKS = "/api/v1/tasks"


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
