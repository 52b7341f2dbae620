"""Fixtures: an application with a real database, and a client that is logged in and sends JSON."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import argon2
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.conformance import ConformingClient, Contract
from webapp.apidocs import render
from webapp.app import create_app
from webapp.auth import hashing
from webapp.core import logs
from webapp.core.logs import configure_logging
from webapp.core.settings import Settings
from webapp.database.connection import Database

PASSWORD = "correct horse battery"


@dataclass
class MovableClock:
    """A clock that shows the same time until a test moves it."""

    now: datetime = field(default_factory=lambda: datetime(2026, 11, 20, 9, 30, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **delta: float) -> None:
        self.now += timedelta(**delta)


@dataclass
class Person:
    """A client that sends requests as a registered user."""

    client: FlaskClient
    user_id: str
    token: str
    refresh_token: str = ""

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named.setdefault("Authorization", f"Bearer {self.token}")
        return self.client.open(path, method=method, json=body, headers=named)

    def create(self, title: str = "Water the plants", **fields: Any) -> dict[str, Any]:
        answer = self.send("POST", "/api/v1/tasks", {"title": title, **fields})
        assert answer.status_code == 201, answer.json
        return dict(answer.json or {})


def quick_hasher() -> argon2.PasswordHasher:
    """A real password hasher with minimal costs, because the tests hash hundreds of passwords."""
    return argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(hashing, "PasswordHasher", quick_hasher)
    hashing._unmatched_hash.cache_clear()
    yield
    hashing._unmatched_hash.cache_clear()


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture(scope="session")
def contract() -> Contract:
    return Contract(json.loads(render()))


@pytest.fixture
def app(settings: Settings, database: Database, clock: MovableClock, contract: Contract) -> Flask:
    app = create_app(settings, database, clock)
    app.test_client_class = type("Client", (ConformingClient,), {"contract": contract})
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def register(client: FlaskClient) -> Callable[..., Person]:
    def make(email: str = "ada@example.com", time_zone: str = "UTC") -> Person:
        user = {"email": email, "name": "Ada", "password": PASSWORD, "time_zone": time_zone}
        created = client.post("/api/v1/users", json=user)
        assert created.status_code == 201, created.json
        login = client.post("/api/v1/auth/login", json={"email": email, "password": PASSWORD})
        return Person(client, created.json["id"], login.json["access_token"], login.json["refresh_token"])

    return make


@pytest.fixture
def ada(register: Callable[..., Person]) -> Person:
    return register()


@pytest.fixture
def log_lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """Return a function that returns the JSON objects of all lines logged so far."""
    stream = io.StringIO()
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    # `configure_logging` replaces all handlers, even those of pytest; the fixture restores these handlers at
    # its end.
    root.handlers.clear()
    monkeypatch.setattr(logs, "_request_lines", None)
    configure_logging(stream, {})
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:] = handlers
    root.setLevel(level)
