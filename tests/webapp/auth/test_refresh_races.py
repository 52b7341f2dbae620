"""Concurrent refreshes give the results that a model predicts, in one process and in four."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.processes import PROCESSES, Run, four_processes, in_threads
from tests.webapp.conftest import MovableClock, Person
from webapp.app import create_app
from webapp.auth.sessions import ENDED, REUSED, Session, Sessions, Successor
from webapp.core.errors import InvalidToken
from webapp.core.settings import Settings
from webapp.database.connection import Database

REFRESH = "/api/v1/auth/refresh"
TABS = 4


def refresh(client: FlaskClient, token: str) -> TestResponse:
    return client.post(REFRESH, headers={"Authorization": f"Bearer {token}"})


def detail(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, (answer.json or {}).get("detail", "")


# The test executes every sequence of four steps (the use of a token, or a wait) and compares the results with
# the results of the model.


@dataclass
class Family:
    """A model of the protocol in docs/decisions/0034: tokens in a chain, with the times of first use."""

    used_at: list[float] = field(default_factory=list)
    ended: bool = False

    def use(self, token: int, now: float) -> int | None:
        """Use a token by its number at `now`; returns the number of the next token, None for a refusal."""
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
    """Check the session and exchange the token, as a request to refresh does."""
    try:
        sessions.check(session)
        return sessions.exchange(session, token_id)
    except InvalidToken:
        return None


@pytest.fixture(scope="module")
def in_processes() -> Iterator[Run]:
    with four_processes() as run:
        yield run


def chain(app: Flask, token: str, times: int) -> list[str]:
    """Refresh repeatedly, each time with the refresh token from the previous response."""
    client = app.test_client()
    tokens: list[str] = []
    for _ in range(times):
        answer = refresh(client, token)
        if answer.status_code != 200:
            return [*tokens, detail(answer)[1]]
        token = answer.json["refresh_token"]
        tokens.append(token)
    return tokens


def refresh_in_threads(app: Flask, token: str) -> list[Any]:
    """Refresh with the same token in several threads at the same time."""
    return in_threads(TABS, lambda _: (refresh(app.test_client(), token).json or {}).get("refresh_token"))


@pytest.fixture
def signed_in(settings: Settings, database: Database) -> dict[str, Any]:
    """The tokens of a user, issued at the real time, because the four processes use the real clock."""
    client = create_app(settings, database).test_client()
    proof = {"email": "eve@example.com", "password": "correct horse battery"}
    assert client.post("/api/v1/users", json={**proof, "name": "Eve"}).status_code == 201
    return dict(client.post("/api/v1/auth/login", json=proof).json or {})


def test_tabs_of_four_processes_keep_the_session(
    in_processes: Run, settings: Settings, signed_in: dict[str, Any]
) -> None:
    given = in_processes(refresh_in_threads, settings, signed_in["refresh_token"])
    tokens = [token for process in given for token in process]
    assert len(tokens) == PROCESSES * TABS
    assert len(set(tokens)) == 1
    assert None not in tokens


def test_racing_chains_have_one_order(
    in_processes: Run, settings: Settings, database: Database, signed_in: dict[str, Any]
) -> None:
    """All processes get tokens of one chain; a slow process may send a used token, which ends the session."""
    chains = in_processes(chain, settings, signed_in["refresh_token"], 10)
    longest = max(chains, key=len)
    for each in chains:
        got = [token for token in each if token not in (REUSED, ENDED)]
        assert got == longest[: len(got)]
    assert longest[0] not in (REUSED, ENDED)
    if any(REUSED in each for each in chains):
        client = create_app(settings, database).test_client()
        bearer = {"Authorization": f"Bearer {signed_in['access_token']}"}
        assert detail(client.get("/api/v1/tasks", headers=bearer)) == (401, ENDED)
