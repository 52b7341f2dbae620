"""PUT with the response of GET changes nothing; read-only fields; the preconditions of writes."""

from typing import Any

import pytest

from tests.webapp.conftest import MovableClock, Person

TASKS = "/api/v1/tasks"


@pytest.mark.parametrize("status", ["pending", "completed"])
def test_put_accepts_the_response_of_get(ada: Person, clock: MovableClock, status: str) -> None:
    made = ada.create("Mow", category="home", tags=["a"], due_date="2026-12-24", status=status)
    path = f"{TASKS}/{made['id']}"
    clock.advance(hours=1)
    read = ada.send("GET", path)
    answer = ada.send("PUT", path, read.json, If_Match=read.headers["ETag"])
    assert answer.status_code == 200, answer.json
    own = {"version": 2, "updated_at": "2026-11-20T10:30:00.000Z"}
    assert answer.json == {**(read.json or {}), **own}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "01a1fd9e-0000-7000-8000-000000000000"),
        ("created_at", "2026-11-20T09:30:00.001Z"),
        ("updated_at", "2020-01-01T00:00:00Z"),
        ("completed_at", "2026-11-20T09:30:00.000Z"),
        ("version", 2),
    ],
)
def test_put_changes_no_read_only_field(ada: Person, field: str, value: Any) -> None:
    task = ada.create()
    path = f"{TASKS}/{task['id']}"
    answer = ada.send("PUT", path, {**task, field: value})
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json["errors"]] == [f"#/{field}"]
    assert ada.send("GET", path).json == task
    assert ada.send("PATCH", path, {field: value}).status_code == 422


def test_put_of_stale_copy_fails_its_precondition(ada: Person) -> None:
    task = ada.create()
    path = f"{TASKS}/{task['id']}"
    ada.send("PATCH", path, {"title": "b"})
    assert ada.send("PUT", path, task, If_Match='"1"').status_code == 412
    assert ada.send("PUT", path, task).status_code == 422


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_if_none_match_of_a_write_is_honoured(ada: Person, method: str) -> None:
    path, body = f"{TASKS}/{ada.create()['id']}", None if method == "DELETE" else {"title": "b"}
    for tag in ("*", '"1"', '"0", W/"1"'):
        assert ada.send(method, path, body, If_None_Match=tag).status_code == 412, tag
    unknown = f"{TASKS}/01a1fd9e-0000-7000-8000-000000000000"
    assert ada.send(method, unknown, body, If_None_Match="*").status_code == 404
    assert ada.send(method, path, body, If_None_Match='"2"').status_code in (200, 204)


@pytest.mark.parametrize("name", ["If_Match", "If_None_Match"])
@pytest.mark.parametrize("tag", ["1", "", '"1', "* ,"])
def test_malformed_precondition_is_refused(ada: Person, name: str, tag: str) -> None:
    path = f"{TASKS}/{ada.create()['id']}"
    answer = ada.send("PATCH", path, {"title": "b"}, **{name: tag})
    assert (answer.status_code, "double quotes" in answer.json["detail"]) == (400, True)
    assert ada.send("PATCH", "/api/v1/users/me", {"name": "b"}, **{name: tag}).status_code == 400


def test_name_of_an_action_is_no_id(ada: Person) -> None:
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        answer = ada.send(method, f"{TASKS}/batch", {"title": "b"})
        assert (answer.status_code, set(answer.headers["Allow"].split(", "))) == (405, {"OPTIONS", "POST"})
