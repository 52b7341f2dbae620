"""Fixtures: settings with the real lifetimes of tokens, and a recorder of database commands."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import argon2
import pytest
from pymongo import MongoClient, monitoring

from webapp.core.settings import Settings
from webapp.database import connection as database_module
from webapp.database.connection import Database, Document, connect


class CommandNameRecorder(monitoring.CommandListener):
    """Records the name of each command that is sent to the database."""

    def __init__(self) -> None:
        self.recorded: list[str] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        self.recorded.append(event.command_name)

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Do nothing: the method `started` has already recorded the command."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Do nothing: the method `started` has already recorded the command."""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, access_token_minutes=Settings.access_token_minutes)


@pytest.fixture
def recorder() -> CommandNameRecorder:
    return CommandNameRecorder()


@pytest.fixture
def database(
    settings: Settings, recorder: CommandNameRecorder, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Database]:
    def listening(*args: object, **kwargs: object) -> MongoClient[Document]:
        return MongoClient(*args, event_listeners=[recorder], **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(database_module, "MongoClient", listening)
    opened = connect(settings)
    yield opened
    opened.client.drop_database(opened.name)
    opened.client.close()


@pytest.fixture
def commands(recorder: CommandNameRecorder) -> Callable[[], list[str]]:
    """Returns a function that returns the names of the commands since its previous call."""

    def since_last() -> list[str]:
        recorded, recorder.recorded = recorder.recorded, []
        return recorded

    return since_last


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The stored hashes with which the API has compared a password, in order."""
    hashes: list[str] = []
    verify = argon2.PasswordHasher.verify

    def noting(self: argon2.PasswordHasher, hashed: str, password: str) -> Any:
        hashes.append(hashed)
        return verify(self, hashed, password)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", noting)
    return hashes
