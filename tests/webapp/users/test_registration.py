"""Registration with a name, an e-mail address and a password, over HTTP."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.webapp.conftest import PASSWORD
from webapp.database.connection import Database

USERS = "/api/v1/users"
PROBLEM = "application/problem+json"


def registration(**fields: Any) -> dict[str, Any]:
    return {"email": "ada@example.com", "name": "Ada", "password": PASSWORD, **fields}


def test_registered_user_has_documented_shape(client: FlaskClient) -> None:
    answer = client.post(USERS, json=registration(name="  Ada ", time_zone="Europe/Lisbon"))
    assert answer.status_code == 201
    assert answer.json == {
        "id": answer.json["id"],
        "email": "ada@example.com",
        "name": "Ada",
        "time_zone": "Europe/Lisbon",
        "created_at": "2026-11-20T09:30:00.000Z",
        "updated_at": "2026-11-20T09:30:00.000Z",
        "version": 1,
    }
    assert answer.headers["Location"] == f"{USERS}/{answer.json['id']}"


def test_time_zone_defaults_to_utc(client: FlaskClient) -> None:
    assert client.post(USERS, json=registration()).json["time_zone"] == "UTC"


def test_password_is_stored_as_hash_only(client: FlaskClient, database: Database) -> None:
    client.post(USERS, json=registration())
    kept = {name: list(database[name].find({})) for name in database.list_collection_names()}
    assert PASSWORD not in repr(kept)
    assert kept["credentials"][0]["password_hash"].startswith("$argon2id$")
    assert "argon2" not in repr(kept["changes"]) + repr(kept["users"])


@pytest.mark.parametrize("spelling", ["ada@example.com", "ADA@example.com", "Ada@EXAMPLE.com"])
def test_taken_address_is_a_conflict(client: FlaskClient, database: Database, spelling: str) -> None:
    client.post(USERS, json=registration())
    answer = client.post(USERS, json=registration(email=spelling, name="Eve"))
    assert (answer.status_code, answer.content_type) == (409, PROBLEM)
    assert [user["name"] for user in database.users.find({})] == ["Ada"]
    assert database.credentials.count_documents({}) == 1


def test_composed_and_decomposed_address_are_one(client: FlaskClient) -> None:
    client.post(USERS, json=registration(email="andr\u00e9@example.com"))
    decomposed = "andre\u0301@example.com"
    assert client.post(USERS, json=registration(email=decomposed)).status_code == 409
    proof = {"email": decomposed, "password": PASSWORD}
    assert client.post("/api/v1/auth/login", json=proof).status_code == 200


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"email": "ada"}, "#/email"),
        ({"email": "ada@localhost"}, "#/email"),
        ({"email": "ada@@example.com"}, "#/email"),
        ({"email": "ada\n@example.com"}, "#/email"),
        ({"email": "ada\x00@example.com"}, "#/email"),
        ({"email": "\ud800@example.com"}, "#/email"),
        ({"email": "ada@[127.0.0.1]"}, "#/email"),
        ({"email": "a" * 400 + "@example.com"}, "#/email"),
        ({"email": {"$ne": ""}}, "#/email"),
        ({"email": None}, "#/email"),
        ({"name": " "}, "#/name"),
        ({"name": "x" * 101}, "#/name"),
        ({"name": "nul\x00"}, "#/name"),
        ({"password": "x" * 9}, "#/password"),
        ({"password": "x" * 129}, "#/password"),
        ({"password": "1234567890"}, "#/password"),
        ({"password": "PassWord123"}, "#/password"),
        ({"password": "half a pair \ud800"}, "#/password"),
        ({"password": 1234567890}, "#/password"),
        ({"time_zone": "Lisbon"}, "#/time_zone"),
        ({"time_zone": "europe/lisbon"}, "#/time_zone"),
        ({"time_zone": "../../etc/passwd"}, "#/time_zone"),
        ({"time_zone": "localtime"}, "#/time_zone"),
        ({"time_zone": None}, "#/time_zone"),
        ({"id": "mine"}, "#/id"),
        ({"version": 7}, "#/version"),
    ],
)
def test_invalid_registration_error_names_the_field(
    client: FlaskClient, database: Database, fields: dict[str, Any], pointer: str
) -> None:
    # json.dumps escapes unpaired surrogates; the encoder of the test client cannot encode them.
    body = json.dumps(registration(**fields))
    answer = client.post(USERS, data=body, content_type="application/json")
    assert (answer.status_code, answer.content_type) == (422, PROBLEM)
    assert [error["pointer"] for error in answer.json["errors"]] == [pointer]
    assert database.emails.count_documents({}) == 0


def test_keyed_retry_gets_the_first_response(client: FlaskClient, database: Database) -> None:
    first = client.post(USERS, json=registration(), headers={"Idempotency-Key": "k"})
    again = client.post(USERS, json=registration(), headers={"Idempotency-Key": "k"})
    assert (again.status_code, again.data) == (201, first.data)
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert database.changes.count_documents({}) == 1


@pytest.mark.parametrize("other", [{"password": "another password"}, {"name": "Eve"}])
def test_key_used_for_other_data_is_refused(client: FlaskClient, other: dict[str, str]) -> None:
    client.post(USERS, json=registration(), headers={"Idempotency-Key": "k"})
    answer = client.post(USERS, json=registration(**other), headers={"Idempotency-Key": "k"})
    assert (answer.status_code, answer.content_type) == (422, PROBLEM)
