"""Tasks over HTTP: create, read, update and delete."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.webapp.conftest import MovableClock, Person
from webapp.database.connection import Database

TASKS = "/api/v1/tasks"
PROBLEM = "application/problem+json"


def test_created_task_has_documented_shape(ada: Person) -> None:
    answer = ada.send("POST", TASKS, {"title": "  Water the plants ", "tags": ["soon", "soon"]})
    assert answer.status_code == 201
    expected = {
        "id": answer.json["id"],
        "title": "Water the plants",
        "description": None,
        "status": "pending",
        "priority": "medium",
        "category": None,
        "tags": ["soon"],
        "due_date": None,
        "created_at": "2026-11-20T09:30:00.000Z",
        "updated_at": "2026-11-20T09:30:00.000Z",
        "completed_at": None,
        "version": 1,
    }
    assert set(answer.json or ()) == set(expected), (
        "the fields of a task in webapp/tasks/fields.py differ from `expected` in "
        "tests/webapp/tasks/test_views.py"
    )
    assert answer.json == expected
    assert answer.headers["ETag"] == '"1"'
    assert ada.send("GET", answer.headers["Location"]).json == answer.json


def test_patch_changes_only_named_fields(ada: Person, clock: MovableClock) -> None:
    task = ada.create(description="twice a week", category="home", due_date="2026-11-30")
    clock.advance(minutes=5)
    answer = ada.send("PATCH", f"{TASKS}/{task['id']}", {"category": None, "priority": "high"})
    expected = {**task, "category": None, "priority": "high", "version": 2}
    assert answer.json == {**expected, "updated_at": "2026-11-20T09:35:00.000Z"}
    assert answer.headers["ETag"] == '"2"'


def test_put_resets_missing_fields(ada: Person) -> None:
    task = ada.create(description="twice", priority="urgent", tags=["a"])
    answer = ada.send("PUT", f"{TASKS}/{task['id']}", {"title": "Mow"})
    assert answer.status_code == 200
    left = {name: answer.json[name] for name in ("title", "description", "priority", "tags", "version")}
    assert left == {"title": "Mow", "description": None, "priority": "medium", "tags": [], "version": 2}


def test_completion_time_follows_status(ada: Person, clock: MovableClock) -> None:
    task = ada.create()
    place = f"{TASKS}/{task['id']}"
    clock.advance(hours=1)
    assert (
        ada.send("PATCH", place, {"status": "completed"}).json["completed_at"] == "2026-11-20T10:30:00.000Z"
    )
    clock.advance(hours=1)
    assert ada.send("PATCH", place, {"title": "Done"}).json["completed_at"] == "2026-11-20T10:30:00.000Z"
    assert ada.send("PATCH", place, {"status": "in_progress"}).json["completed_at"] is None


def test_deleted_task_is_not_found_anywhere(ada: Person) -> None:
    task = ada.create()
    place = f"{TASKS}/{task['id']}"
    assert ada.send("DELETE", place).status_code == 204
    assert [ada.send(method, place, {}).status_code for method in ("GET", "PATCH", "DELETE")] == [404] * 3
    assert ada.send("GET", TASKS).json["items"] == []


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_foreign_task_looks_like_a_missing_one(register: Callable[..., Person], method: str) -> None:
    task = register("ada@example.com").create()
    stranger = register("eve@example.com")
    body = None if method == "GET" else {"title": "Mine now"}
    foreign = stranger.send(method, f"{TASKS}/{task['id']}", body)
    unknown = stranger.send(method, f"{TASKS}/01a1fd9e-0000-7000-8000-000000000000", body)
    assert (foreign.status_code, foreign.json["detail"]) == (404, unknown.json["detail"])


@pytest.mark.parametrize("wrong_id", ["zzz", "%00", "..%2f", "{}", "01A1FD9E-0000-7000-8000-000000000000"])
def test_malformed_id_is_not_found(ada: Person, wrong_id: str) -> None:
    assert ada.send("GET", f"{TASKS}/{wrong_id}").status_code == 404


@pytest.mark.parametrize("tag", ['"1"', '"0", "1"', "*"])
def test_current_if_match_is_accepted(ada: Person, tag: str) -> None:
    task = ada.create()
    assert ada.send("PATCH", f"{TASKS}/{task['id']}", {"title": "b"}, If_Match=tag).json["version"] == 2


def test_if_match_reveals_no_foreign_task(ada: Person) -> None:
    task = ada.create()
    answer = ada.send("GET", f"{TASKS}/{task['id']}", If_Match='"9"')
    assert (answer.status_code, answer.json) == (200, task)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("tag", ['"2"', 'W/"1"', '""'])
def test_stale_if_match_changes_nothing(ada: Person, database: Database, method: str, tag: str) -> None:
    task = ada.create()
    answer = ada.send(method, f"{TASKS}/{task['id']}", {"title": "b"}, If_Match=tag)
    assert (answer.status_code, answer.content_type) == (412, PROBLEM)
    assert ada.send("GET", f"{TASKS}/{task['id']}").json == task
    assert database.changes.count_documents({"entity": "task"}) == 1


def test_known_etag_answers_not_modified(ada: Person) -> None:
    task = ada.create()
    answer = ada.send("GET", f"{TASKS}/{task['id']}", If_None_Match='"1"')
    assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", '"1"')


def test_list_shows_only_own_tasks(register: Callable[..., Person]) -> None:
    register("ada@example.com").create()
    assert register("eve@example.com").send("GET", TASKS).json == {"items": [], "next_cursor": None}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/title"),
        ({"title": None}, "#/title"),
        ({"title": "   "}, "#/title"),
        ({"title": "x" * 201}, "#/title"),
        ({"title": 7}, "#/title"),
        ({"title": ["x"]}, "#/title"),
        ({"title": {"$gt": ""}}, "#/title"),
        ({"title": "nul\x00"}, "#/title"),
        ({"title": "half a pair \ud800"}, "#/title"),
        ({"title": "x", "description": "x" * 5001}, "#/description"),
        ({"title": "x", "status": "done"}, "#/status"),
        ({"title": "x", "status": None}, "#/status"),
        ({"title": "x", "priority": 10**400}, "#/priority"),
        ({"title": "x", "category": ""}, "#/category"),
        ({"title": "x", "category": "x" * 51}, "#/category"),
        ({"title": "x", "tags": "soon"}, "#/tags"),
        ({"title": "x", "tags": ["t"] * 21}, "#/tags"),
        ({"title": "x", "tags": ["ok", "x" * 31]}, "#/tags/1"),
        ({"title": "x", "tags": [None]}, "#/tags/0"),
        ({"title": "x", "due_date": "2026-02-30"}, "#/due_date"),
        ({"title": "x", "due_date": "2026-2-3"}, "#/due_date"),
        ({"title": "x", "due_date": "20260203"}, "#/due_date"),
        ({"title": "x", "due_date": 20260203}, "#/due_date"),
        ({"title": "x", "titel": "x"}, "#/titel"),
        ({"title": "x", "a/b~": 1}, "#/a~1b~0"),
        ({"title": "x", "_id": "mine"}, "#/_id"),
        ({"title": "x", "user_id": "mine"}, "#/user_id"),
        ({"title": "x", "version": 9}, "#/version"),
        ({"title": "x", "completed_at": None}, "#/completed_at"),
        ({"title": "x", "$where": "1"}, "#/$where"),
        ([], "#"),
        ("x", "#"),
        (None, "#"),
    ],
)
def test_invalid_task_error_names_the_field(ada: Person, database: Database, body: Any, pointer: str) -> None:
    headers = {"Authorization": f"Bearer {ada.token}", "Content-Type": "application/json"}
    raw = ada.client.post(TASKS, data=json.dumps(body), headers=headers)
    assert (raw.status_code, raw.content_type) == (422, PROBLEM)
    assert pointer in [error["pointer"] for error in raw.json["errors"]]
    assert database.tasks.count_documents({}) == 0


def test_invalid_merge_patch_error_names_the_field(ada: Person) -> None:
    answer = ada.send("PATCH", f"{TASKS}/{ada.create()['id']}", {"title": "", "tags": [None]})
    assert [error["pointer"] for error in answer.json["errors"]] == ["#/title", "#/tags/0"]
