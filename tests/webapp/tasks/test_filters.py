"""Lists of tasks: filters by several values or by the presence of a field, two sort keys, and entity tags."""

from typing import Any

import pytest

from tests.webapp.conftest import Person
from webapp.database.connection import Database

TASKS = "/api/v1/tasks"


def titles(person: Person, query: str) -> list[str]:
    answer = person.send("GET", f"{TASKS}?{query}")
    assert answer.status_code == 200, answer.json
    return [task["title"] for task in answer.json["items"]]


def test_any_of_several_values_is_found(ada: Person) -> None:
    for status in ("pending", "in_progress", "completed", "cancelled"):
        ada.create(status, status=status, priority="low" if status == "completed" else "high")
    assert set(titles(ada, "status=pending&status=completed")) == {"pending", "completed"}
    assert titles(ada, "status=pending&status=completed&priority=low&priority=urgent") == ["completed"]


def test_presence_of_category_and_due_date_is_found(ada: Person) -> None:
    ada.create("neither")
    ada.create("category", category="home")
    ada.create("date", due_date="2026-12-24")
    assert titles(ada, "has_category=true") == ["category"]
    assert set(titles(ada, "has_category=false")) == {"neither", "date"}
    assert titles(ada, "has_due_date=true") == ["date"]
    assert set(titles(ada, "has_due_date=false")) == {"neither", "category"}
    assert titles(ada, "has_due_date=false&due_before=2027-01-01") == []
    assert titles(ada, "has_category=false&category=home") == []


def test_second_key_orders_equal_first_ones(ada: Person) -> None:
    for title, priority, day in (("a", "high", "03"), ("b", "urgent", "02"), ("c", "high", "01")):
        ada.create(title, priority=priority, due_date=f"2026-12-{day}")
    assert titles(ada, "sort=-priority,due_date") == ["b", "c", "a"]
    assert titles(ada, "sort=-priority&sort=due_date") == ["b", "c", "a"]
    assert titles(ada, "sort=-priority,-due_date") == ["b", "a", "c"]
    assert titles(ada, "sort=priority,-priority") == titles(ada, "sort=priority")


@pytest.mark.parametrize(
    "path", [TASKS, f"{TASKS}?sort=-priority,due_date", f"{TASKS}/{{}}/history", "/api/v1/insights/me/daily"]
)
def test_unchanged_list_is_not_sent_again(ada: Person, path: str) -> None:
    target = path.format(ada.create()["id"])
    first = ada.send("GET", target)
    again = ada.send("GET", target, If_None_Match=first.headers["ETag"])
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert ada.send("HEAD", target, If_None_Match=first.headers["ETag"]).status_code == 304
    assert ada.send("GET", target, If_None_Match='"0"').json == first.json


def test_changed_list_has_another_tag(ada: Person) -> None:
    task = ada.create()
    before = ada.send("GET", TASKS).headers["ETag"]
    ada.send("PATCH", f"{TASKS}/{task['id']}", {"title": "b"})
    changed = ada.send("GET", TASKS, If_None_Match=before)
    assert (changed.status_code, changed.headers["ETag"] != before) == (200, True)


@pytest.mark.parametrize("tag", ["1", "abc", '"1', '"1" "2"', 'w/"1"', ""])
def test_malformed_if_none_match_is_refused(ada: Person, tag: str) -> None:
    assert ada.send("GET", f"{TASKS}/{ada.create()['id']}", If_None_Match=tag).status_code == 400


@pytest.mark.parametrize("tag", ["*", '"0", "1"', 'W/"1"'])
def test_known_copy_is_not_sent_again(ada: Person, tag: str) -> None:
    place = f"{TASKS}/{ada.create()['id']}"
    answer = ada.send("GET", place, If_None_Match=tag)
    assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", '"1"')
    assert ada.send("GET", place, If_None_Match='"2", W/"3"').status_code == 200


def test_keys_are_never_shown(ada: Person, database: Database) -> None:
    task = ada.create(category="home", tags=["a"])
    assert "keys" in (database.tasks.find_one({}) or {})
    change: dict[str, Any] = database.changes.find_one({"entity": "task"}) or {}
    assert "keys" not in change["after"]
    assert "keys" not in dict(ada.send("GET", f"{TASKS}/{task['id']}").json or {})
    assert "keys" not in ada.send("GET", TASKS).json["items"][0]
