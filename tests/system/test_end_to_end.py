"""From an HTTP request to an Athena-style answer, through the real Airflow's scheduler."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.conftest import SECRET
from tests.serving import NO_LIMITS, Api
from tests.system.airflow_client import AirflowClient
from tests.system.moved_clock import set_clock
from tests.system.oracle import STATUSES, Oracle
from todo_insights.lake.catalog import Partition
from todo_insights.lake.sqlite_catalog import SqliteCatalog
from tools import airflow, api, database, postgres
from tools.places import BIN, ROOT, DataFolder
from tools.ports import free_port
from tools.processes import Service

TASKS = "/api/v1/tasks"
HOUR = timedelta(hours=1)
# Far apart, so that one moment is on three dates.
ZONES = ("Pacific/Kiritimati", "America/Los_Angeles", "Asia/Kolkata", "UTC")
CATEGORIES = ("home", "work", None)
PRIORITIES = ("low", "high")
# The third of the four hours stays empty: it has to be published all the same.
BUSY_HOURS = (0, 1, 3)
ALL_HOURS = 4
Key = tuple[str, str, str]


@dataclass(frozen=True)
class Product:
    """A running product whose API clock can be moved."""

    folder: DataFolder
    env: dict[str, str]
    api: Api
    clock: Path

    def ask(self, sql: str) -> list[dict[str, Any]]:
        """Put a question to the lake as `make query` does."""
        command = [sys.executable, "-m", "todo_insights", "query", sql, "--format", "json"]
        answer = subprocess.run(command, env=self.env, cwd=ROOT, capture_output=True, text=True, check=True)
        rows: list[dict[str, Any]] = json.loads(answer.stdout)
        return rows

    def checksums(self) -> dict[Key, str]:
        return {key: partition.checksum for key, partition in self._partitions().items()}

    def written(self) -> dict[Key, datetime]:
        return {key: partition.as_of for key, partition in self._partitions().items()}

    def _partitions(self) -> dict[Key, Partition]:
        catalog = SqliteCatalog(self.folder.path / "lake" / "catalog.sqlite")
        return {(each.table, each.dt, each.hour): each for each in catalog.snapshot() if each.hour}


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    folder = DataFolder(tmp_path)
    (tmp_path / "logs").mkdir()
    clock = tmp_path / "clock"
    set_clock(clock, datetime.now(UTC))
    mongodb = database.start(folder, mongodb_port := free_port())
    env = folder.environment(database.uri(mongodb_port))
    env |= NO_LIMITS | {"JWT_SECRET_KEY": SECRET, "CLOCK_FILE": str(clock), "SETTLE_SECONDS": "0"}
    port = free_port()
    command = [BIN / "gunicorn", "--config", ROOT / "gunicorn.conf.py", "--bind", f"127.0.0.1:{port}"]
    served = Service.start("The API", [*command, "tests.system.moved_clock:build()"], env, folder.log("api"))
    try:
        served.wait_until(lambda: api.is_ready(port), seconds=30)
        yield Product(folder, env, Api(f"http://127.0.0.1:{port}"), clock)
    finally:
        served.stop()
        mongodb.stop()


def live_through(product: Product, first_hour: datetime, emails: dict[str, str]) -> Oracle:
    """Write through HTTP for some hours and have the oracle follow the answers; notes each user's address."""
    oracle, random = Oracle(), Random(11)
    people: list[tuple[str, Api]] = []
    for number in BUSY_HOURS:
        set_clock(product.clock, first_hour + number * HOUR + timedelta(minutes=5))
        for zone in ZONES[len(emails) : len(emails) + 2]:
            email = f"user.{len(emails)}@example.com"
            user_id, _ = product.api.sign_up(email, zone)
            oracle.registered({"id": user_id, "time_zone": zone})
            emails[user_id] = email
        for step in range(60):
            if step % 20 == 0:
                set_clock(product.clock, first_hour + number * HOUR + timedelta(minutes=10 + step // 2))
                # The tokens of ten minutes ago may have expired.
                people = [(user_id, product.api.sign_in(email)) for user_id, email in emails.items()]
            act(random, oracle, *random.choice(people))
    return oracle


def act(random: Random, oracle: Oracle, user_id: str, client: Api) -> None:
    """Do one of the things that users do, mostly to tasks that exist."""
    mine = [task_id for task_id, (owner, _) in oracle.tasks.items() if owner == user_id]
    if not mine or random.random() < 0.35:
        today = datetime.now(UTC).date()
        due = random.choice([None, (today + timedelta(days=random.randint(-2, 1))).isoformat()])
        fields = {
            "category": random.choice(CATEGORIES),
            "priority": random.choice(PRIORITIES),
            "due_date": due,
        }
        status = random.choice(["pending", "pending", "completed"])
        answer = client.send("POST", TASKS, {"title": "A task", "status": status, **fields})
    elif random.random() < 0.12:
        task_id = random.choice(mine)
        assert client.send("DELETE", f"{TASKS}/{task_id}").status_code == 204
        oracle.deleted(task_id)
        return
    else:
        edits = [
            {"status": random.choice(["pending", "in_progress", "completed", "completed", "cancelled"])},
            {"category": random.choice(CATEGORIES), "priority": random.choice(PRIORITIES)},
            {"title": "Another title"},
        ]
        answer = client.send("PATCH", f"{TASKS}/{random.choice(mine)}", random.choice(edits))
    assert answer.status_code in (200, 201), answer.text
    oracle.answered(user_id, answer.json())


def assert_lake_agrees(product: Product, oracle: Oracle) -> None:
    """Compare the lake with the oracle: per user and status, per category and priority, and the KPIs."""
    users = {row.pop("user_id"): row for row in product.ask("SELECT * FROM task_analytics_user_metrics")}
    for user_id, expected in oracle.per_user().items():
        assert {name: users[user_id][name] for name in expected} == expected
    newest = """
        SELECT category, priority, pending_tasks, in_progress_tasks, completed_tasks, cancelled_tasks
        FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY category, priority ORDER BY dt DESC) AS place
              FROM task_analytics_category_trends) AS ranked
        WHERE place = 1 AND pending_tasks + in_progress_tasks + completed_tasks + cancelled_tasks > 0
    """
    cells = {(row.pop("category"), row.pop("priority")): row for row in product.ask(newest)}
    assert cells == oracle.per_category()
    kpis = {row["metric"]: row["value"] for row in product.ask("SELECT * FROM business_metrics_kpis")}
    assert kpis == pytest.approx(oracle.kpis())


def assert_figures_agree(product: Product, oracle: Oracle, emails: dict[str, str]) -> None:
    """Compare what the API shows to each user with the oracle."""
    for user_id, expected in oracle.per_user().items():
        figures = product.api.sign_in(emails[user_id]).send("GET", "/api/v1/insights/me").json()
        live = {f"{status}_tasks": figures["tasks"][status] for status in STATUSES}
        events = {
            name: figures["activity"][name.removeprefix("tasks_")] for name in expected if name not in live
        }
        assert live | events == expected
        assert (figures["source"], figures["missing_hours"]) == ("lake", 0)


@pytest.mark.airflow
def test_scheduler_and_backfill_agree_with_answers(product: Product) -> None:
    first_hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - ALL_HOURS * HOUR
    emails: dict[str, str] = {}
    oracle = live_through(product, first_hour, emails)
    port = free_port()
    assert postgres.is_possible(), "run the tests as an ordinary user, or as root with user namespaces"
    metadata = postgres.start(product.folder, metadata_port := free_port())
    setup = airflow.Setup(port, first_hour.isoformat(), postgres.uri(product.folder, metadata_port))
    scheduler = airflow.start(product.folder, product.env, setup)
    try:
        scheduler.wait_until(lambda: airflow.is_ready(port), seconds=180)
        client = AirflowClient.sign_in(port, airflow.USER, airflow.password(product.folder))
        client.wait_for_runs(ALL_HOURS, seconds=240)
        assert_lake_agrees(product, oracle)
        assert_figures_agree(product, oracle, emails)
        live = product.checksums()
        hours = {(dt, hour) for _, dt, hour in live}
        assert len(hours) >= ALL_HOURS
        assert len(live) == 7 * len(hours)

        last = first_hour + (ALL_HOURS - 1) * HOUR
        written = product.written()
        client.backfill(first_hour.isoformat(), last.isoformat(), seconds=240)
        client.wait_for_runs(ALL_HOURS, seconds=60)
        # The content is the same, and it was computed anew: each hour is known as of a later moment.
        assert all(product.written()[key] > as_of for key, as_of in written.items())
        again = product.checksums()
        assert {key: again[key] for key in live} == live
        assert_lake_agrees(product, oracle)
        assert_figures_agree(product, oracle, emails)
    finally:
        scheduler.stop()
        metadata.stop()
