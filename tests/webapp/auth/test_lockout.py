"""Lockout: ten wrong passwords, counted over all endpoints, lock an e-mail address, registered or not."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.webapp.conftest import PASSWORD, MovableClock, Person
from webapp.auth.lockout import MAX_FAILURES
from webapp.core.settings import Settings
from webapp.database.connection import Database, purge_expired

LOGIN = "/api/v1/auth/login"
ME = "/api/v1/users/me"
WRONG = "not the password"
ADA = "ada@example.com"


def log_in(client: FlaskClient, password: str = WRONG, email: str = ADA) -> TestResponse:
    return client.post(LOGIN, json={"email": email, "password": password})


def fail(client: FlaskClient, times: int, email: str = ADA) -> None:
    for _ in range(times):
        assert log_in(client, email=email).status_code == 401


def content(answer: TestResponse) -> tuple[Any, ...]:
    """Return the status, the body and the headers of a response without its request id."""
    body = {**dict(answer.json or {}), "request_id": ""}
    headers = sorted((name, value) for name, value in answer.headers if name != "X-Request-ID")
    return answer.status_code, body, headers


@pytest.mark.parametrize("email", [ADA, "nobody@example.com"])
def test_ten_failures_lock_for_fifteen_minutes(ada: Person, clock: MovableClock, email: str) -> None:
    fail(ada.client, MAX_FAILURES, email)
    clock.advance(minutes=14, milliseconds=500)
    answer = log_in(ada.client, email=email)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
    assert answer.content_type == "application/problem+json"
    clock.advance(seconds=60)
    assert log_in(ada.client, email=email).status_code == 401


def test_correct_password_does_not_unlock_the_account(ada: Person, clock: MovableClock) -> None:
    fail(ada.client, MAX_FAILURES)
    assert log_in(ada.client, PASSWORD).status_code == 429
    clock.advance(minutes=15)
    assert log_in(ada.client, PASSWORD).status_code == 200


def test_refused_attempts_do_not_extend_the_lock(ada: Person, clock: MovableClock) -> None:
    fail(ada.client, MAX_FAILURES)
    for _ in range(14):
        clock.advance(minutes=1)
        assert log_in(ada.client).status_code == 429
    clock.advance(minutes=1)
    assert log_in(ada.client, PASSWORD).status_code == 200


def test_correct_password_clears_the_failures(ada: Person, database: Database) -> None:
    for _ in range(3):
        fail(ada.client, MAX_FAILURES - 1)
        assert log_in(ada.client, PASSWORD).status_code == 200
    assert database.login_failures.count_documents({}) == 0


def test_failures_are_deleted_after_fifteen_minutes(ada: Person, clock: MovableClock) -> None:
    fail(ada.client, MAX_FAILURES - 1)
    clock.advance(minutes=15)
    fail(ada.client, MAX_FAILURES - 1)
    assert log_in(ada.client, PASSWORD).status_code == 200


@pytest.mark.parametrize("email", [ADA, "nobody@example.com"])
def test_spellings_of_an_address_count_together(ada: Person, email: str) -> None:
    for spelling in (email, email.upper(), email.title()):
        fail(ada.client, 3, spelling)
    fail(ada.client, 1, f" {email}")
    assert log_in(ada.client, email=email).status_code == 429


def test_locked_account_does_not_affect_others(ada: Person, register: Callable[..., Person]) -> None:
    register("eve@example.com")
    fail(ada.client, MAX_FAILURES)
    assert log_in(ada.client, PASSWORD, "eve@example.com").status_code == 200


def test_known_and_unknown_address_get_equal_responses(
    ada: Person, commands: Callable[[], list[str]], verified: list[str]
) -> None:
    """Known and unknown addresses cause equal responses, equal commands and equally many verified hashes."""
    for _ in range(MAX_FAILURES + 2):
        observed = []
        for email in (ADA, "nobody@example.com"):
            commands()
            verified.clear()
            answer = log_in(ada.client, email=email)
            observed.append((content(answer), commands(), len(verified)))
        assert observed[0] == observed[1]
    assert observed[0][0][0] == 429


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", f"{ME}/password", {"old_password": WRONG, "new_password": "a better horse battery"}),
        ("DELETE", ME, {"password": WRONG}),
    ],
)
def test_all_password_checks_count_together(
    ada: Person, method: str, path: str, body: dict[str, str]
) -> None:
    fail(ada.client, MAX_FAILURES - 2)
    for _ in range(2):
        assert ada.send(method, path, body).status_code == 422
    assert ada.send(method, path, body).status_code == 429
    assert log_in(ada.client, PASSWORD).status_code == 429


def test_new_address_does_not_unlock_the_account(ada: Person) -> None:
    fail(ada.client, MAX_FAILURES)
    assert ada.send("PATCH", ME, {"email": "ada@example.org"}).status_code == 200
    assert log_in(ada.client, PASSWORD, "ada@example.org").status_code == 429


def test_retried_registration_cannot_be_used_to_guess(ada: Person) -> None:
    user = {"email": "bob@example.com", "name": "Bob", "password": PASSWORD}
    key = {"Idempotency-Key": "known to an attacker"}
    assert ada.client.post("/api/v1/users", json=user, headers=key).status_code == 201
    guess = {**user, "password": "guessed by an attacker"}
    statuses = [
        ada.client.post("/api/v1/users", json=guess, headers=key).status_code for _ in range(MAX_FAILURES + 1)
    ]
    assert statuses == [422] * MAX_FAILURES + [429]


def test_failures_contain_no_names_and_are_purged(
    ada: Person, settings: Settings, database: Database, clock: MovableClock
) -> None:
    for email in (ADA, "nobody@example.com"):
        fail(ada.client, 1, email)
    kept = list(database.login_failures.find({}))
    assert len(kept) == 2
    assert "example" not in repr(kept)
    assert ada.user_id not in repr(kept)
    clock.advance(minutes=15, seconds=1)
    purge_expired(database, settings, clock())
    assert database.login_failures.count_documents({}) == 0
