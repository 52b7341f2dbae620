"""A scenario: within four hours, four users make every kind of change; then they read their data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from tests.webapp.conftest import PASSWORD, MovableClock
from todo_insights.catalog.stores import open_stores
from todo_insights.core.database import Database as PipelineDatabase
from todo_insights.core.hours import Hour
from todo_insights.core.settings import ZONES
from todo_insights.core.settings import Settings as PipelineSettings
from todo_insights.hourly.manifest import Published
from todo_insights.hourly.planning import plan
from todo_insights.hourly.process import process
from todo_insights.hourly.publish import publish_hours
from todo_insights.lake.schema import BRONZE_TASKS, BRONZE_USERS, BY_NAME
from todo_insights.user_insights.write_back import write_back
from webapp.app import create_app
from webapp.core.settings import Settings
from webapp.database.connection import Database

TASKS = "/api/v1/tasks"
ME = "/api/v1/users/me"
CHANGES = "/api/v1/changes"
START = datetime(2026, 11, 20, 9, 10, tzinfo=UTC)
HOURS = [Hour(datetime(2026, 11, 20, hour, tzinfo=UTC)) for hour in (9, 10, 11, 12)]
# The time at which the users read the responses; all hours are final by then.
EVENING = datetime(2026, 11, 20, 20, tzinfo=UTC)
LISTS = ("status=completed", "category=Gärten", "tag=2026-11-20", "q=WATER", "overdue=true")
SORTS = ("created_at", "-created_at", "updated_at", "due_date", "-due_date", "-priority")
PAY = {"title": "Pay", "due_date": "2026-11-19", "priority": "urgent"}
# Words in the tasks and in the profile of the erased user, in lower case.
ERASED_WORDS = ("eve", "secret", "hush", "confidential")


@dataclass
class Persona:
    """A user of the API, with the access token and the ids of all tasks, including deleted ones."""

    email: str
    user_id: str
    token: str = ""
    task_ids: list[str] = field(default_factory=list)


class Scenario:
    """An API in this process, with a clock that the test sets and a database that the test can drop."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.clock = MovableClock(START)
        self.settings, self.database = settings, database
        self.restart()
        self.people: dict[str, Persona] = {}

    def restart(self) -> Flask:
        """Create a new application on the same database, as after a restart of the process."""
        self.app = create_app(self.settings, self.database, self.clock)
        self.client = self.app.test_client()
        return self.app

    def lose_database(self) -> None:
        self.database.client.drop_database(self.database.name)

    def run(self) -> None:
        """Make every kind of change, in three of the four hours."""
        ada, bob = self._register("ada", "Europe/Lisbon"), self._register("bob", "Pacific/Auckland")
        eve = self._register("eve", "UTC")
        plants = self._create(ada, title="Water the plants 🌱", category="Gärten", tags=["2026-11-20", "b"])
        late = str(self.send(ada, "POST", TASKS, PAY, **{"Idempotency-Key": "once"}).json["id"])
        ada.task_ids.append(late)
        bobs = [self._create(bob, title=f"Nº {n}", due_date="2026-12-01", description="ok\n") for n in "123"]
        self.send(ada, "PATCH", f"{TASKS}/{plants}", {"status": "completed", "title": "Watered"})
        hidden = self._create(eve, title="A secret", description="Confidential", tags=["hush"])
        self.send(eve, "PATCH", f"{TASKS}/{hidden}", {"title": "Another secret"})
        self.clock.now = START + timedelta(hours=2)
        self.send(bob, "DELETE", f"{TASKS}/{bobs[0]}")
        self.send(bob, "DELETE", f"{TASKS}/{bobs[1]}")
        self.send(bob, "POST", f"{TASKS}/{bobs[1]}/restore")
        self._change_email(ada, "Ada.New@example.org")
        dora = self._register("dora", "UTC", email="ada@example.com")
        self._create(dora, title="An old address")
        self._change_email(eve, "eve.moved@example.com")
        self.clock.now = START + timedelta(hours=3)
        self.send(bob, "PATCH", ME, {"time_zone": "Asia/Kolkata", "name": "Björn"})
        self.send(
            bob, "PATCH", f"{TASKS}/{bobs[2]}", {"status": "in_progress", "due_date": None, "tags": ["x"]}
        )
        self.send(ada, "PATCH", f"{TASKS}/{late}", {"status": "completed"})
        self.send(ada, "PATCH", f"{TASKS}/{late}", {"status": "pending"})

    def erase(self, name: str = "eve") -> None:
        """Send a user's request for erasure in the last hour of the scenario."""
        self.send(self.people.pop(name), "DELETE", ME, {"password": PASSWORD})

    def answers(self) -> dict[str, Any]:
        """Return all responses that the users get in the evening: status, ETag and body by user and path."""
        self.clock.now = EVENING
        return {name: self._answers(persona) for name, persona in self.people.items()}

    def log_in(self, *names: str) -> None:
        for name in names or self.people:
            persona = self.people[name]
            credentials = {"email": persona.email, "password": PASSWORD}
            answer = self.client.post("/api/v1/auth/login", json=credentials)
            assert answer.status_code == 200, answer.json
            persona.token = answer.json["access_token"]

    def send(self, who: Persona, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        self.clock.advance(seconds=7, milliseconds=1)
        answer = self._open(who, method, path, body, headers)
        assert answer.status_code < 300, answer.json
        return answer

    def _answers(self, persona: Persona) -> dict[str, Any]:
        paths = [ME, f"{CHANGES}?limit=2", "/api/v1/insights/me", "/api/v1/insights/me/daily"]
        paths += [f"{TASKS}?limit=2&{query}" for query in (*LISTS, *(f"sort={sort}" for sort in SORTS))]
        for task_id in persona.task_ids:
            paths += [f"{TASKS}/{task_id}", f"{TASKS}/{task_id}/history?limit=2"]
        responses = {}
        while paths:
            path = paths.pop()
            answer = self._open(persona, "GET", path, headers={"X-Request-ID": "one-evening"})
            responses[path] = (answer.status_code, answer.headers.get("ETag"), answer.json)
            next_cursor = (answer.json or {}).get("next_cursor")
            if next_cursor and answer.json["items"]:
                paths.append(f"{path.partition('&cursor')[0]}&cursor={next_cursor}")
        return responses

    def _open(
        self,
        who: Persona,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> TestResponse:
        named = {"Authorization": f"Bearer {who.token}", **(headers or {})}
        return self.client.open(path, method=method, json=body, headers=named)

    def _register(self, name: str, time_zone: str, email: str = "") -> Persona:
        email = email or f"{name}@example.com"
        self.clock.advance(minutes=1)
        user = {"email": email, "name": name.title(), "password": PASSWORD, "time_zone": time_zone}
        created = self.client.post("/api/v1/users", json=user)
        assert created.status_code == 201, created.json
        self.people[name] = Persona(email, created.json["id"])
        self.log_in(name)
        return self.people[name]

    def _create(self, who: Persona, **fields: Any) -> str:
        task_id = str(self.send(who, "POST", TASKS, fields).json["id"])
        who.task_ids.append(task_id)
        return task_id

    def _change_email(self, who: Persona, email: str) -> None:
        self.send(who, "PATCH", ME, {"email": email})
        who.email = email


@dataclass(frozen=True)
class Pipeline:
    """The pipeline for the database of a scenario."""

    settings: PipelineSettings
    database: PipelineDatabase
    folder: Path

    @classmethod
    def of(cls, scenario: Scenario, folder: Path) -> "Pipeline":
        """Create a pipeline whose lake is in this folder."""
        settings = PipelineSettings(
            mongodb_uri=scenario.settings.mongodb_uri,
            mongodb_database=scenario.settings.mongodb_database,
            zone_uris={zone: f"{folder.as_uri()}/{zone}" for zone in ZONES},
            catalog_uri=f"{folder.as_uri()}/catalog.sqlite",
        )
        return cls(settings, scenario.database, folder)

    def publish(self, *hours: Hour, now: datetime = EVENING) -> list[Published]:
        stores, changes = open_stores(self.settings), self.database.changes
        hour_slices = plan(
            dict.fromkeys(hours or HOURS, "scheduled"), changes, self.settings.max_changes_per_slice
        )
        manifests = [process(each, changes.database, stores, now) for each in hour_slices]
        return publish_hours(manifests, stores, self.settings.settle, now)

    def words_in_bronze(self, words: Sequence[str]) -> list[str]:
        """Return those of the words that a row of Bronze contains."""
        stores = open_stores(self.settings)
        text = ""
        for each in stores.catalog.snapshot([BRONZE_TASKS.physical, BRONZE_USERS.physical]):
            table = BY_NAME[each.table]
            files = [(each.location, file.name) for file in each.files]
            text += repr(stores.lake.read(table, files, table.columns.names).to_pylist()).lower()
        return [word for word in words if word in text]

    def write_back(self, *hours: Hour, now: datetime = EVENING) -> None:
        write_back([str(each) for each in hours], self.database, open_stores(self.settings), now)
