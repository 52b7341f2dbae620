"""An API with a movable clock and a user with a month of tasks, whose hours the pipeline has published."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

from pymongo import MongoClient

from tests.serving import NO_LIMITS, PASSWORD, Api
from tests.system.lake.moved_clock import set_clock
from todo_insights.catalog.stores import open_stores
from todo_insights.core.hours import Hour
from todo_insights.core.settings import Settings
from todo_insights.hourly.planning import plan
from todo_insights.hourly.process import process
from todo_insights.hourly.publish import publish_hours
from todo_insights.user_insights.write_back import write_back
from tools.data_folder import BIN, ROOT, DataFolder
from tools.services import api
from tools.supervision.ports import free_port
from tools.supervision.processes import Service

# A Friday afternoon, 20 minutes after the start of an hour. The pipeline publishes this hour as provisional,
# because the hour has not ended.
NOW = datetime(2026, 11, 27, 15, 20, tzinfo=UTC)
ZONE = "Europe/Lisbon"
DAYS = 34
CATEGORIES = ("home", "work", "work", "garden", "studies", None)
PRIORITIES = ("low", "medium", "medium", "high", "urgent")
TASKS, BATCH = "/api/v1/tasks", "/api/v1/tasks/batch"


@dataclass
class InsightsEnvironment:
    """The API, its clock and the lake. The user Ada has tasks; the user Quiet has none."""

    api: Api
    clock: Path
    settings: Settings
    process_id: int
    emails: dict[str, str] = field(default_factory=dict)

    def move_clock(self, moment: datetime) -> None:
        """Set the clock of the API."""
        set_clock(self.clock, moment)

    def register(self, name: str) -> str:
        """Register a user and return the e-mail address."""
        email = f"{name.lower()}-{uuid4().hex[:8]}@example.com"
        body = {"email": email, "name": name, "password": PASSWORD, "time_zone": ZONE}
        answer = self.api.send("POST", "/api/v1/users", body)
        assert answer.status_code == 201, answer.text
        return email

    def publish(self, now: datetime) -> None:
        """Run the pipeline at this time: publish all hours with changes, and write the insights."""
        stores = open_stores(self.settings)
        with MongoClient[Any](self.settings.mongodb_uri, tz_aware=True) as client:
            database = client[self.settings.mongodb_database]
            hours = sorted({Hour.containing(each["at"]) for each in database.changes.find({}, {"at": 1})})
            due = plan(dict.fromkeys(hours, "scheduled"), database.changes, 1_000_000)
            manifests = [process(each, database, stores, now) for each in due]
            publish_hours(manifests, stores, self.settings.settle, now)
            write_back([str(hour) for hour in hours], database, stores, now)


@contextmanager
def insights_environment(folder: DataFolder, mongodb_uri: str) -> Iterator[InsightsEnvironment]:
    """Serve the API, send a month of activity to the API, and publish the hours of this activity."""
    name, clock, port = f"insights_{uuid4().hex}", folder.path / "insights-clock", free_port()
    set_clock(clock, NOW - timedelta(days=DAYS))
    env = {**folder.environment(mongodb_uri), **NO_LIMITS, "MONGODB_DATABASE": name, "CLOCK_FILE": str(clock)}
    env |= {"AIRFLOW_URL": "http://localhost:8080", "WEB_CONCURRENCY": "1"}
    command = [BIN / "gunicorn", "--config", ROOT / "gunicorn.conf.py", "--bind", f"127.0.0.1:{port}"]
    built = "tests.system.lake.moved_clock:build()"
    served = Service.start("The API", [*command, built], env, folder.log("insights-api"))
    lake = (folder.path / f"lake-{name}").as_uri()
    settings = Settings(
        mongodb_uri=mongodb_uri,
        mongodb_database=name,
        zone_uris={zone: f"{lake}/{zone}" for zone in ("bronze", "silver", "gold")},
        catalog_uri=f"{lake}/catalog.sqlite",
        settle=timedelta(minutes=5),
    )
    try:
        served.wait_until(lambda: api.is_ready(port), seconds=30)
        environment = InsightsEnvironment(
            Api(f"http://127.0.0.1:{port}"), clock, settings, served.process.pid
        )
        environment.emails = {each: environment.register(each) for each in ("Ada", "Quiet")}
        write_activity(environment, environment.emails["Ada"], Random(5))
        environment.move_clock(NOW)
        environment.publish(NOW)
        yield environment
    finally:
        served.stop()


def write_activity(environment: InsightsEnvironment, email: str, random: Random) -> None:
    """Create and change tasks on most days, in one or two batches per day; weekends have fewer batches."""
    open_tasks: list[str] = []
    for day in range(DAYS, -1, -1):
        at = (NOW - timedelta(days=day)).replace(minute=5)
        is_weekend = at.weekday() >= 5
        if day and random.random() < (0.6 if is_weekend else 0.2):
            continue
        for hour in sorted(
            random.sample((8, 9, 9, 10, 11, 14, 15, 17, 20), 1 if is_weekend or not day else 2)
        ):
            # On the last day, the changes are five minutes old, so they are in the current hour.
            moment = at.replace(hour=hour) if day else NOW - timedelta(minutes=5)
            environment.move_clock(moment)
            user = environment.api.sign_in(email)
            answer = user.send("POST", BATCH, {"operations": _operations(random, open_tasks, moment)})
            assert answer.status_code == 207, answer.text
            for result in answer.json()["results"]:
                if result["status"] == 201:
                    open_tasks.append(result["task"]["id"])


def _operations(random: Random, open_tasks: list[str], moment: datetime) -> list[Any]:
    due = (moment + timedelta(days=random.randint(0, 5))).date().isoformat()
    made = [
        {
            "op": "create",
            "task": {
                "title": "A task",
                "category": random.choice(CATEGORIES),
                "priority": random.choice(PRIORITIES),
                "due_date": random.choice([due, due, None]),
            },
        }
        for _ in range(random.randint(2, 5))
    ]
    random.shuffle(open_tasks)
    count = min(len(open_tasks), random.randint(1, 7))
    changed = [open_tasks.pop() for _ in range(count)]
    kept = changed[:1] if random.random() < 0.5 else []
    open_tasks.extend(kept)
    weights = {"completed": 8, "cancelled": 1}
    statuses = {
        task: "in_progress" if task in kept else random.choices([*weights], [*weights.values()])[0]
        for task in changed
    }
    return made + [
        {"op": "update", "id": task, "task": {"status": status}} for task, status in statuses.items()
    ]
