"""Malicious requests: very long inputs, unusual paths, and injected headers."""

import json
import re
from typing import Any
from uuid import UUID

import pytest

from tests.webapp.conftest import Person
from tests.webapp.inspection import error_pointers, stored_documents
from webapp.database.connection import Database

Json = dict[str, Any]

TASKS = "/api/v1/tasks"
PROBLEM = "application/problem+json"
# The maximum length of a header field that the server accepts.
LONG = 8190


@pytest.fixture
def task(ada: Person) -> Json:
    return ada.create("Mine", category="home", tags=["a"])


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "a" * 100_000 + "@"),
        ("email", "a@" * 50_000),
        ("email", "a." * 50_000 + "@b.cc"),
        ("email", "a@" + "b." * 50_000 + "cc"),
        ("email", '"' + "\\" * 100_000 + '"@b.cc'),
        ("email", "a@" + "xn--" * 20_000),
        ("time_zone", "A/" * 50_000),
        ("time_zone", "../" * 50_000 + "etc/passwd"),
        ("time_zone", "/etc/localtime"),
        ("name", " " * 900_000),
        ("name", "\u0301" * 100_000),
        ("password", "a" * 900_000),
    ],
)
def test_long_inputs_are_refused(ada: Person, field: str, value: str) -> None:
    user = {"email": "eve@example.com", "name": "Eve", "password": "correct horse battery", field: value}
    answer = ada.client.post("/api/v1/users", json=user)
    assert (answer.status_code, error_pointers(answer)) == (422, {field})
    assert len(answer.data) < 2000


@pytest.mark.timeout(120)
@pytest.mark.parametrize("value", ["2026-" * 20_000, "9" * 100_000, "2026-12-24" + " " * 100_000])
def test_long_dates_are_refused(ada: Person, value: str) -> None:
    answer = ada.send("POST", TASKS, {"title": "x", "due_date": value})
    assert (answer.status_code, error_pointers(answer)) == (422, {"due_date"})


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("header", "value", "status"),
    [
        ("Idempotency-Key", "k" * LONG, 400),
        ("Idempotency-Key", " " * 200 + "é", 400),
        ("X-Request-ID", "a" * LONG, 200),
        ("X-Request-ID", "a" * 64 + "!", 200),
        ("If-Match", '"' * LONG, 400),
        ("If-Match", ('W/"1",' * LONG)[:LONG], 400),
        ("If-Match", ", ".join(['W/"1"'] * (LONG // 7)), 412),
        ("If-Match", "a" + " " * (LONG - 2) + "b", 400),
        ("If-None-Match", "a" + " " * (LONG - 2) + "b", 400),
        ("Authorization", "Bearer " + "a." * (LONG // 2), 401),
        ("Authorization", "Bearer " * (LONG // 7), 401),
        ("Content-Type", "application/json;" + "a=" * (LONG // 2), 200),
        ("Accept", ("a/b," * LONG)[:LONG], 200),
    ],
)
def test_long_headers_get_a_response(ada: Person, task: Json, header: str, value: str, status: int) -> None:
    headers = {"Authorization": f"Bearer {ada.token}", "Content-Type": "application/json", header: value}
    answer = ada.client.patch(f"{TASKS}/{task['id']}", data=b"{}", headers=headers)
    assert answer.status_code == status
    assert answer.headers["X-Request-ID"] != value


@pytest.mark.parametrize(
    "tail",
    [
        "..%2f",
        "..%2fusers%2fme",
        "%2e%2e%2f%2e%2e%2fhealth",
        "..%5c",
        "%00",
        "{id}%00",
        "{id}%20",
        "%20{id}",
        "{id}%0a",
        "{id}/",
        "{id}%2f",
        "{id}%2fhistory%2f",
        "{ID}",
        "{{{id}}}",
        "urn:uuid:{id}",
        "{hex}",
        "%EF%BC%90" + "1a1fd9e-0000-7000-8000-000000000000",
        "a" * 5000,
    ],
)
def test_unusual_paths_are_not_found(ada: Person, database: Database, task: Json, tail: str) -> None:
    before = stored_documents(database)
    names = {"{id}": task["id"], "{ID}": task["id"].upper(), "{hex}": UUID(task["id"]).hex}
    path = f"{TASKS}/{re.sub('{id}|{ID}|{hex}', lambda found: names[found[0]], tail)}"
    for method, body in (("GET", None), ("PATCH", {"title": "x"}), ("DELETE", None)):
        answer = ada.send(method, path, body)
        assert (answer.status_code, answer.content_type) == (404, PROBLEM), (method, path)
    assert stored_documents(database) == before


INJECTED = "sane-id-1\r\nSet-Cookie: stolen=1"


@pytest.mark.parametrize("value", [INJECTED, "sane-id-1\n", "sane-id-1\r", "sane-id-1\x00", "sané-id-1"])
@pytest.mark.parametrize(("header", "status"), [("HTTP_X_REQUEST_ID", 201), ("HTTP_IDEMPOTENCY_KEY", 400)])
def test_headers_cannot_be_injected(ada: Person, header: str, status: int, value: str) -> None:
    answer = ada.client.post(
        TASKS,
        json={"title": INJECTED},
        headers={"Authorization": f"Bearer {ada.token}"},
        environ_overrides={header: value},
    )
    assert answer.status_code == status
    assert "Set-Cookie" not in answer.headers
    assert re.fullmatch(r"[A-Za-z0-9._-]{8,64}", answer.headers["X-Request-ID"])
    assert value not in answer.headers["X-Request-ID"]


def test_location_headers_name_no_host(ada: Person) -> None:
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Prefix": "/evil"}
    for _ in range(2):
        made = ada.send("POST", TASKS, {"title": "//evil.example"}, **headers)
        assert made.headers["Location"] == f"{TASKS}/{made.json['id']}"
    page = ada.send("GET", f"{TASKS}?limit=1&q=evil.example", **headers)
    assert page.headers["Link"].startswith(f"<{TASKS}?")
    assert json.dumps(page.json).count("evil.example") == 1
