"""Login with an e-mail address and a password, over HTTP."""

import json
import unicodedata
from typing import Any, Literal

import argon2
import pytest
from flask.testing import FlaskClient

from tests.webapp.conftest import PASSWORD, Person
from webapp.auth import hashing
from webapp.database.connection import Database

LOGIN = "/api/v1/auth/login"
PROBLEM = "application/problem+json"


def proof(email: str = "ada@example.com", password: str = PASSWORD) -> dict[str, str]:
    return {"email": email, "password": password}


@pytest.mark.parametrize("spelling", ["ada@example.com", "ADA@Example.COM", " ada@example.com "])
def test_login_returns_usable_tokens(ada: Person, spelling: str) -> None:
    answer = ada.client.post(LOGIN, json=proof(spelling))
    shown = {name: answer.json[name] for name in ("token_type", "expires_in")}
    assert (answer.status_code, shown) == (200, {"token_type": "Bearer", "expires_in": 900})
    assert answer.headers["Cache-Control"] == "no-store"
    bearer = f"Bearer {answer.json['access_token']}"
    assert ada.send("GET", "/api/v1/users/me", Authorization=bearer).json["id"] == ada.user_id
    assert set(answer.json or ()) == {"access_token", "refresh_token", "token_type", "expires_in"}


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_both_encodings_of_accents_are_accepted(ada: Person, form: Literal["NFC", "NFD"]) -> None:
    typed = "p\u00e4ssw\u00f6rter 99"
    user = {"email": "eve@example.com", "name": "Eve", "password": unicodedata.normalize("NFD", typed)}
    assert ada.client.post("/api/v1/users", json=user).status_code == 201
    answer = ada.client.post(LOGIN, json=proof("eve@example.com", unicodedata.normalize(form, typed)))
    assert answer.status_code == 200


def test_wrong_password_and_unknown_address_get_equal_responses(ada: Person) -> None:
    wrong = ada.client.post(LOGIN, json=proof(password="not the password"))
    unknown = ada.client.post(LOGIN, json=proof("nobody@example.com"))
    assert wrong.status_code == unknown.status_code == 401
    bodies = [{**dict(answer.json or {}), "request_id": ""} for answer in (wrong, unknown)]
    assert bodies[0] == bodies[1]
    varying = ("X-Request-ID", "Content-Length")
    headers = [
        {name: value for name, value in each.headers if name not in varying} for each in (wrong, unknown)
    ]
    assert headers[0] == headers[1]
    assert headers[0]["WWW-Authenticate"].startswith("Bearer")


@pytest.fixture
def real_hashes(quick_hashes: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "PasswordHasher", argon2.PasswordHasher)


@pytest.mark.usefixtures("real_hashes")
def test_login_renews_hash_of_old_parameters(ada: Person, database: Database) -> None:
    weak = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    kept = database.credentials.find_one({"_id": ada.user_id})
    assert kept is not None
    database.credentials.replace_one({"_id": ada.user_id}, {**kept, "password_hash": weak})
    assert ada.client.post(LOGIN, json=proof(password="not the password")).status_code == 401
    assert database.credentials.find_one({"_id": ada.user_id}) == {**kept, "password_hash": weak}
    assert ada.client.post(LOGIN, json=proof()).status_code == 200
    renewed = database.credentials.find_one({"_id": ada.user_id})
    assert renewed is not None
    assert not argon2.PasswordHasher().check_needs_rehash(renewed["password_hash"])
    assert renewed["token_generation"] == 0
    assert ada.client.post(LOGIN, json=proof()).status_code == 200
    assert ada.send("GET", "/api/v1/users/me").status_code == 200


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"email": "ada@example.com"}, "#/password"),
        ({"password": PASSWORD}, "#/email"),
        (proof("\ud800@example.com"), "#/email"),
        (proof("ada\x00@example.com"), "#/email"),
        (proof("a" * 321), "#/email"),
        ({**proof(), "email": {"$ne": ""}}, "#/email"),
        (proof(password="half a pair \ud800"), "#/password"),
        (proof(password="x" * 129), "#/password"),
        ({**proof(), "password": {"$ne": ""}}, "#/password"),
        ({**proof(), "otp": "1"}, "#/otp"),
    ],
)
def test_invalid_login_error_names_the_field(client: FlaskClient, body: dict[str, Any], pointer: str) -> None:
    answer = client.post(LOGIN, data=json.dumps(body), content_type="application/json")
    assert (answer.status_code, answer.content_type) == (422, PROBLEM)
    assert [error["pointer"] for error in answer.json["errors"]] == [pointer]
