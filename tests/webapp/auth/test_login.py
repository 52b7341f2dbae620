"""Logging in as a client meets it."""

import json
from statistics import median
from time import perf_counter
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.webapp.conftest import PASSWORD, Person

LOGIN = "/api/v1/auth/login"
PROBLEM = "application/problem+json"


def proof(email: str = "ada@example.com", password: str = PASSWORD) -> dict[str, str]:
    return {"email": email, "password": password}


@pytest.mark.parametrize("spelling", ["ada@example.com", "ADA@Example.COM", " ada@example.com "])
def test_login_answers_with_usable_token(ada: Person, spelling: str) -> None:
    answer = ada.client.post(LOGIN, json=proof(spelling))
    told = {name: answer.json[name] for name in ("token_type", "expires_in")}
    assert (answer.status_code, told) == (200, {"token_type": "Bearer", "expires_in": 900})
    assert answer.headers["Cache-Control"] == "no-store"
    bearer = f"Bearer {answer.json['access_token']}"
    assert ada.send("GET", "/api/v1/users/me", Authorization=bearer).json["id"] == ada.user_id


def test_wrong_password_and_unknown_address_answer_alike(ada: Person) -> None:
    wrong = ada.client.post(LOGIN, json=proof(password="not the password"))
    unknown = ada.client.post(LOGIN, json=proof("nobody@example.com"))
    assert wrong.status_code == unknown.status_code == 401
    told = [{**dict(answer.json or {}), "request_id": ""} for answer in (wrong, unknown)]
    assert told[0] == told[1]
    varying = ("X-Request-ID", "Content-Length")
    headers = [
        {name: value for name, value in each.headers if name not in varying} for each in (wrong, unknown)
    ]
    assert headers[0] == headers[1]
    assert headers[0]["WWW-Authenticate"].startswith("Bearer")


def test_unknown_address_takes_as_long(ada: Person) -> None:
    def seconds(body: dict[str, str]) -> float:
        begun = perf_counter()
        ada.client.post(LOGIN, json=body)
        return perf_counter() - begun

    # The first look-up of a stranger also makes the hash that strangers are compared with.
    seconds(proof("nobody@example.com"))
    wrong = median(seconds(proof(password="not the password")) for _ in range(3))
    unknown = median(seconds(proof("nobody@example.com")) for _ in range(3))
    assert 0.4 < unknown / wrong < 2.5


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
def test_unusable_login_names_the_place(client: FlaskClient, body: dict[str, Any], pointer: str) -> None:
    answer = client.post(LOGIN, data=json.dumps(body), content_type="application/json")
    assert (answer.status_code, answer.content_type) == (422, PROBLEM)
    assert [error["pointer"] for error in answer.json["errors"]] == [pointer]
