"""A month of three users, replayed through the API, with figures that were counted by hand.

The file month.toml contains the requests of the users as steps, and the figures with a reason for each.
"""

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import uuid4

from tests.conftest import HUNDRED_YEARS_IN_MINUTES, NO_LIMITS, SECRET
from tests.scenario import Pipeline
from tests.webapp.conftest import PASSWORD, MovableClock, quick_hasher
from todo_insights.catalog.stores import Stores, open_stores
from todo_insights.core.hours import Hour
from todo_insights.core.settings import ZONES
from todo_insights.core.settings import Settings as PipelineSettings
from webapp.app import create_app
from webapp.auth import hashing
from webapp.core.settings import Settings
from webapp.database.connection import Database, connect

MONTH: Mapping[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
COVERAGE = MONTH["coverage"]
READ_AT: datetime = COVERAGE["read_at"]

_TASKS = "/api/v1/tasks"


def number(value: Any) -> float:
    """Return a number of month.toml, where text such as "5/9" is a fraction."""
    return float(Fraction(value)) if isinstance(value, str) else float(value)


def hours() -> list[Hour]:
    """Return the hours to publish: each hour with a step, and the last hour of the month."""
    moments = [*(step["at"] for step in MONTH["steps"]), COVERAGE["as_of"] - timedelta(hours=1)]
    return sorted({Hour.containing(moment) for moment in moments})


class Month:
    """Clients of an API in this process for all users of the month; the clock shows the time of each step."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings, self.clock = settings, MovableClock(MONTH["steps"][0]["at"])
        self.client = create_app(settings, database, self.clock).test_client()
        self.ids: dict[str, str] = {}
        self._paths: dict[str, str] = {}
        self._headers: dict[str, dict[str, str]] = {}

    def replay(self) -> None:
        """Send the requests of all steps of the month."""
        for step in MONTH["steps"]:
            self.clock.now = step["at"]
            self._register(step) if step["do"] == "register" else self._change(step)

    def get(self, user: str, path: str) -> Any:
        """Return the response to a GET request of this user at READ_AT, just after the end of the month."""
        self.clock.now = READ_AT
        return self.send(user, "GET", path)

    def send(self, user: str, method: str, path: str, body: Any = None) -> Any:
        """Send a request as this user; returns the JSON of the response."""
        answer = self.client.open(path, method=method, json=body, headers=self._headers.get(user))
        assert answer.status_code < 300, answer.json
        return answer.json if answer.data else None

    def _register(self, step: Mapping[str, Any]) -> None:
        name = step["user"]
        proof = {"email": email_of(name), "password": PASSWORD}
        body = {**proof, "name": name.title(), **step["set"]}
        self.ids[name] = self.send(name, "POST", "/api/v1/users", body)["id"]
        token = self.send(name, "POST", "/api/v1/auth/login", proof)["access_token"]
        self._headers[name] = {"Authorization": f"Bearer {token}"}

    def _change(self, step: Mapping[str, Any]) -> None:
        user, task, fields = step["user"], step["task"], step.get("set", {})
        if step["do"] == "create":
            self._paths[task] = f"{_TASKS}/{self.send(user, 'POST', _TASKS, {'title': task, **fields})['id']}"
        elif step["do"] == "restore":
            self.send(user, "POST", f"{self._paths[task]}/restore")
        else:
            self.send(
                user, {"update": "PATCH", "delete": "DELETE"}[step["do"]], self._paths[task], fields or None
            )


def email_of(name: str) -> str:
    """Return the e-mail address with which a user of the month logs in; the password is PASSWORD."""
    return f"{name}@example.com"


@dataclass(frozen=True)
class PublishedMonth:
    """The API and the pipeline after the month, with one database."""

    users: Month
    pipeline: Pipeline

    @property
    def stores(self) -> Stores:
        """The lake in which the hours of the month are published."""
        return open_stores(self.pipeline.settings)


@contextmanager
def published_month(mongodb_uri: str, folder: Path) -> Iterator[PublishedMonth]:
    """Replay the month into a new database, publish its hours in this folder, and write insights.

    The replay takes about two seconds, so tests should share the result.
    """
    settings = Settings(
        jwt_secret=SECRET,
        mongodb_uri=mongodb_uri,
        mongodb_database=f"month_{uuid4().hex}",
        access_token_minutes=HUNDRED_YEARS_IN_MINUTES,
        **NO_LIMITS,
    )
    database = connect(settings)
    try:
        with patch.object(hashing, "PasswordHasher", quick_hasher):
            users = Month(settings, database)
            users.replay()
        pipeline = Pipeline(pipeline_settings(settings, folder), database, folder)
        pipeline.publish(*hours(), now=READ_AT)
        pipeline.write_back(*hours(), now=READ_AT)
        yield PublishedMonth(users, pipeline)
    finally:
        database.client.drop_database(database.name)
        database.client.close()


def pipeline_settings(settings: Settings, folder: Path) -> PipelineSettings:
    """Return the settings of a pipeline whose lake is in this folder."""
    return PipelineSettings(
        mongodb_uri=settings.mongodb_uri,
        mongodb_database=settings.mongodb_database,
        zone_uris={zone: f"{folder.as_uri()}/{zone}" for zone in ZONES},
        catalog_uri=f"{folder.as_uri()}/catalog.sqlite",
    )
