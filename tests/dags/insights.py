"""Processes hours as a run does, including publishing and write-back, and reads the resulting insights."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from tests.dags.activity import ZONES
from tests.dags.change_log import Document, Row
from todo_insights.catalog.stores import open_stores
from todo_insights.core.database import Database
from todo_insights.core.hours import Hour
from todo_insights.core.settings import Settings
from todo_insights.hourly.planning import plan
from todo_insights.hourly.process import process
from todo_insights.hourly.publish import publish_hours
from todo_insights.lake.storage import Lake
from todo_insights.maintenance.compaction import compact_changed
from todo_insights.sql.query import query
from todo_insights.user_insights.write_back import WrittenBack, write_back

TICK = timedelta(seconds=1)


class Pipeline:
    """The hourly pipeline with a clock of its own, which every step advances."""

    def __init__(self, settings: Settings, database: Database, now: datetime) -> None:
        self.settings, self.database, self.now = settings, database, now
        self.lake = Lake(settings.zone_uris)

    def insert(self, log: Iterable[Document], users: Iterable[str] = ZONES) -> None:
        """Insert these changes into the log, and their users into the database."""
        self.database.changes.insert_many(log)
        self.database.users.insert_many([{"_id": who, "version": 1} for who in users])

    def publish(self, *hours: Hour) -> None:
        for hour in hours:
            manifests = [
                process(each, self.database, open_stores(self.settings), self.tick())
                for each in plan({hour: "scheduled"}, self.database.changes, 1_000_000)
            ]
            publish_hours(manifests, open_stores(self.settings), self.settings.settle, self.tick())
            compact_changed([str(hour)], open_stores(self.settings), self.tick())

    def write(self, *hours: Hour) -> WrittenBack:
        return write_back(
            [str(each) for each in hours], self.database, open_stores(self.settings), self.tick()
        )

    def run(self, *hours: Hour) -> WrittenBack:
        self.publish(*hours)
        return self.write(*hours)

    def rows(self, sql: str) -> list[Row]:
        answer = query(sql, open_stores(self.settings))
        return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]

    def tick(self) -> datetime:
        """Advance the clock and return the time of the next step."""
        self.now += TICK
        return self.now


def documents(database: Database) -> dict[str, Any]:
    """Return every document of `insights` by its id, without the time at which it was computed."""
    return {
        each.pop("_id"): {
            name: value for name, value in each.items() if name not in ("computed_at", "revision")
        }
        for each in database.insights.find({})
    }
