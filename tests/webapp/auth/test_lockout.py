"""Lockout: ten wrong passwords for one account, however they are sent and whoever's it is."""

import time
from collections.abc import Callable, Iterator
from itertools import chain
from threading import Barrier
from typing import Any

import argon2
import pytest
from flask import Flask
from flask.testing import FlaskClient
from pymongo.errors import ConnectionFailure
from werkzeug.test import TestResponse

from tests.processes import PROCESSES, Run, four_processes, in_threads
from tests.webapp.conftest import PASSWORD, MovableClock, Person
from webapp.auth.hashing import HashQueue
from webapp.auth.lockout import MAX_FAILURES, Lockout
from webapp.core.database import Database, purge_expired
from webapp.core.errors import Busy, TooManyRequests
from webapp.core.settings import Settings

LOGIN = "/api/v1/auth/login"
ME = "/api/v1/users/me"
WRONG = "not the password"
ADA = "ada@example.com"


def log_in(client: FlaskClient, password: str = WRONG, email: str = ADA) -> TestResponse:
    return client.post(LOGIN, json={"email": email, "password": password})


def fail(client: FlaskClient, times: int, email: str = ADA) -> None:
    for _ in range(times):
        assert log_in(client, email=email).status_code == 401


def told(answer: TestResponse) -> tuple[Any, ...]:
    """Everything that an answer tells, but for what differs from request to request."""
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


def test_right_password_does_not_open_the_lock(ada: Person, clock: MovableClock) -> None:
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


def test_success_forgets_the_failures(ada: Person, database: Database) -> None:
    for _ in range(3):
        fail(ada.client, MAX_FAILURES - 1)
        assert log_in(ada.client, PASSWORD).status_code == 200
    assert database.login_failures.count_documents({}) == 0


def test_failures_are_forgotten_after_a_while(ada: Person, clock: MovableClock) -> None:
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


def test_lock_of_one_leaves_others_alone(ada: Person, register: Callable[..., Person]) -> None:
    register("eve@example.com")
    fail(ada.client, MAX_FAILURES)
    assert log_in(ada.client, PASSWORD, "eve@example.com").status_code == 200


def test_known_and_unknown_address_answer_alike(
    ada: Person, commands: Callable[[], list[str]], verified: list[str]
) -> None:
    """By what is said and by the work it takes: the hash is verified, the database asked, as often."""
    for _ in range(MAX_FAILURES + 2):
        observed = []
        for email in (ADA, "nobody@example.com"):
            commands()
            verified.clear()
            answer = log_in(ada.client, email=email)
            observed.append((told(answer), commands(), len(verified)))
        assert observed[0] == observed[1]
    assert observed[0][0][0] == 429


def until_answered(client: FlaskClient, password: str) -> list[TestResponse]:
    """Log in again after each 503, as its Retry-After says; returns all answers."""
    answers = [log_in(client, password)]
    while answers[-1].status_code == 503:
        time.sleep(int(answers[-1].headers["Retry-After"]) / 10)
        answers.append(log_in(client, password))
    return answers


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The hashes that passwords were verified against."""
    hashes: list[str] = []
    verify = argon2.PasswordHasher.verify

    def noting(self: argon2.PasswordHasher, hashed: str, password: str) -> Any:
        hashes.append(hashed)
        return verify(self, hashed, password)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", noting)
    return hashes


def test_parallel_guesses_get_ten_tries(app: Flask, ada: Person, verified: list[str]) -> None:
    rivals = 2 * MAX_FAILURES
    together = Barrier(rivals)
    verified.clear()

    def guess(number: int) -> int:
        client = app.test_client()
        together.wait()
        return until_answered(client, WRONG)[-1].status_code

    assert sorted(in_threads(rivals, guess)) == [401] * MAX_FAILURES + [429] * MAX_FAILURES
    assert len(verified) == MAX_FAILURES


def test_parallel_logins_are_never_called_guesses(app: Flask, ada: Person, database: Database) -> None:
    logins = 24
    together = Barrier(logins)

    def enter(number: int) -> set[int]:
        client = app.test_client()
        together.wait()
        return {answer.status_code for answer in until_answered(client, PASSWORD)}

    statuses = in_threads(logins, enter)
    assert all(200 in each for each in statuses)
    assert set().union(*statuses) <= {200, 503}
    assert database.login_failures.count_documents({}) == 0


def test_attempts_under_way_count_like_failures(database: Database, clock: MovableClock) -> None:
    lockout = Lockout(database, clock)
    attempts = [lockout.reserve("ada") for _ in range(MAX_FAILURES)]
    with pytest.raises(Busy) as refusal:
        lockout.reserve("ada")
    assert refusal.value.headers == {"Retry-After": "1"}
    lockout.cancel(attempts.pop())
    attempts.append(lockout.reserve("ada"))
    for attempt in attempts:
        lockout.fail(attempt)
    with pytest.raises(TooManyRequests):
        lockout.reserve("ada")


def test_right_password_releases_its_own_attempt_alone(database: Database, clock: MovableClock) -> None:
    lockout = Lockout(database, clock)
    guesses = [lockout.reserve("ada") for _ in range(MAX_FAILURES - 1)]
    lockout.succeed(lockout.reserve("ada"))
    for guess in guesses:
        lockout.fail(guess)
    lockout.fail(lockout.reserve("ada"))
    with pytest.raises(TooManyRequests):
        lockout.reserve("ada")


def test_attempt_of_a_killed_process_counts_as_failure(database: Database, clock: MovableClock) -> None:
    """Its guess may have been verified. It blocks nobody for longer than a failure does."""
    lockout = Lockout(database, clock)
    late = [lockout.reserve("ada") for _ in range(MAX_FAILURES)]
    clock.advance(seconds=30)
    with pytest.raises(TooManyRequests) as refusal:
        lockout.reserve("ada")
    assert refusal.value.headers == {"Retry-After": "870"}
    # One that was only slow is counted already.
    lockout.fail(late[0])
    clock.advance(seconds=870)
    lockout.succeed(lockout.reserve("ada"))
    assert database.login_failures.count_documents({}) == 0


def test_failures_of_the_earlier_format_still_count(database: Database, clock: MovableClock) -> None:
    lockout = Lockout(database, clock)
    lockout.fail(lockout.reserve("ada"))
    kept = database.login_failures.find_one({}) or {}
    old = {"_id": kept["_id"], "count": MAX_FAILURES - 1, "expires_at": kept["expires_at"]}
    database.login_failures.replace_one({"_id": kept["_id"]}, old)
    lockout.fail(lockout.reserve("ada"))
    with pytest.raises(TooManyRequests):
        lockout.reserve("ada")


def test_database_that_fails_midway_costs_no_attempt(
    ada: Person, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: HashQueue, stored: str | None, password: str) -> bool:
        raise ConnectionFailure("the database is away")

    with monkeypatch.context() as patched:
        patched.setattr(HashQueue, "matches", fail)
        for _ in range(2 * MAX_FAILURES):
            assert log_in(ada.client, PASSWORD).status_code == 503
    assert log_in(ada.client, PASSWORD).status_code == 200
    assert database.login_failures.count_documents({}) == 0


@pytest.fixture(scope="module")
def everywhere() -> Iterator[Run]:
    with four_processes() as run:
        yield run


def guesses(app: Flask, password: str, count: int) -> list[int]:
    """Log in in several threads of this process; returns the final statuses."""
    return in_threads(count, lambda _: until_answered(app.test_client(), password)[-1].status_code)


def test_four_processes_verify_ten_guesses(
    everywhere: Run, settings: Settings, register: Callable[..., Person]
) -> None:
    register()
    statuses = sorted(chain.from_iterable(everywhere(guesses, settings, WRONG, 6)))
    assert statuses == [401] * MAX_FAILURES + [429] * (PROCESSES * 6 - MAX_FAILURES)


def test_logins_in_four_processes_all_succeed(
    everywhere: Run, settings: Settings, register: Callable[..., Person]
) -> None:
    register()
    statuses = list(chain.from_iterable(everywhere(guesses, settings, PASSWORD, 6)))
    assert statuses == [200] * PROCESSES * 6


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


def test_new_address_does_not_open_the_lock(ada: Person) -> None:
    fail(ada.client, MAX_FAILURES)
    assert ada.send("PATCH", ME, {"email": "ada@example.org"}).status_code == 200
    assert log_in(ada.client, PASSWORD, "ada@example.org").status_code == 429


def test_retried_registration_is_no_way_to_guess(ada: Person) -> None:
    user = {"email": "bob@example.com", "name": "Bob", "password": PASSWORD}
    key = {"Idempotency-Key": "known to somebody"}
    assert ada.client.post("/api/v1/users", json=user, headers=key).status_code == 201
    guess = {**user, "password": "guessed by somebody"}
    statuses = [
        ada.client.post("/api/v1/users", json=guess, headers=key).status_code for _ in range(MAX_FAILURES + 1)
    ]
    assert statuses == [422] * MAX_FAILURES + [429]


def test_failures_name_nobody_and_are_purged(
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
