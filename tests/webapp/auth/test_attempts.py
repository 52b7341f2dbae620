"""Password attempts: at most ten wrong passwords are verified; correct passwords do not count."""

import time
from collections.abc import Callable, Iterator
from itertools import chain
from threading import Barrier

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pymongo.errors import ConnectionFailure
from werkzeug.test import TestResponse

from tests.processes import PROCESSES, Run, four_processes, in_threads
from tests.webapp.conftest import PASSWORD, MovableClock, Person
from webapp.auth.hashing import HashQueue
from webapp.auth.lockout import MAX_FAILURES, Lockout
from webapp.core.errors import Busy, TooManyRequests
from webapp.core.settings import Settings
from webapp.database.connection import Database

LOGIN = "/api/v1/auth/login"
WRONG = "not the password"
ADA = "ada@example.com"


def log_in(client: FlaskClient, password: str = WRONG, email: str = ADA) -> TestResponse:
    return client.post(LOGIN, json={"email": email, "password": password})


def until_answered(client: FlaskClient, password: str) -> list[TestResponse]:
    """Log in; after each 503, wait for the time in Retry-After and retry. Returns all responses."""
    answers = [log_in(client, password)]
    while answers[-1].status_code == 503:
        time.sleep(int(answers[-1].headers["Retry-After"]) / 10)
        answers.append(log_in(client, password))
    return answers


def test_ten_of_parallel_guesses_are_verified(app: Flask, ada: Person, verified: list[str]) -> None:
    rivals = 2 * MAX_FAILURES
    together = Barrier(rivals)
    verified.clear()

    def guess(number: int) -> int:
        client = app.test_client()
        together.wait()
        return until_answered(client, WRONG)[-1].status_code

    assert sorted(in_threads(rivals, guess)) == [401] * MAX_FAILURES + [429] * MAX_FAILURES
    assert len(verified) == MAX_FAILURES


def test_parallel_logins_are_not_counted_as_guesses(app: Flask, ada: Person, database: Database) -> None:
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


def test_attempts_in_progress_count_like_failures(database: Database, clock: MovableClock) -> None:
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


def test_correct_password_releases_only_its_attempt(database: Database, clock: MovableClock) -> None:
    lockout = Lockout(database, clock)
    guesses = [lockout.reserve("ada") for _ in range(MAX_FAILURES - 1)]
    lockout.succeed(lockout.reserve("ada"))
    for guess in guesses:
        lockout.fail(guess)
    lockout.fail(lockout.reserve("ada"))
    with pytest.raises(TooManyRequests):
        lockout.reserve("ada")


def test_attempt_of_a_killed_process_counts_as_failure(database: Database, clock: MovableClock) -> None:
    """A kill cannot hide a guess: the process may already have found that the password is wrong."""
    lockout = Lockout(database, clock)
    late = [lockout.reserve("ada") for _ in range(MAX_FAILURES)]
    clock.advance(seconds=30)
    with pytest.raises(TooManyRequests) as refusal:
        lockout.reserve("ada")
    assert refusal.value.headers == {"Retry-After": "870"}
    # When the slow attempt fails, the lock is not extended, because the attempt was counted when it began.
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


def test_database_failure_costs_no_attempt(
    ada: Person, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: HashQueue, stored: str | None, password: str) -> bool:
        raise ConnectionFailure("the database cannot be reached")

    with monkeypatch.context() as patched:
        patched.setattr(HashQueue, "matches", fail)
        for _ in range(2 * MAX_FAILURES):
            assert log_in(ada.client, PASSWORD).status_code == 503
    assert log_in(ada.client, PASSWORD).status_code == 200
    assert database.login_failures.count_documents({}) == 0


@pytest.fixture(scope="module")
def in_processes() -> Iterator[Run]:
    with four_processes() as run:
        yield run


def guesses(app: Flask, password: str, count: int) -> list[int]:
    """Log in from several threads of this process; returns the last status that each thread got."""
    return in_threads(count, lambda _: until_answered(app.test_client(), password)[-1].status_code)


def test_four_processes_verify_ten_guesses(
    in_processes: Run, settings: Settings, register: Callable[..., Person]
) -> None:
    register()
    statuses = sorted(chain.from_iterable(in_processes(guesses, settings, WRONG, 6)))
    assert statuses == [401] * MAX_FAILURES + [429] * (PROCESSES * 6 - MAX_FAILURES)


def test_logins_in_four_processes_all_succeed(
    in_processes: Run, settings: Settings, register: Callable[..., Person]
) -> None:
    register()
    statuses = list(chain.from_iterable(in_processes(guesses, settings, PASSWORD, 6)))
    assert statuses == [200] * PROCESSES * 6
