"""Reads the lake with the same tools as users do, and compares the results with the oracle."""

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event, Thread
from typing import Any

import pytest

from tests.system.lake.oracle import Oracle
from todo_insights.catalog.base import Partition
from todo_insights.catalog.stores import Stores
from todo_insights.sql.query import query
from tools.data_folder import ROOT

PartitionKey = tuple[str, str, str]
KPIS = "SELECT * FROM business_metrics_kpis"
# For each zone, a query that returns the number of task changes per hour.
COUNTS = {
    "bronze": "SELECT dt, hour, COUNT(*) FROM bronze_task_changes GROUP BY dt, hour",
    "silver": "SELECT dt, hour, COUNT(*) FROM silver_task_changes GROUP BY dt, hour",
    "gold": "SELECT dt, hour, SUM(changes) FROM gold_user_activity GROUP BY dt, hour",
}


@dataclass(frozen=True)
class LakeReader:
    """Queries the lake in this process with `stores`, and on the command line with the environment `env`."""

    stores: Stores
    env: dict[str, str]

    def query(self, sql: str) -> list[dict[str, Any]]:
        answer = query(sql, self.stores)
        return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]

    def query_on_command_line(self, sql: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = json.loads(self.run_command("query", sql, "--format", "json"))
        return rows

    def run_command(self, *arguments: str) -> str:
        """Run a command of the pipeline's command line; return its output."""
        command = [sys.executable, "-m", "todo_insights", *arguments]
        answer = subprocess.run(command, env=self.env, cwd=ROOT, capture_output=True, text=True)
        assert answer.returncode == 0, answer.stderr
        return answer.stdout

    def assert_agrees(self, oracle: Oracle) -> None:
        """Compare the results per user, the results per category, and the key figures with the oracle."""
        users = {row.pop("user_id"): row for row in self.query("SELECT * FROM task_analytics_user_metrics")}
        for user_id, expected in oracle.per_user().items():
            assert {name: users[user_id][name] for name in expected} == expected
        newest = """
            SELECT category, priority, pending_tasks, in_progress_tasks, completed_tasks, cancelled_tasks
            FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY category, priority ORDER BY dt DESC) AS row_number
                  FROM task_analytics_category_trends) AS ranked
            WHERE row_number = 1 AND pending_tasks + in_progress_tasks + completed_tasks + cancelled_tasks > 0
        """
        cells = {(row.pop("category"), row.pop("priority")): row for row in self.query(newest)}
        assert cells == oracle.per_category()
        kpis = {row["metric"]: row["value"] for row in self.query(KPIS)}
        assert kpis == pytest.approx(oracle.kpis())

    def partitions(self, until: datetime) -> dict[PartitionKey, Partition]:
        """Return the hourly partitions up to this hour, which is included."""
        last = (f"{until:%Y-%m-%d}", f"{until:%H}")
        found = self.stores.catalog.snapshot()
        hourly = {(each.table, each.dt, each.hour): each for each in found if each.hour is not None}
        return {key: each for key, each in hourly.items() if key[1:] <= last}

    @contextmanager
    def monitoring(self) -> Iterator["Observations"]:
        """Run the queries in COUNTS repeatedly in a thread until the `with` block ends."""
        observed, stopped = Observations(), Event()

        def look() -> None:
            try:
                while not stopped.wait(1):
                    for zone, sql in COUNTS.items():
                        observed.note(zone, query(sql, self.stores).rows)
            # A test does not see an exception of this thread, so the exception is kept for
            # `assert_complete_hours`, which fails the test.
            except Exception as error:
                observed.errors.append(error)

        thread = Thread(target=look)
        thread.start()
        try:
            yield observed
        finally:
            stopped.set()
            thread.join()


@dataclass
class Observations:
    """The numbers of changes that the queries returned, by zone and start of the hour."""

    counts: dict[tuple[str, datetime], set[int]] = field(default_factory=lambda: defaultdict(set))
    reads: int = 0
    errors: list[Exception] = field(default_factory=list)

    def note(self, zone: str, rows: list[tuple[Any, ...]]) -> None:
        self.reads += 1
        for dt, hour, count in rows:
            self.counts[zone, datetime.fromisoformat(f"{dt}T{hour}:00").replace(tzinfo=UTC)].add(int(count))

    def assert_complete_hours(self, *snapshots: dict[datetime, int]) -> None:
        """Fail if a query returned, for an hour, a number of changes that is in none of these snapshots."""
        assert self.errors == []
        assert self.reads > 0
        for (zone, hour), counts in self.counts.items():
            assert counts <= {each.get(hour) for each in snapshots}, (zone, hour)
