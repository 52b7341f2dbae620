"""Log lines: JSON with the documented fields, and without personal data."""

import json
import logging
import sys
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.webapp.conftest import PASSWORD, Person
from webapp.http.request_log import JsonLines

TASKS = "/api/v1/tasks"


@pytest.fixture(autouse=True)
def every_level(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [json.loads(JsonLines().format(record)) for record in caplog.records]


def test_request_line_has_documented_fields(ada: Person, caplog: pytest.LogCaptureFixture) -> None:
    task = ada.create()
    caplog.clear()
    ada.send("PATCH", f"{TASKS}/{task['id']}", {"title": "b"}, X_Request_ID="my-own-request")
    (line,) = lines(caplog)
    assert datetime.fromisoformat(line.pop("timestamp")).utcoffset() is not None
    assert 0 < line.pop("duration_ms") < 10_000
    assert line == {
        "level": "INFO",
        "message": "request",
        "component": "api",
        "operation": f"PATCH {TASKS}/<task_id>",
        "status": "success",
        "request_id": "my-own-request",
        "user_id": ada.user_id,
        "route": f"{TASKS}/<task_id>",
        "http_status": 200,
    }


@pytest.mark.parametrize(
    ("path", "token", "status", "route"),
    [("/nowhere/ada", "", 404, "(none)"), (TASKS, "", 401, TASKS), (TASKS, "Bearer a.b.c", 401, TASKS)],
)
def test_refused_request_is_logged_as_error(
    client: FlaskClient, caplog: pytest.LogCaptureFixture, path: str, token: str, status: int, route: str
) -> None:
    client.get(path, headers={"Authorization": token} if token else {})
    (line,) = lines(caplog)
    logged = {name: line.get(name) for name in ("status", "http_status", "route", "user_id")}
    assert logged == {"status": "error", "http_status": status, "route": route, "user_id": None}


def test_tour_of_the_api_logs_no_personal_data(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> str:
        raise LookupError("titlePRIVATE in an exception")

    app.add_url_rule("/broken", view_func=fail, methods=["POST"])
    client = app.test_client()
    user = {"email": "mailPRIVATE@example.com", "name": "namePRIVATE", "password": f"{PASSWORD} PRIVATE"}
    proof = {name: user[name] for name in ("email", "password")}
    client.post("/api/v1/users", json=user, headers={"Idempotency-Key": "PRIVATE"})
    client.post("/api/v1/auth/login", json={**proof, "password": "PRIVATE but wrong"})
    token = client.post("/api/v1/auth/login", json=proof).json["access_token"]
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "keyPRIVATE"}
    task = {"title": "titlePRIVATE", "description": "PRIVATE", "category": "PRIVATE", "tags": ["PRIVATE"]}
    place = f"{TASKS}/{client.post(TASKS, json=task, headers=headers).json['id']}"
    client.post(TASKS, json={**task, "PRIVATE": "PRIVATE"}, headers=headers)
    client.post(TASKS, data=b'{"PRIVATE', headers={**headers, "Content-Type": "application/json"})
    client.get(f"{TASKS}?category=PRIVATE", headers=headers)
    client.get(f"{TASKS}/PRIVATE", headers=headers)
    client.get("/PRIVATE/nowhere", headers=headers)
    client.put(place, json=task, headers=headers)
    client.post("/broken", json=task, headers=headers)
    client.delete(place, headers={"Authorization": f"Bearer {token}", "X-Request-ID": "PRIVATE@example.com"})
    logged = json.dumps(lines(caplog))
    assert logged.count('"message": "request"') == 12
    assert "private" not in logged.lower()
    assert not [part for part in token.split(".") if part in logged]


def test_exception_is_logged_without_its_message() -> None:
    try:
        raise LookupError("a document with an address")
    except LookupError:
        record = logging.LogRecord("webapp", logging.ERROR, __file__, 1, "failed", None, sys.exc_info())
    line = json.loads(JsonLines().format(record))
    assert line["exception"] == "LookupError"
    assert "test_request_log.py" in line["stack"][-1]
    assert "address" not in json.dumps(line)
