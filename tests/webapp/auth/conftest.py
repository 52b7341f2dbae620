"""Settings with the real lifetimes of tokens, and an ear on the wire to the database."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import argon2
import pytest
from pymongo import MongoClient, monitoring

from webapp.core import database as database_module
from webapp.core.database import Database, Document, connect
from webapp.core.settings import Settings


class Listener(monitoring.CommandListener):
    """Notes the name of each command."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        self.heard.append(event.command_name)

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Of no interest."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Of no interest."""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, access_token_minutes=Settings.access_token_minutes)


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def database(settings: Settings, listener: Listener, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    def listening(*args: object, **kwargs: object) -> MongoClient[Document]:
        return MongoClient(*args, event_listeners=[listener], **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(database_module, "MongoClient", listening)
    opened = connect(settings)
    yield opened
    opened.client.drop_database(opened.name)
    opened.client.close()


@pytest.fixture
def commands(listener: Listener) -> Callable[[], list[str]]:
    """Returns the commands that the database got since the last call."""

    def since_last() -> list[str]:
        heard, listener.heard = listener.heard, []
        return heard

    return since_last


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
