"""Changing the password: what it takes, and what it ends."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask

from tests.webapp.conftest import PASSWORD, Person
from webapp.auth.credentials import Credentials
from webapp.auth.sessions import OUTDATED
from webapp.core.database import Database
from webapp.http.context import services
from webapp.startup import Startup

PATH = "/api/v1/users/me/password"
LOGIN = "/api/v1/auth/login"
NEW = "a better horse battery"


def log_in(person: Person, password: str) -> int:
    proof = {"email": "ada@example.com", "password": password}
    return person.client.post(LOGIN, json=proof).status_code


def test_new_password_takes_the_place_of_old(ada: Person) -> None:
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
def test_refused_change_names_the_place(
    ada: Person, database: Database, fields: dict[str, str], pointer: str
) -> None:
    before = database.credentials.find_one({})
    answer = ada.send("PUT", PATH, {"old_password": PASSWORD, "new_password": NEW, **fields})
    assert (answer.status_code, [error["pointer"] for error in answer.json["errors"]]) == (422, [pointer])
    assert database.credentials.find_one({}) == before
    assert ada.send("GET", "/api/v1/users/me").status_code == 200


def test_one_of_racing_changes_wins(app: Flask, ada: Person, database: Database) -> None:
    services(app).get(Startup).run_once()
    together = Barrier(3)
    passwords = [f"{NEW} {number}" for number in range(3)]

    def change(new: str) -> int:
        rival = Person(app.test_client(), ada.user_id, ada.token)
        together.wait()
        return rival.send("PUT", PATH, {"old_password": PASSWORD, "new_password": new}).status_code

    with ThreadPoolExecutor(3) as pool:
        statuses = list(pool.map(change, passwords))
    # Who comes second proves an old password that is none any more, or comes with a dead token.
    assert statuses.count(204) == 1
    assert set(statuses) <= {204, 422, 401}
    assert [log_in(ada, new) for new in passwords] == [200 if status == 204 else 401 for status in statuses]
    kept = database.credentials.find_one({"_id": ada.user_id})
    assert kept is not None
    assert kept["token_generation"] == 1


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
