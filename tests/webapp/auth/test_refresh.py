"""Refreshing: two tabs keep their session, and a thief ends it."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.conftest import SECRET
from tests.processes import PROCESSES, Run, four_processes, in_threads
from tests.webapp import forgery
from tests.webapp.conftest import MovableClock, Person
from webapp.app import create_app
from webapp.auth.sessions import ENDED, REUSED, Session, Sessions, Successor
from webapp.auth.tokens import EXPIRED
from webapp.core.database import Database, purge_expired
from webapp.core.errors import InvalidToken
from webapp.core.settings import Settings

REFRESH = "/api/v1/auth/refresh"
OTHER_SECRET = "another secret, of more than 32 bytes as well"
TABS = 4


def refresh(client: FlaskClient, token: str) -> TestResponse:
    return client.post(REFRESH, headers={"Authorization": f"Bearer {token}"})


def successor(client: FlaskClient, token: str) -> str:
    answer = refresh(client, token)
    assert answer.status_code == 200, answer.json
    return str(answer.json["refresh_token"])


def detail(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, (answer.json or {}).get("detail", "")


def test_second_tab_gets_the_same_successor(ada: Person, clock: MovableClock) -> None:
    first = refresh(ada.client, ada.refresh_token).json
    clock.advance(seconds=30)
    second = refresh(ada.client, ada.refresh_token).json
    assert second["refresh_token"] == first["refresh_token"]
    for tokens in (first, second):
        assert (
            ada.send("GET", "/api/v1/tasks", Authorization=f"Bearer {tokens['access_token']}").status_code
            == 200
        )
    # The access token is a new one, which lasts as long as the answer says.
    issued = forgery.claims_of(second["access_token"])
    assert issued["exp"] == int(clock().timestamp()) + second["expires_in"]


def test_tabs_that_refresh_at_once_keep_the_session(app: Flask, ada: Person) -> None:
    token = ada.refresh_token
    for _ in range(5):
        tokens = set(in_threads(TABS, lambda _, old=token: successor(app.test_client(), old)))  # type: ignore[misc]
        assert len(tokens) == 1
        token = tokens.pop()
    assert ada.send("GET", "/api/v1/tasks").status_code == 200


def test_late_reuse_ends_the_family(ada: Person, clock: MovableClock) -> None:
    following = successor(ada.client, ada.refresh_token)
    clock.advance(seconds=30, milliseconds=1)
    assert detail(refresh(ada.client, ada.refresh_token)) == (401, REUSED)
    assert detail(refresh(ada.client, following)) == (401, ENDED)
    assert detail(ada.send("GET", "/api/v1/tasks")) == (401, ENDED)


def test_thief_with_an_old_token_ends_the_family(ada: Person) -> None:
    """The successor is in use, so who sends the old token is not the client that has the new one."""
    latest = successor(ada.client, successor(ada.client, ada.refresh_token))
    assert detail(refresh(ada.client, ada.refresh_token)) == (401, REUSED)
    assert detail(refresh(ada.client, latest)) == (401, ENDED)


def test_logout_ends_the_grace(ada: Person) -> None:
    successor(ada.client, ada.refresh_token)
    assert ada.send("POST", "/api/v1/auth/logout").status_code == 204
    assert detail(refresh(ada.client, ada.refresh_token)) == (401, ENDED)


def test_password_change_ends_the_grace(ada: Person) -> None:
    successor(ada.client, ada.refresh_token)
    change = {"old_password": "correct horse battery", "new_password": "a better horse battery"}
    assert ada.send("PUT", "/api/v1/users/me/password", change).status_code == 204
    assert refresh(ada.client, ada.refresh_token).status_code == 401


def test_successor_lasts_thirty_days_from_the_exchange(ada: Person, clock: MovableClock) -> None:
    following = successor(ada.client, ada.refresh_token)
    clock.advance(seconds=20)
    assert successor(ada.client, ada.refresh_token) == following
    clock.advance(days=30, seconds=-20)
    assert detail(refresh(ada.client, following)) == (401, EXPIRED)


@pytest.mark.parametrize("seconds", [-29, 29])
def test_clock_of_the_second_process_may_differ(
    ada: Person, settings: Settings, database: Database, clock: MovableClock, seconds: int
) -> None:
    other = create_app(settings, database, lambda: clock() + timedelta(seconds=seconds)).test_client()
    following = successor(ada.client, ada.refresh_token)
    assert successor(other, ada.refresh_token) == following
    assert successor(other, following) == successor(ada.client, following)


def test_new_signing_key_makes_no_other_successor(
    ada: Person, settings: Settings, database: Database, clock: MovableClock
) -> None:
    """One process signs with the new key already, the other one still with the old key."""
    rotated = replace(settings, jwt_secret=OTHER_SECRET, jwt_secret_previous=SECRET)
    before = create_app(replace(settings, jwt_secret_previous=OTHER_SECRET), database, clock).test_client()
    after = create_app(rotated, database, clock).test_client()
    first, second = successor(before, ada.refresh_token), successor(after, ada.refresh_token)
    assert forgery.claims_of(first) == forgery.claims_of(second)
    # So both are one token: the second use of either is the same exchange.
    assert forgery.claims_of(successor(after, first)) == forgery.claims_of(successor(before, second))
    assert detail(refresh(after, ada.refresh_token)) == (401, REUSED)


def test_token_used_before_the_grace_existed_has_none(
    ada: Person, database: Database, clock: MovableClock
) -> None:
    """An earlier version of the program recorded the use without its time."""
    used = forgery.claims_of(ada.refresh_token)["jti"]
    database.revoked_tokens.insert_one({"_id": used, "expires_at": clock() + timedelta(days=31)})
    assert detail(refresh(ada.client, ada.refresh_token)) == (401, REUSED)


def test_record_of_a_use_outlives_the_token(
    ada: Person, settings: Settings, database: Database, clock: MovableClock
) -> None:
    successor(ada.client, ada.refresh_token)
    clock.advance(days=30, seconds=-1)
    purge_expired(database, settings, clock())
    assert detail(refresh(ada.client, ada.refresh_token)) == (401, REUSED)
    clock.advance(days=32)
    purge_expired(database, settings, clock())
    assert database.revoked_tokens.count_documents({}) == 0


# The protocol against a model of it: every sequence of four steps, taken by any holder of any token.


@dataclass
class Family:
    """The protocol as the decision record words it: a chain of tokens, and when each was used."""

    used_at: list[float] = field(default_factory=list)
    ended: bool = False

    def use(self, token: int, now: float) -> int | None:
        """Use the token with this number; returns the number of the token that it gives."""
        if self.ended:
            return None
        if token == len(self.used_at):
            self.used_at.append(now)
            return token + 1
        is_last_use = token == len(self.used_at) - 1
        if is_last_use and now - self.used_at[token] <= 30:
            return token + 1
        self.ended = True
        return None


STEPS = [*(("use", number) for number in range(3)), ("wait", 20), ("wait", 31)]


def test_every_sequence_follows_the_model(
    app: Flask, ada: Person, database: Database, clock: MovableClock
) -> None:
    sessions = Sessions(database, clock, timedelta(days=30))
    for number, steps in enumerate(product(STEPS, repeat=4)):
        session = Session(ada.user_id, f"session-{number}", 0)
        model, now = Family(), 0.0
        tokens = [f"token-{number}"]
        for action, value in steps:
            if action == "wait":
                now += value
                clock.advance(seconds=value)
            elif value < len(tokens):
                expected = model.use(value, now)
                given = exchange(sessions, session, tokens[value])
                assert (given is None) == (expected is None), steps
                if given is not None and expected is not None:
                    tokens = [*tokens[:expected], *(tokens[expected:] or [given.token_id])]
                    assert tokens[expected] == given.token_id, steps
    assert number == len(STEPS) ** 4 - 1


def exchange(sessions: Sessions, session: Session, token_id: str) -> Successor | None:
    """Exchange a token as a request does, which checks the session first."""
    try:
        sessions.check(session)
        return sessions.exchange(session, token_id)
    except InvalidToken:
        return None


@pytest.fixture(scope="module")
def everywhere() -> Iterator[Run]:
    with four_processes() as run:
        yield run


def chain(app: Flask, token: str, times: int) -> list[str]:
    """Refresh again and again, each time with the token of the last answer."""
    client = app.test_client()
    tokens = []
    for _ in range(times):
        answer = refresh(client, token)
        if answer.status_code != 200:
            return [*tokens, detail(answer)[1]]
        token = answer.json["refresh_token"]
        tokens.append(token)
    return tokens


def storm(app: Flask, token: str) -> list[Any]:
    """Refresh with the same token in several threads."""
    return in_threads(TABS, lambda _: refresh(app.test_client(), token).json.get("refresh_token"))


@pytest.fixture
def signed_in(settings: Settings, database: Database) -> dict[str, Any]:
    """The tokens of a user by the real clock, which the processes use."""
    client = create_app(settings, database).test_client()
    proof = {"email": "eve@example.com", "password": "correct horse battery"}
    assert client.post("/api/v1/users", json={**proof, "name": "Eve"}).status_code == 201
    return dict(client.post("/api/v1/auth/login", json=proof).json or {})


def test_tabs_of_four_processes_keep_the_session(
    everywhere: Run, settings: Settings, signed_in: dict[str, Any]
) -> None:
    given = everywhere(storm, settings, signed_in["refresh_token"])
    tokens = [token for process in given for token in process]
    assert len(tokens) == PROCESSES * TABS
    assert len(set(tokens)) == 1
    assert None not in tokens


def test_racing_chains_have_one_order(
    everywhere: Run, settings: Settings, database: Database, signed_in: dict[str, Any]
) -> None:
    """A tab that falls behind others that refresh without a pause ends the session, for all of them."""
    chains = everywhere(chain, settings, signed_in["refresh_token"], 10)
    longest = max(chains, key=len)
    for each in chains:
        got = [token for token in each if token not in (REUSED, ENDED)]
        assert got == longest[: len(got)]
    assert longest[0] not in (REUSED, ENDED)
    if any(REUSED in each for each in chains):
        client = create_app(settings, database).test_client()
        bearer = {"Authorization": f"Bearer {signed_in['access_token']}"}
        assert detail(client.get("/api/v1/tasks", headers=bearer)) == (401, ENDED)
