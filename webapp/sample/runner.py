"""Runs a scenario: executes each event as one write, with the clock set to the time of the event."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from webapp.changes import Change, ChangeLog, Origin
from webapp.core.clock import to_milliseconds
from webapp.core.ids import uuid7
from webapp.core.settings import Settings
from webapp.database.connection import Database, Document
from webapp.sample.timeline import PASSWORD, Event, Persona, make_personas, plan_events
from webapp.services import build_services
from webapp.tasks.store import TaskStore
from webapp.users.emails import EmailClaims
from webapp.users.rules import Registration
from webapp.users.store import UserStore

CATEGORIES = ("home", "work", "garden", "health", "travel", None)
PRIORITIES = ("low", "medium", "medium", "high", "urgent")
VERBS = ("Plan", "Write", "Fix", "Call about", "Buy", "Review", "Clean", "Book")
THINGS = (
    "the report",
    "the roof",
    "new shoes",
    "the invoice",
    "dinner",
    "the tickets",
    "the garden",
    "a lamp",
)
TAGS = ("soon", "waiting", "phone", "computer", "errand", "deep")

# The actions of a user who has tasks, and the relative frequency of each action.
ACTIONS = {
    "create": 34,
    "start": 18,
    "complete": 22,
    "edit": 9,
    "move": 7,
    "reopen": 4,
    "delete": 4,
    "cancel": 2,
}
SOURCES = {
    "start": ("pending",),
    "complete": ("pending", "in_progress"),
    "edit": ("pending", "in_progress"),
    "move": ("pending", "in_progress", "completed"),
    "reopen": ("completed", "cancelled"),
    "delete": ("pending", "in_progress", "completed", "cancelled"),
    "cancel": ("pending", "in_progress"),
}
STATUS_AFTER = {"start": "in_progress", "complete": "completed", "reopen": "pending", "cancel": "cancelled"}


@dataclass(frozen=True)
class Scenario:
    """The parameters of sample activity: number of users, days of history up to `end`, and random seed."""

    users: int
    days: int
    seed: int
    end: datetime

    @property
    def name(self) -> str:
        """The identity of the scenario; scenarios with the same name have the same activity."""
        return f"sample-{self.seed}-{self.users}-{self.days}-{self.end:%Y%m%dT%H}"


class SampleRunner:
    """Writes sample activity.

    The same scenario always has the same ids, times and idempotency keys, so an interrupted run can be
    repeated: the stores recognise existing changes by their keys.
    """

    def __init__(self, settings: Settings, database: Database, scenario: Scenario) -> None:
        self._random = Random(scenario.seed)  # noqa: S311  # sample data has to be predictable
        self._now = scenario.end
        self._scenario = scenario
        services = build_services(settings, database, lambda: self._now, self._new_id)
        self._task_store, self._user_store = services.get(TaskStore), services.get(UserStore)
        self._changes, self._log = database.changes, services.get(ChangeLog)
        self._emails = EmailClaims(database)
        self._tasks: dict[str, dict[str, Document]] = {}
        self._ids: dict[int, str] = {}
        start = scenario.end - timedelta(days=scenario.days)
        personas = make_personas(self._random, scenario.seed, scenario.users, start, scenario.end)
        self._plan = plan_events(self._random, personas, scenario.end)

    def __len__(self) -> int:
        """Return the number of changes that `run` writes."""
        return len(self._plan)

    def is_written(self) -> bool:
        """Return whether an earlier run wrote the last change, and so all changes of the scenario."""
        number = len(self._plan) - 1
        claim = self._emails.holder(self._plan[number].persona.email)
        if claim is None:
            return False
        key = f"{claim.user_id}:{self._key(number)}"
        change = self._changes.find_one({"idempotency_key": key})
        if change is None:
            return False
        # The earlier run may have stopped between the commit of the change and its roll-forward.
        self._log.complete(Change(change))
        return True

    def run(self) -> Iterator[None]:
        """Write the changes, and yield after each one.

        Raises Conflict when other sample users have the addresses of this scenario.
        """
        for number, event in enumerate(self._plan):
            self._now = to_milliseconds(event.at)
            key = self._key(number)
            if event.registers:
                self._register(event.persona, key)
            else:
                self._write_task(event, key)
            yield

    def _key(self, number: int) -> str:
        return f"{self._scenario.name}-{number}"

    def _register(self, persona: Persona, key: str) -> None:
        registration = Registration(persona.email, persona.name, PASSWORD, persona.time_zone)
        result = self._user_store.register(registration, Origin("", key=key, status_code=201))
        self._ids[persona.index] = result.change.entity_id
        self._tasks[result.change.entity_id] = {}

    def _write_task(self, event: Event, key: str) -> None:
        user_id = self._ids[event.persona.index]
        own_tasks = self._tasks[user_id]
        action = self._choose_action(own_tasks)
        origin = Origin(user_id, event.persona.time_zone, key=f"{user_id}:{key}")
        if action == "create":
            image = self._task_store.create(user_id, self._new_task(event), _with_status(origin, 201)).image
            own_tasks[image["_id"]] = image
            return
        task = self._random.choice([task for task in own_tasks.values() if task["status"] in SOURCES[action]])
        if action == "delete":
            self._task_store.delete(user_id, task["_id"], _with_status(origin, 204))
            del own_tasks[task["_id"]]
            return
        fields = self._edit(action)
        own_tasks[task["_id"]] = self._task_store.update(user_id, task["_id"], fields, origin).image

    def _choose_action(self, tasks: dict[str, Document]) -> str:
        statuses = {task["status"] for task in tasks.values()}
        possible = [name for name in ACTIONS if statuses & set(SOURCES.get(name, ())) or name == "create"]
        return self._random.choices(possible, [ACTIONS[name] for name in possible])[0]

    def _edit(self, action: str) -> dict[str, Any]:
        if action == "move":
            return {"category": self._random.choice(CATEGORIES), "priority": self._random.choice(PRIORITIES)}
        if action == "edit":
            return {"title": self._title(), "tags": self._random.sample(TAGS, 2)}
        return {"status": STATUS_AFTER[action]}

    def _new_task(self, event: Event) -> dict[str, Any]:
        today = event.at.astimezone(ZoneInfo(event.persona.time_zone)).date()
        due = today + timedelta(days=self._random.randint(-1, 6)) if self._random.random() < 0.7 else None
        return {
            "title": self._title(),
            "priority": self._random.choice(PRIORITIES),
            "category": self._random.choice(CATEGORIES),
            "tags": self._random.sample(TAGS, self._random.randint(0, 3)),
            "due_date": None if due is None else due.isoformat(),
        }

    def _title(self) -> str:
        return f"{self._random.choice(VERBS)} {self._random.choice(THINGS)}"

    def _new_id(self, now: datetime) -> str:
        return uuid7(now, self._random.getrandbits(74))


def _with_status(origin: Origin, status_code: int) -> Origin:
    return Origin(origin.user_id, origin.time_zone, key=origin.key, status_code=status_code)
