"""Erasure removes all words of a user, keeps the figures, and does not affect other users."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.webapp.conftest import PASSWORD, Person
from tests.webapp.users.erased import ME, REGISTRATION, TASKS, assert_nothing_is_left, erase, sign_up
from webapp.auth.sessions import GONE
from webapp.database.connection import Database, Document


def test_erasure_removes_every_word(client: FlaskClient, database: Database) -> None:
    ada = sign_up(client)
    database.insights.insert_one({"_id": ada.user_id, "total": 7})
    answer = ada.send("DELETE", f"/api/v1/users/{ada.user_id}", {"password": PASSWORD})
    assert (answer.status_code, answer.data) == (204, b"")
    assert_nothing_is_left(database, ada.user_id)
    assert database.insights.count_documents({}) == 0
    assert database.login_failures.count_documents({}) == 0


def test_figures_are_kept_after_erasure(client: FlaskClient, database: Database) -> None:
    ada = sign_up(client)
    before = {row["_id"]: row for row in database.changes.find({})}
    assert erase(ada) == 204
    after = {row["_id"]: row for row in database.changes.find({})}
    assert len(after) == len(before) + 2
    for identity, row in before.items():
        for side in ("before", "after"):
            words: Document = dict.fromkeys(("title", "description", "category", "email", "name"))
            words["tags"] = []
            image = row[side]
            kept = image and image | {name: words[name] for name in words if name in image}
            assert after[identity][side] == kept
        rest = {name: value for name, value in row.items() if name not in ("before", "after", "fingerprint")}
        assert after[identity].items() >= rest.items()
    assert {row["op"] for identity, row in after.items() if identity not in before} == {"deleted"}


def test_erasure_does_not_affect_other_users(
    client: FlaskClient, register: Callable[..., Person], database: Database
) -> None:
    eve = register("eve@example.com")
    task = eve.create("Mine", description="Untouched")
    assert erase(sign_up(client)) == 204
    assert eve.send("GET", f"{TASKS}/{task['id']}").json == task
    assert eve.send("GET", ME).json["email"] == "eve@example.com"
    row = database.changes.find_one({"_id": f"task:{task['id']}:1"})
    assert row is not None
    assert row["after"]["title"] == "Mine"
    assert "erased" not in row


def test_wrong_password_erases_nothing(client: FlaskClient, database: Database) -> None:
    ada = sign_up(client)
    answer = ada.send("DELETE", ME, {"password": "not the password"})
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "#/password")
    assert database.erasures.count_documents({}) == 0
    assert ada.send("GET", ME).json["name"] == "Ada Lovelace"


@pytest.mark.parametrize(("method", "path"), [("GET", ME), ("GET", TASKS), ("POST", TASKS), ("DELETE", ME)])
def test_tokens_of_erased_user_are_invalid(client: FlaskClient, method: str, path: str) -> None:
    ada = sign_up(client)
    erase(ada)
    body = {"title": "Still here"} if path == TASKS else {"password": PASSWORD}
    answer = ada.send(method, path, None if method == "GET" else body)
    assert (answer.status_code, answer.json["detail"]) == (401, GONE)
    refresh = ada.send("POST", "/api/v1/auth/refresh", Authorization=f"Bearer {ada.refresh_token}")
    assert (refresh.status_code, refresh.json["detail"]) == (401, GONE)


def test_erased_address_is_free_and_unknown(client: FlaskClient) -> None:
    ada = sign_up(client)
    erase(ada)
    proof = {"email": "ada.0@example.org", "password": PASSWORD}
    assert client.post("/api/v1/auth/login", json=proof).status_code == 401
    again = client.post("/api/v1/users", json={**REGISTRATION, "email": "ada.0@example.org"})
    assert (again.status_code, again.json["version"]) == (201, 1)
    assert again.json["id"] != ada.user_id
