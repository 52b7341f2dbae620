"""Two processes of the API: if one revokes a token, the other accepts the token only for a short time."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pymongo.errors import AutoReconnect

from tests.webapp.conftest import PASSWORD, MovableClock, Person
from tests.webapp.users.erased import ME, TASKS, assert_nothing_is_left, erase, sign_up
from webapp.app import create_app
from webapp.changes import Change, ChangeLog
from webapp.core.settings import Settings
from webapp.database.connection import Database
from webapp.database.user_facts import FRESH_SECONDS, POLL_SECONDS, UserFacts
from webapp.http.context import services
from webapp.startup import Startup
from webapp.users.erasure import Eraser

LOGOUT = "/api/v1/auth/logout"


@dataclass
class Process:
    """A second process of the API; `wait` advances its timer."""

    app: Flask
    client: FlaskClient
    seconds: float = 0.0

    def wait(self, seconds: float) -> None:
        self.seconds += seconds

    def serves(self, person: Person, token: str = "") -> Person:
        return Person(self.client, person.user_id, token or person.token, person.refresh_token)


@pytest.fixture
def other(settings: Settings, database: Database, clock: MovableClock) -> Process:
    app = create_app(settings, database, clock)
    process = Process(app, app.test_client())
    services(app).get(UserFacts)._timer = lambda: process.seconds
    return process


@pytest.fixture(autouse=True)
def passes(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], None]]:
    """The scheduled second passes of erasures (docs/glossary.md), which a test runs at a chosen time."""
    found: list[Callable[[], None]] = []
    monkeypatch.setattr("webapp.services.run_later", lambda seconds, function: found.append(function))
    return found


def change_password(ada: Person) -> int:
    body = {"old_password": PASSWORD, "new_password": "a better horse battery"}
    return ada.send("PUT", f"{ME}/password", body).status_code


@pytest.mark.parametrize(
    "revoke",
    [
        lambda ada: ada.send("POST", LOGOUT).status_code,
        lambda ada: ada.send("POST", f"{LOGOUT}?everywhere=true").status_code,
        change_password,
        erase,
    ],
    ids=["logout", "logout-everywhere", "password", "erasure"],
)
def test_token_ends_in_every_process(ada: Person, other: Process, revoke: Callable[[Person], int]) -> None:
    there = other.serves(ada)
    assert there.send("GET", TASKS).status_code == 200
    assert revoke(ada) == 204
    assert ada.send("GET", TASKS).status_code == 401
    # Until its next poll of the database, the other process still accepts the token.
    assert there.send("GET", TASKS).status_code == 200
    other.wait(POLL_SECONDS)
    assert there.send("GET", TASKS).status_code == 401
    assert there.send("POST", "/api/v1/auth/refresh").status_code == 401


def test_revoked_token_cannot_change_the_account_or_get_new_tokens(ada: Person, other: Process) -> None:
    there = other.serves(ada)
    assert there.send("GET", TASKS).status_code == 200
    assert ada.send("POST", LOGOUT).status_code == 204
    assert there.send("GET", TASKS).status_code == 200
    assert there.send("PATCH", ME, {"email": "eve@example.com"}).status_code == 401
    assert there.send("DELETE", ME, {"password": PASSWORD}).status_code == 401
    assert change_password(there) == 401
    refreshed = there.send("POST", "/api/v1/auth/refresh", Authorization=f"Bearer {ada.refresh_token}")
    assert refreshed.status_code == 401


def test_session_that_cannot_be_checked_is_refused(
    ada: Person, other: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that could not poll the database for FRESH_SECONDS does not use its cached facts any more."""
    there, facts = other.serves(ada), services(other.app).get(UserFacts)
    assert there.send("GET", TASKS).status_code == 200

    def away() -> None:
        raise AutoReconnect("the database cannot be reached")

    monkeypatch.setattr(facts, "_poll", away)
    other.wait(FRESH_SECONDS)
    assert there.send("GET", TASKS).status_code == 503


def test_new_time_zone_reaches_every_process(ada: Person, other: Process, database: Database) -> None:
    there = other.serves(ada)
    there.create("Before")
    assert ada.send("PATCH", ME, {"time_zone": "Pacific/Auckland"}).status_code == 200
    other.wait(POLL_SECONDS)
    task = there.create("After")
    change = database.changes.find_one({"entity_id": task["id"]})
    assert change is not None
    assert change["time_zone"] == "Pacific/Auckland"


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
@pytest.mark.parametrize("key", [None, "k2"])
def test_insert_that_is_delayed_beyond_an_erasure_is_erased(
    client: FlaskClient,
    database: Database,
    other: Process,
    passes: list[Callable[[], None]],
    method: str,
    key: str | None,
) -> None:
    """The other process accepts a write before the erasure, and inserts the change after the first pass."""
    ada = sign_up(client)
    there, log = other.serves(ada), services(other.app).get(ChangeLog)
    mine = there.create("A late secret")["id"]
    append = log._append

    def append_after_the_first_pass(change: Change) -> None:
        log._append = append  # type: ignore[method-assign]
        assert erase(ada) == 204
        append(change)

    log._append = append_after_the_first_pass  # type: ignore[method-assign]
    body = {"POST": {"title": "A later secret"}, "PATCH": {"title": "Hush"}, "DELETE": None}[method]
    headers = {} if key is None else {"Idempotency-Key": key}
    answer = there.send(method, TASKS if method == "POST" else f"{TASKS}/{mine}", body, **headers)
    # The first pass of the erasure has deleted the task, so PATCH and DELETE get 404.
    assert answer.status_code == (201 if method == "POST" else 404)
    assert ("later secret" in repr(list(database.changes.find({})))) == (method == "POST")
    (second_pass,) = passes
    second_pass()
    assert_nothing_is_left(database, ada.user_id)
    other.wait(POLL_SECONDS)
    assert there.send("GET", TASKS).status_code == 401


def test_second_pass_follows_a_restart(
    client: FlaskClient,
    settings: Settings,
    database: Database,
    clock: MovableClock,
    passes: list[Callable[[], None]],
) -> None:
    """If a process is killed before the second pass, a process that starts soon schedules the pass again."""
    ada = sign_up(client)
    assert erase(ada) == 204
    passes.clear()
    clock.advance(seconds=2)
    services(create_app(settings, database, clock)).get(Startup).run_once()
    assert len(passes) == 1
    clock.advance(minutes=1)
    services(create_app(settings, database, clock)).get(Startup).run_once()
    assert len(passes) == 1


def test_second_pass_survives_an_outage(
    client: FlaskClient, database: Database, passes: list[Callable[[], None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = sign_up(client)
    assert erase(ada) == 204

    def away(*args: object) -> None:
        raise AutoReconnect("the database cannot be reached")

    with monkeypatch.context() as outage:
        outage.setattr(Eraser, "finish", away)
        passes[0]()
    assert len(passes) == 2
    passes[1]()
    assert_nothing_is_left(database, ada.user_id)
