"""Simulated users, who send requests at past times; an oracle records the responses."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from tests.serving import Api
from tests.system.lake.moved_clock import set_clock
from tests.system.lake.oracle import STATUSES, Oracle

TASKS = "/api/v1/tasks"
# The offsets of these time zones differ so much that one moment can have three local dates.
ZONES = ("Pacific/Kiritimati", "America/Los_Angeles", "Asia/Kolkata", "UTC")
CATEGORIES = ("home", "work", None)
PRIORITIES = ("low", "high")
STEPS = 60


@dataclass
class SimulatedUsers:
    """Users of an API that reads its time from the file `clock`. `emails` maps user ids to addresses."""

    api: Api
    clock: Path
    oracle: Oracle = field(default_factory=Oracle)
    emails: dict[str, str] = field(default_factory=dict)
    random: Random = field(default_factory=lambda: Random(11))

    def simulate_hour(self, hour: datetime) -> None:
        """Register two users in this hour, and change tasks of all users."""
        self.join(hour)
        self.work(hour, list(self.emails))

    def join(self, hour: datetime) -> list[str]:
        """Register two users in this hour; return their ids."""
        set_clock(self.clock, hour + timedelta(minutes=5))
        return [self._register() for _ in range(2)]

    def work(self, hour: datetime, user_ids: list[str]) -> None:
        """Send 60 requests of these users while the clock shows minutes 10, 20 and 30 of the hour."""
        for step in range(STEPS):
            if step % 20 == 0:
                set_clock(self.clock, hour + timedelta(minutes=10 + step // 2))
                # The clock was moved, so the tokens of the users may have expired.
                clients = [(user_id, self.api.sign_in(self.emails[user_id])) for user_id in user_ids]
            self._act(hour, *self.random.choice(clients))

    def create_late_tasks(self, hour: datetime) -> None:
        """Create tasks whose time is in this hour, although the hour is already published."""
        set_clock(self.clock, hour + timedelta(minutes=55))
        user_id, email = next(iter(self.emails.items()))
        client = self.api.sign_in(email)
        for _ in range(3):
            self._create(hour, user_id, client)

    def assert_figures_agree(self) -> None:
        """Compare the insights of each user in the API with the oracle."""
        set_clock(self.clock, datetime.now(UTC))
        for user_id, expected in self.oracle.per_user().items():
            client = self.api.sign_in(self.emails[user_id])
            figures = client.send("GET", "/api/v1/insights/me").json()
            live = {f"{status}_tasks": figures["tasks"][status] for status in STATUSES}
            events = {
                name: figures["activity"][name.removeprefix("tasks_")]
                for name in expected
                if name not in live
            }
            assert live | events == expected
            assert (figures["source"], figures["missing_hours"]) == ("lake", 0)

    def _register(self) -> str:
        zone, email = ZONES[len(self.emails) % len(ZONES)], f"user.{len(self.emails)}@example.com"
        user_id, _ = self.api.sign_up(email, zone)
        self.oracle.registered({"id": user_id, "time_zone": zone})
        self.emails[user_id] = email
        return user_id

    def _act(self, hour: datetime, user_id: str, client: Api) -> None:
        """Send a random request, in most cases for an existing task."""
        mine = [task_id for task_id, (owner, _) in self.oracle.tasks.items() if owner == user_id]
        if not mine or self.random.random() < 0.35:
            self._create(hour, user_id, client)
        elif self.random.random() < 0.12:
            task_id = self.random.choice(mine)
            assert client.send("DELETE", f"{TASKS}/{task_id}").status_code == 204
            self.oracle.deleted(task_id, hour)
        else:
            self._edit(hour, user_id, client, self.random.choice(mine))

    def _create(self, hour: datetime, user_id: str, client: Api) -> None:
        due = self.random.choice([None, f"{hour.date() + timedelta(days=self.random.randint(-2, 1))}"])
        status = self.random.choice(["pending", "pending", "completed"])
        category, priority = self.random.choice(CATEGORIES), self.random.choice(PRIORITIES)
        fields = {"status": status, "category": category, "priority": priority, "due_date": due}
        answer = client.send("POST", TASKS, {"title": "A task", **fields})
        assert answer.status_code == 201, answer.text
        self.oracle.answered(user_id, answer.json(), hour)

    def _edit(self, hour: datetime, user_id: str, client: Api, task_id: str) -> None:
        status = self.random.choice(["pending", "in_progress", "completed", "completed", "cancelled"])
        cell = {"category": self.random.choice(CATEGORIES), "priority": self.random.choice(PRIORITIES)}
        edit = self.random.choice([{"status": status}, cell, {"title": "Another title"}])
        answer = client.send("PATCH", f"{TASKS}/{task_id}", edit)
        assert answer.status_code == 200, answer.text
        self.oracle.answered(user_id, answer.json(), hour)
