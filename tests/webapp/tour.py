"""Requests every operation of the API, in each variant that sends different commands to the database."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from flask import Flask
from werkzeug.test import TestResponse

from tests.webapp.conftest import PASSWORD, MovableClock, Person
from webapp.http.context import services

Json = dict[str, Any]

TASKS = "/api/v1/tasks"
ME = "/api/v1/users/me"
CHANGES = "/api/v1/changes"
LOGIN = "/api/v1/auth/login"
LISTS = (
    "",
    "status=pending",
    "priority=medium",
    "category=home",
    "tag=a",
    "tag=a&tag=b",
    "q=task+1",
    "overdue=true",
    "overdue=false",
    "due_before=2027-01-01",
    "due_after=2026-01-01",
    "updated_since=2026-01-01T00:00:00Z",
    "status=pending&status=completed",
    "priority=low&priority=medium",
    "has_category=true",
    "has_category=false",
    "has_due_date=true",
    "has_due_date=false",
    "status=pending&priority=medium&category=home&tag=a&overdue=false&q=task",
)
SORTS = (
    "created_at",
    "-created_at",
    "updated_at",
    "-due_date",
    "priority",
    "-priority,due_date",
    "due_date,-created_at",
    "updated_at,priority",
    "created_at,-updated_at",
)


def take_tour(app: Flask, person: Person, clock: MovableClock, document: Json) -> None:
    """Request every operation: first with the steps below, then with its documented example."""
    task_ids = write_tasks(person)
    read_lists(person)
    sync(person, clock)
    look_after_account(app, person, clock)
    ask_examples(person, document, task_ids[0])
    leave(person)


def write_tasks(person: Person) -> list[str]:
    """Send every kind of write, a retry, a write with an outdated version, and a read of a deleted task."""
    made = [
        person.create(f"Task {n}", category="home", tags=["a", "b"], due_date="2026-11-19")["id"]
        for n in range(4)
    ]
    place = f"{TASKS}/{made[0]}"
    for _ in range(2):
        good(person.send("PATCH", place, {"title": "Task 1 again"}, Idempotency_Key="a retry"))
    good(person.send("PUT", place, {"title": "Task 1", "category": "home", "tags": ["a"]}))
    assert person.send("PATCH", place, {"title": "late"}, If_Match='"1"').status_code == 412
    good(person.send("DELETE", place))
    assert person.send("GET", place).status_code == 404
    good(person.send("POST", f"{place}/restore"))
    good(person.send("GET", place))
    walk(person, f"{place}/history?limit=2")
    return made


def read_lists(person: Person) -> None:
    """Read the first two pages of every list in every order."""
    for query in LISTS:
        for sort in SORTS:
            walk(person, f"{TASKS}?limit=2&sort={sort}&{query}")


def sync(person: Person, clock: MovableClock) -> None:
    """Read a snapshot of the change feed, and then the later changes, page by page."""
    answer = good(person.send("GET", f"{CHANGES}?limit=2")).json
    for _ in range(20):
        clock.advance(seconds=10)
        if not answer["has_more"]:
            person.create("A change")
            person.create("Another one")
        answer = good(person.send("GET", f"{CHANGES}?limit=1&cursor={answer['next_cursor']}")).json


def look_after_account(app: Flask, person: Person, clock: MovableClock) -> None:
    """Use sessions, change the password and the address, and take over an abandoned claim on an address."""
    wrong = person.client.post(LOGIN, json={"email": "ada@example.com", "password": "not this one"})
    assert wrong.status_code == 401
    assert (
        person.client.post(LOGIN, json={"email": "ada@example.com", "password": "nor this"}).status_code
        == 401
    )
    log_in(person)
    claim = {
        "_id": "new@example.com",
        "user_id": str(uuid4()),
        "idempotency_key": None,
        "claim_id": str(uuid4()),
    }
    services(app).database.emails.insert_one({**claim, "claimed_at": clock() - timedelta(minutes=2)})
    good(person.send("PATCH", ME, {"email": "new@example.com"}))
    good(person.send("PATCH", ME, {"email": "ada@example.com"}))
    refreshed = person.send("POST", "/api/v1/auth/refresh", Authorization=f"Bearer {person.refresh_token}")
    person.token = good(refreshed).json["access_token"]
    changed = {"old_password": PASSWORD, "new_password": PASSWORD + "!"}
    good(person.send("PUT", f"{ME}/password", changed))
    log_in(person, PASSWORD + "!")
    good(person.send("POST", "/api/v1/auth/logout?everywhere=true"))
    log_in(person, PASSWORD + "!")


def ask_examples(person: Person, document: Json, task_id: str) -> None:
    """Request every operation except the erasure with its example, so that a new operation is included."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method == "parameters" or (method, path) == ("delete", "/api/v1/users/{user_id}"):
                continue
            media = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            place = path.replace("{task_id}", task_id).replace("{user_id}", "me")
            answer = person.send(method.upper(), place, media.get("example"))
            assert answer.status_code < 500, (method, path, answer.json)
            if path.startswith("/api/v1/auth"):
                log_in(person, PASSWORD + "!")


def leave(person: Person) -> None:
    """Erase the account of the user."""
    good(person.send("DELETE", ME, {"password": PASSWORD + "!"}))


def walk(person: Person, path: str) -> None:
    """Read the first page of a list and, if it exists, the second page."""
    answer = good(person.send("GET", path)).json
    if answer["next_cursor"]:
        good(person.send("GET", f"{path}&cursor={answer['next_cursor']}"))


def log_in(person: Person, password: str = PASSWORD) -> None:
    """Log in, which begins a new session."""
    answer = good(person.client.post(LOGIN, json={"email": "ada@example.com", "password": password})).json
    person.token, person.refresh_token = answer["access_token"], answer["refresh_token"]


def good(answer: TestResponse) -> Any:
    """Return the response; fails if it is an error."""
    assert answer.status_code < 300, answer.json
    return answer
