"""The lake as its readers find it, and what it has to say."""

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
from todo_insights.lake.catalog import Partition
from todo_insights.lake.stores import Stores
from todo_insights.sql.query import query
from tools.data_folder import ROOT

Key = tuple[str, str, str]
KPIS = "SELECT * FROM business_metrics_kpis"
# How many changes of tasks each hour has, as three zones tell it.
COUNTS = {
    "bronze": "SELECT dt, hour, COUNT(*) FROM bronze_task_changes GROUP BY dt, hour",
    "silver": "SELECT dt, hour, COUNT(*) FROM silver_task_changes GROUP BY dt, hour",
    "gold": "SELECT dt, hour, SUM(changes) FROM gold_user_activity GROUP BY dt, hour",
}


@dataclass(frozen=True)
class LakeReader:
    """Reads the lake of `stores` in this process, and that of `env` as `make query` does."""

    stores: Stores
    env: dict[str, str]

    def ask(self, sql: str) -> list[dict[str, Any]]:
        answer = query(sql, self.stores)
        return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]

    def ask_on_the_command_line(self, sql: str) -> list[dict[str, Any]]:
        command = [sys.executable, "-m", "todo_insights", "query", sql, "--format", "json"]
        answer = subprocess.run(command, env=self.env, cwd=ROOT, capture_output=True, text=True)
        assert answer.returncode == 0, answer.stderr
        rows: list[dict[str, Any]] = json.loads(answer.stdout)
        return rows

    def assert_agrees(self, oracle: Oracle) -> None:
        """Compare with the oracle: per user and status, per category and priority, and the KPIs."""
        users = {row.pop("user_id"): row for row in self.ask("SELECT * FROM task_analytics_user_metrics")}
        for user_id, expected in oracle.per_user().items():
            assert {name: users[user_id][name] for name in expected} == expected
        newest = """
            SELECT category, priority, pending_tasks, in_progress_tasks, completed_tasks, cancelled_tasks
            FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY category, priority ORDER BY dt DESC) AS place
                  FROM task_analytics_category_trends) AS ranked
            WHERE place = 1 AND pending_tasks + in_progress_tasks + completed_tasks + cancelled_tasks > 0
        """
        cells = {(row.pop("category"), row.pop("priority")): row for row in self.ask(newest)}
        assert cells == oracle.per_category()
        kpis = {row["metric"]: row["value"] for row in self.ask(KPIS)}
        assert kpis == pytest.approx(oracle.kpis())

    def partitions(self, until: datetime) -> dict[Key, Partition]:
        """What is published of every hour until one, that one included."""
        last = (f"{until:%Y-%m-%d}", f"{until:%H}")
        found = self.stores.catalog.snapshot()
        hourly = {(each.table, each.dt, each.hour): each for each in found if each.hour is not None}
        return {key: each for key, each in hourly.items() if key[1:] <= last}

    @contextmanager
    def watching(self) -> Iterator["Sightings"]:
        """Read again and again until the block ends, as people do while hours are published."""
        seen, over = Sightings(), Event()

        def look() -> None:
            try:
                while not over.wait(1):
                    for zone, sql in COUNTS.items():
                        seen.note(zone, query(sql, self.stores).rows)
            except Exception as error:  # the test's own thread is to hear of it
                seen.errors.append(error)

        thread = Thread(target=look)
        thread.start()
        try:
            yield seen
        finally:
            over.set()
            thread.join()


@dataclass
class Sightings:
    """What a reader saw: the counts of changes, by zone and start of the hour."""

    counts: dict[tuple[str, datetime], set[int]] = field(default_factory=lambda: defaultdict(set))
    reads: int = 0
    errors: list[Exception] = field(default_factory=list)

    def note(self, zone: str, rows: list[tuple[Any, ...]]) -> None:
        self.reads += 1
        for dt, hour, count in rows:
            self.counts[zone, datetime.fromisoformat(f"{dt}T{hour}:00").replace(tzinfo=UTC)].add(int(count))

    def assert_whole(self, *moments: dict[datetime, int]) -> None:
        """Each hour was only ever seen with all the changes that it had at one of these moments."""
        assert self.errors == []
        assert self.reads > 0
        for (zone, hour), counts in self.counts.items():
            assert counts <= {each.get(hour) for each in moments}, (zone, hour)
