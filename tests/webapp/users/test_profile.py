"""Profiles: users can read and change only their own profile, and concurrent requests are safe."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.webapp.conftest import PASSWORD, MovableClock, Person
from webapp.database.connection import Database

USERS = "/api/v1/users"
ME = f"{USERS}/me"
LOGIN = "/api/v1/auth/login"


def can_log_in(person: Person, email: str) -> bool:
    proof = {"email": email, "password": PASSWORD}
    return person.client.post(LOGIN, json=proof).status_code == 200


def test_me_means_own_id(ada: Person) -> None:
    by_id = ada.send("GET", f"{USERS}/{ada.user_id}")
    assert (by_id.status_code, by_id.json["email"]) == (200, "ada@example.com")
    assert ada.send("GET", ME).data == by_id.data


@pytest.mark.parametrize(
    ("method", "body"), [("GET", None), ("PATCH", {"name": "Eve"}), ("DELETE", {"password": PASSWORD})]
)
def test_foreign_profile_looks_like_a_missing_one(
    register: Callable[..., Person], database: Database, method: str, body: Any
) -> None:
    ada, eve = register("ada@example.com"), register("eve@example.com")
    foreign = eve.send(method, f"{USERS}/{ada.user_id}", body)
    unknown = eve.send(method, f"{USERS}/01a1fd9e-0000-7000-8000-000000000000", body)
    assert (foreign.status_code, foreign.json["detail"]) == (404, unknown.json["detail"])
    assert database.changes.count_documents({}) == 2


@pytest.mark.parametrize("wrong_id", ["zzz", "ME", "%00", "{}", "me%20"])
def test_malformed_user_id_is_not_found(ada: Person, wrong_id: str) -> None:
    assert ada.send("GET", f"{USERS}/{wrong_id}").status_code == 404


def test_known_version_is_not_sent_again(ada: Person) -> None:
    assert ada.send("GET", ME).headers["ETag"] == '"1"'
    known = ada.send("GET", ME, If_None_Match='"1"')
    assert (known.status_code, known.data, known.headers["ETag"]) == (304, b"", '"1"')
    ada.send("PATCH", ME, {"name": "Ada Lovelace"})
    assert ada.send("GET", ME, If_None_Match='"1"').json["name"] == "Ada Lovelace"


def test_change_returns_the_new_profile(ada: Person, clock: MovableClock) -> None:
    before = dict(ada.send("GET", ME).json or {})
    clock.advance(hours=1)
    fields = {"name": " Ada Lovelace ", "time_zone": "Europe/Lisbon"}
    answer = ada.send("PATCH", ME, fields)
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"2"')
    assert answer.json == {
        **before,
        "name": "Ada Lovelace",
        "time_zone": "Europe/Lisbon",
        "updated_at": "2026-11-20T10:30:00.000Z",
        "version": 2,
    }
    assert ada.send("GET", ME).data == answer.data


def test_empty_change_is_accepted(ada: Person) -> None:
    assert ada.send("PATCH", ME, {}).status_code == 200


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"email": None}, "#/email"),
        ({"name": None}, "#/name"),
        ({"time_zone": None}, "#/time_zone"),
        ({"email": "ada"}, "#/email"),
        ({"name": "\u2003"}, "#/name"),
        ({"time_zone": "Lisbon"}, "#/time_zone"),
        ({"password": "another password"}, "#/password"),
        ({"version": 7}, "#/version"),
    ],
)
def test_invalid_change_error_names_the_field(ada: Person, fields: dict[str, Any], pointer: str) -> None:
    answer = ada.send("PATCH", ME, fields)
    assert (answer.status_code, [error["pointer"] for error in answer.json["errors"]]) == (422, [pointer])
    assert ada.send("GET", ME).json["version"] == 1


@pytest.mark.parametrize(("tag", "status"), [('"1"', 200), ("*", 200), ('"2"', 412), ('W/"1"', 412)])
def test_stale_change_does_nothing(ada: Person, database: Database, tag: str, status: int) -> None:
    fields = {"name": "Ada Lovelace", "email": "ada@example.org"}
    assert ada.send("PATCH", ME, fields, If_Match=tag).status_code == status
    assert ada.send("GET", ME).json["version"] == (2 if status == 200 else 1)
    assert database.emails.count_documents({}) == 1


def test_stale_erasure_does_nothing(ada: Person, database: Database) -> None:
    answer = ada.send("DELETE", ME, {"password": PASSWORD}, If_Match='"7"')
    assert answer.status_code == 412
    assert database.erasures.count_documents({}) == 0
    assert ada.send("GET", ME).status_code == 200


def test_keyed_change_happens_once(ada: Person) -> None:
    fields = {"email": "ada@example.org"}
    first = ada.send("PATCH", ME, fields, Idempotency_Key="k")
    again = ada.send("PATCH", ME, fields, Idempotency_Key="k")
    assert (again.status_code, again.data) == (200, first.data)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert ada.send("PATCH", ME, {"name": "Eve"}, Idempotency_Key="k").status_code == 422
    assert ada.send("GET", ME).json["version"] == 2


def test_late_retry_does_not_restore_old_address(ada: Person, database: Database) -> None:
    ada.send("PATCH", ME, {"email": "ada@example.org"}, Idempotency_Key="k")
    ada.send("PATCH", ME, {"email": "ada@example.net"})
    retry = ada.send("PATCH", ME, {"email": "ada@example.org"}, Idempotency_Key="k")
    assert retry.json["email"] == "ada@example.org"
    assert ada.send("GET", ME).json["email"] == "ada@example.net"
    assert [claim["_id"] for claim in database.emails.find({})] == ["ada@example.net"]


def test_new_address_replaces_the_old_one(ada: Person, register: Callable[..., Person]) -> None:
    answer = ada.send("PATCH", ME, {"email": "Ada@EXAMPLE.org"})
    assert (answer.status_code, answer.json["email"]) == (200, "Ada@example.org")
    assert can_log_in(ada, "ada@example.org")
    assert not can_log_in(ada, "ada@example.com")
    register("ada@example.com")
    assert can_log_in(ada, "ada@example.com")


def test_taken_address_is_a_conflict(ada: Person, register: Callable[..., Person]) -> None:
    eve = register("eve@example.com")
    answer = eve.send("PATCH", ME, {"email": "ADA@example.com", "name": "Ada"})
    assert (answer.status_code, answer.content_type) == (409, "application/problem+json")
    assert "Retry-After" not in answer.headers
    shown = eve.send("GET", ME).json
    assert (shown["email"], shown["name"], shown["version"]) == ("eve@example.com", "Ada", 1)
    assert can_log_in(eve, "eve@example.com")


def test_other_spelling_needs_no_claim(ada: Person, database: Database) -> None:
    claims = list(database.emails.find({}))
    answer = ada.send("PATCH", ME, {"email": "ADA@example.com"})
    assert (answer.status_code, answer.json["email"]) == (200, "ADA@example.com")
    assert list(database.emails.find({})) == claims
    assert can_log_in(ada, "ada@example.com")


def test_tokens_stay_valid_after_change_of_address(ada: Person) -> None:
    ada.send("PATCH", ME, {"email": "ada@example.org"})
    assert ada.send("GET", ME).status_code == 200
    retry = ada.send("POST", "/api/v1/auth/refresh", Authorization=f"Bearer {ada.refresh_token}")
    assert retry.status_code == 200
