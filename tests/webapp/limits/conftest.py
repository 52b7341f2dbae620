"""Fixtures: applications with rate limits, whose counters are in a folder of the test."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.webapp.conftest import MovableClock
from webapp.app import create_app
from webapp.core.settings import Settings
from webapp.database.connection import Database
from webapp.limits import counters

Limited = Callable[..., FlaskClient]


@pytest.fixture(autouse=True)
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder with the counters that all processes of a machine share."""
    monkeypatch.setattr(counters, "MEMORY", tmp_path)
    return tmp_path


@pytest.fixture
def limited(settings: Settings, database: Database, clock: MovableClock) -> Limited:
    """Returns a function that creates a client of an application with only the given limits."""

    def make(**limits: Any) -> FlaskClient:
        named = {f"rate_limit_{name}": limit for name, limit in limits.items() if name != "trusted_proxies"}
        rest = {name: limit for name, limit in limits.items() if name == "trusted_proxies"}
        return create_app(replace(settings, **named, **rest), database, clock).test_client()

    return make


@pytest.fixture
def machine(limited: Limited, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Limited:
    """Returns a function that creates a client of a new machine; machines share only the database."""
    numbers = count()

    def make(**limits: Any) -> FlaskClient:
        folder = tmp_path / f"machine-{next(numbers)}"
        folder.mkdir()
        monkeypatch.setattr(counters, "MEMORY", folder)
        return limited(**limits)

    return make
