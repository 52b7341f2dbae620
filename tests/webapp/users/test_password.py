"""Changes of the password: the input that they require, and the sessions that they end."""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.crashes import Crasher
from tests.processes import in_threads
from tests.webapp.conftest import PASSWORD, MovableClock, Person
from webapp.auth.credentials import Credentials
from webapp.auth.lockout import MAX_FAILURES
from webapp.auth.sessions import OUTDATED
from webapp.core.settings import Settings
from webapp.database.connection import Database
from webapp.http.context import services
from webapp.startup import Startup
from webapp.users.store import UserStore

PATH = "/api/v1/users/me/password"
LOGIN = "/api/v1/auth/login"
NEW = "a better horse battery"
REQUEST = "tests.webapp.changes.forked:request"


def log_in(person: Person, password: str) -> int:
    proof = {"email": "ada@example.com", "password": password}
    return person.client.post(LOGIN, json=proof).status_code


def test_new_password_replaces_the_old_one(ada: Person) -> None:
    answer = ada.send("PUT", PATH, {"old_password": PASSWORD, "new_password": NEW})
    assert (answer.status_code, answer.data) == (204, b"")
    assert (log_in(ada, NEW), log_in(ada, PASSWORD)) == (200, 401)


def test_password_change_ends_every_session(ada: Person) -> None:
    other = ada.client.post(LOGIN, json={"email": "ada@example.com", "password": PASSWORD}).json
    ada.send("PUT", PATH, {"old_password": PASSWORD, "new_password": NEW})
    for token in (ada.token, other["access_token"]):
        answer = ada.send("GET", "/api/v1/users/me", Authorization=f"Bearer {token}")
        assert (answer.status_code, answer.json["detail"]) == (401, OUTDATED)
    retry = ada.send("PUT", PATH, {"old_password": PASSWORD, "new_password": NEW})
    assert retry.status_code == 401
    refresh = ada.send("POST", "/api/v1/auth/refresh", Authorization=f"Bearer {ada.refresh_token}")
    assert refresh.status_code == 401


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"old_password": "not the password"}, "#/old_password"),
        ({"old_password": None}, "#/old_password"),
        ({"new_password": "x" * 9}, "#/new_password"),
        ({"new_password": "x" * 129}, "#/new_password"),
        ({"new_password": "PassWord123"}, "#/new_password"),
        ({"new_password": "half a pair \x00"}, "#/new_password"),
        ({"password": NEW}, "#/password"),
    ],
)
def test_invalid_change_error_names_the_field(
    ada: Person, database: Database, fields: dict[str, str], pointer: str
) -> None:
    before = database.credentials.find_one({})
    answer = ada.send("PUT", PATH, {"old_password": PASSWORD, "new_password": NEW, **fields})
    assert (answer.status_code, [error["pointer"] for error in answer.json["errors"]]) == (422, [pointer])
    assert database.credentials.find_one({}) == before
    assert ada.send("GET", "/api/v1/users/me").status_code == 200


def test_one_of_concurrent_changes_succeeds(app: Flask, ada: Person, database: Database) -> None:
    services(app).get(Startup).run_once()
    together = Barrier(3)
    passwords = [f"{NEW} {number}" for number in range(3)]

    def change(new: str) -> int:
        rival = Person(app.test_client(), ada.user_id, ada.token)
        together.wait()
        return rival.send("PUT", PATH, {"old_password": PASSWORD, "new_password": new}).status_code

    with ThreadPoolExecutor(3) as pool:
        statuses = list(pool.map(change, passwords))
    # After the first change, the other requests have a wrong old password or an invalid token.
    assert statuses.count(204) == 1
    assert set(statuses) <= {204, 422, 401}
    assert [log_in(ada, new) for new in passwords] == [200 if status == 204 else 401 for status in statuses]
    kept = database.credentials.find_one({"_id": ada.user_id})
    assert kept is not None
    assert kept["token_generation"] == 1


KEY = {"Idempotency_Key": "change-1"}
CHANGE = {"old_password": PASSWORD, "new_password": NEW}


def test_retry_with_the_old_token_gets_the_first_response(ada: Person, database: Database) -> None:
    first = ada.send("PUT", PATH, CHANGE, **KEY)
    kept = database.credentials.find_one({})
    retry = ada.send("PUT", PATH, CHANGE, **KEY)
    assert (first.status_code, retry.status_code) == (204, 204)
    assert "Idempotency-Replayed" not in first.headers
    assert retry.headers["Idempotency-Replayed"] == "true"
    assert database.credentials.find_one({}) == kept
    # The old token is valid only for this retry; any other request with the old token is refused.
    assert ada.send("GET", "/api/v1/users/me", **KEY).status_code == 401
    assert ada.send("PUT", PATH, CHANGE).status_code == 401
    assert ada.send("PUT", PATH, CHANGE, Idempotency_Key="change-2").status_code == 401


def test_retry_with_a_new_token_gets_the_first_response(ada: Person) -> None:
    ada.send("PUT", PATH, CHANGE, **KEY)
    login = ada.client.post(LOGIN, json={"email": "ada@example.com", "password": NEW}).json
    bearer = f"Bearer {login['access_token']}"
    retry = ada.send("PUT", PATH, CHANGE, Authorization=bearer, **KEY)
    assert (retry.status_code, retry.headers.get("Idempotency-Replayed")) == (204, "true")
    assert ada.send("GET", "/api/v1/users/me", Authorization=bearer).status_code == 200


def test_key_with_another_password_is_refused_and_counted(ada: Person, clock: MovableClock) -> None:
    """If these requests were not counted, an attacker with an old token could guess the new password."""
    ada.send("PUT", PATH, CHANGE, **KEY)
    other = {**CHANGE, "new_password": "guessed by an attacker"}
    statuses = [ada.send("PUT", PATH, other, **KEY).status_code for _ in range(MAX_FAILURES + 1)]
    assert statuses == [422] * MAX_FAILURES + [429]
    clock.advance(minutes=15)
    assert log_in(ada, NEW) == 200


def test_key_of_a_task_is_refused(ada: Person) -> None:
    assert ada.send("POST", "/api/v1/tasks", {"title": "Water"}, **KEY).status_code == 201
    assert ada.send("PUT", PATH, CHANGE, **KEY).status_code == 422
    assert log_in(ada, PASSWORD) == 200


@pytest.mark.parametrize("ending", ["everywhere", "logout", "another-change", "operator"])
def test_retry_fails_after_sessions_were_ended_again(app: Flask, ada: Person, ending: str) -> None:
    if ending == "logout":
        ada.send("POST", "/api/v1/auth/logout")
        assert ada.send("PUT", PATH, CHANGE, **KEY).status_code == 401
        return
    ada.send("PUT", PATH, CHANGE, **KEY)
    login = ada.client.post(LOGIN, json={"email": "ada@example.com", "password": NEW}).json
    bearer = f"Bearer {login['access_token']}"
    if ending == "everywhere":
        ada.send("POST", "/api/v1/auth/logout?everywhere=true", Authorization=bearer)
    elif ending == "another-change":
        again = {"old_password": NEW, "new_password": "the third horse battery"}
        assert ada.send("PUT", PATH, again, Authorization=bearer).status_code == 204
    else:
        services(app).get(UserStore).set_password("ada@example.com", NEW)
    assert ada.send("PUT", PATH, CHANGE, **KEY).status_code == 401


def test_concurrent_retries_change_the_password_once(app: Flask, ada: Person, database: Database) -> None:
    together = Barrier(3)

    def change(number: int) -> TestResponse:
        rival = Person(app.test_client(), ada.user_id, ada.token)
        together.wait()
        return rival.send("PUT", PATH, CHANGE, **KEY)

    answers = in_threads(3, change)
    assert [answer.status_code for answer in answers] == [204] * 3
    assert sum("Idempotency-Replayed" in answer.headers for answer in answers) == 2
    kept = database.credentials.find_one({}) or {}
    assert kept["token_generation"] == 1


def test_killed_change_is_completed_by_its_retry(
    crashes: Crasher, register: Callable[..., Person], settings: Settings
) -> None:
    """After a kill at any line, the retry with the old token succeeds, even if the change ended the token."""
    requests: dict[int, tuple[Person, dict[str, Any]]] = {}

    def arguments(number: int) -> dict[str, Any]:
        person = register(f"ada.{number}@example.com")
        headers = {"Authorization": f"Bearer {person.token}", "Idempotency-Key": f"key-{number}"}
        requests[number] = person, {"method": "PUT", "path": PATH, "json": CHANGE, "headers": headers}
        return {"settings": asdict(settings), "request": requests[number][1]}

    files = ["webapp/auth/credentials.py", "webapp/auth/lockout.py"]
    for number, _ in enumerate(crashes.every_kill(REQUEST, files, arguments), 1):
        person, request = requests[number]
        assert person.client.open(**request).status_code == 204
        proof = {"email": f"ada.{number}@example.com", "password": NEW}
        assert person.client.post(LOGIN, json=proof).status_code == 200


def test_no_password_and_no_key_is_stored(ada: Person, database: Database) -> None:
    ada.send("PUT", PATH, CHANGE, **KEY)
    for name in database.list_collection_names():
        stored = repr(list(database[name].find({})))
        assert not [text for text in (PASSWORD, NEW, "change-1") if text in stored]
    # The stored digest depends only on the key: from a digest of key and password, one could guess the
    # password offline.
    kept = database.credentials.find_one({}) or {}
    assert kept["change_key"] == hashlib.sha256(b"change-1").hexdigest()


def test_change_survives_logout_in_between(
    ada: Person, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = Credentials._replace

    def replace_too_late(self: Credentials, *documents: dict[str, object]) -> bool:
        monkeypatch.setattr(Credentials, "_replace", replace)
        self.end_generation(ada.user_id)
        return replace(self, *documents)

    monkeypatch.setattr(Credentials, "_replace", replace_too_late)
    answer = ada.send("PUT", PATH, {"old_password": PASSWORD, "new_password": NEW})
    assert answer.status_code == 204
    kept = database.credentials.find_one({"_id": ada.user_id})
    assert kept is not None
    assert kept["token_generation"] == 2
    assert log_in(ada, NEW) == 200
