"""The history of a task: all changes, the newest first, with the old and new value of each field."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.webapp.conftest import MovableClock, Person
from webapp.core.settings import Settings
from webapp.database.connection import Database, purge_expired

TASKS = "/api/v1/tasks"


def history(person: Person, task_id: str, query: str = "") -> Any:
    answer = person.send("GET", f"{TASKS}/{task_id}/history{query}")
    assert answer.status_code == 200, answer.json
    return answer.json


def change(field: str, before: Any, after: Any) -> dict[str, Any]:
    return {"field": field, "from": before, "to": after}


def test_history_lists_every_change_of_a_task(ada: Person, clock: MovableClock) -> None:
    task = ada.create("Mow", tags=["garden"], due_date="2026-11-30")
    place = f"{TASKS}/{task['id']}"
    clock.advance(hours=1)
    ada.send("PATCH", place, {"status": "completed", "tags": []})
    clock.advance(hours=1)
    ada.send("DELETE", place)
    clock.advance(hours=1)
    ada.send("POST", f"{place}/restore")
    done = "2026-11-20T10:30:00.000Z"
    left = [("title", "Mow"), ("status", "completed"), ("priority", "medium"), ("due_date", "2026-11-30")]
    left = [*left, ("completed_at", done)]
    assert history(ada, task["id"]) == {
        "items": [
            {
                "version": 4,
                "op": "restored",
                "at": "2026-11-20T12:30:00.000Z",
                "changes": [change(field, None, value) for field, value in left],
            },
            {
                "version": 3,
                "op": "deleted",
                "at": "2026-11-20T11:30:00.000Z",
                "changes": [change(field, value, None) for field, value in left],
            },
            {
                "version": 2,
                "op": "updated",
                "at": done,
                "changes": [
                    change("status", "pending", "completed"),
                    change("tags", ["garden"], []),
                    change("completed_at", None, done),
                ],
            },
            {
                "version": 1,
                "op": "created",
                "at": "2026-11-20T09:30:00.000Z",
                "changes": [
                    change("title", None, "Mow"),
                    change("status", None, "pending"),
                    change("priority", None, "medium"),
                    change("tags", [], ["garden"]),
                    change("due_date", None, "2026-11-30"),
                ],
            },
        ],
        "next_cursor": None,
    }


def test_update_without_effect_has_no_changed_fields(ada: Person) -> None:
    task = ada.create("Mow")
    ada.send("PATCH", f"{TASKS}/{task['id']}", {"title": "Mow"})
    newest = history(ada, task["id"])["items"][0]
    assert (newest["op"], newest["changes"]) == ("updated", [])


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 100])
def test_pages_contain_every_change_once(ada: Person, limit: int) -> None:
    task = ada.create("0")
    for number in range(4):
        ada.send("PATCH", f"{TASKS}/{task['id']}", {"title": f"{number + 1}"})
    seen, cursor, pages = [], "", 0
    while cursor is not None:
        page = history(ada, task["id"], f"?limit={limit}" + (f"&cursor={cursor}" if cursor else ""))
        seen += [item["version"] for item in page["items"]]
        cursor, pages = page["next_cursor"], pages + 1
    assert seen == [5, 4, 3, 2, 1]
    assert pages == -(-5 // limit)


def test_concurrent_changes_do_not_affect_pages(ada: Person) -> None:
    task = ada.create()
    place = f"{TASKS}/{task['id']}"
    ada.send("PATCH", place, {"title": "b"})
    cursor = history(ada, task["id"], "?limit=1")["next_cursor"]
    ada.send("DELETE", place)
    assert [item["version"] for item in history(ada, task["id"], f"?cursor={cursor}")["items"]] == [1]


def test_history_of_other_users_is_not_found(register: Callable[..., Person]) -> None:
    task = register("ada@example.com").create()
    eve = register("eve@example.com")
    unknown = "01a1fd9e-0000-7000-8000-000000000000"
    foreign, none = (eve.send("GET", f"{TASKS}/{each}/history") for each in (task["id"], unknown))
    assert (foreign.status_code, foreign.json["detail"]) == (404, none.json["detail"])


@pytest.mark.parametrize("wrong_id", ["zzz", "%00", "é", "01A1FD9E-0000-7000-8000-000000000000"])
def test_history_of_malformed_id_is_not_found(ada: Person, wrong_id: str) -> None:
    assert ada.send("GET", f"{TASKS}/{wrong_id}/history").status_code == 404


def test_cursor_is_bound_to_task_and_owner(ada: Person, register: Callable[..., Person]) -> None:
    one, other = ada.create(), ada.create()
    for task in (one, other):
        ada.send("PATCH", f"{TASKS}/{task['id']}", {"title": "b"})
    cursor = history(ada, one["id"], "?limit=1")["next_cursor"]
    eve = register("eve@example.com")
    for person, task, wrong in ((ada, other, cursor), (eve, one, cursor), (ada, one, "x" + cursor)):
        answer = person.send("GET", f"{TASKS}/{task['id']}/history?cursor={wrong}")
        assert (answer.status_code, answer.content_type) == (400, "application/problem+json")


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "page=2"])
def test_invalid_query_is_refused(ada: Person, query: str) -> None:
    assert ada.send("GET", f"{TASKS}/{ada.create()['id']}/history?{query}").status_code == 422


def test_task_exists_after_its_history_expired(
    ada: Person, settings: Settings, database: Database, clock: MovableClock
) -> None:
    task = ada.create()
    purge_expired(database, settings, clock() + timedelta(days=settings.change_retention_days + 1))
    assert history(ada, task["id"]) == {"items": [], "next_cursor": None}
