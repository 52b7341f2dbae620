"""Processes hours as a run does, including publishing and write-back, and reads the resulting insights."""

import struct
from base64 import b64decode
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
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
# The collections that a write-back changes.
WRITTEN = ("insights", "insight_days", "lake_days")


class Pipeline:
    """The hourly pipeline with a clock of its own, which every step advances."""

    def __init__(self, settings: Settings, database: Database, now: datetime) -> None:
        self.settings, self.database, self.now = settings, database, now
        self.lake = Lake(settings.zone_uris)

    def insert(self, log: Iterable[Document], users: Iterable[str] = ZONES) -> None:
        """Insert these changes into the log, and their users into the database."""
        self.database.changes.insert_many(log)
        self.database.users.insert_many([{"_id": who, "version": 1} for who in users])

    def publish(self, *hours: Hour, compacted: bool = True) -> None:
        for hour in hours:
            manifests = [
                process(each, self.database, open_stores(self.settings), self.tick())
                for each in plan({hour: "scheduled"}, self.database.changes, 1_000_000)
            ]
            publish_hours(manifests, open_stores(self.settings), self.settings.settle, self.tick())
            if compacted:
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
    """Return every document of `insights` by its id, without the time and the number of its update.

    The field `parts` of a user's document has all parts: those in the document, and those in `insight_days`
    of the other days.
    """
    found = {each.pop("_id"): each for each in database.insights.find({})}
    copies = {each.pop("_id"): each for each in database.insight_days.find({})}
    for who, each in found.items():
        del each["computed_at"], each["revision"]
        if "recent" in each:
            older = {_dt(name): part for name, part in copies.items() if name.startswith(f"{who}:")}
            each["parts"] = {
                dt: {
                    name: numbers
                    for name, numbers in part.items()
                    if name not in ("user_id", "day", "revision")
                }
                for dt, part in sorted((older | each.pop("recent")).items())
                if part["days"]
            }
            each["totals"]["cells"].sort(key=str)
            _check_cycles(each["totals"], each["parts"].values())
    return found


def _check_cycles(totals: Any, parts: Iterable[Any]) -> None:
    """Check and remove the cycle times around the median; which ones are kept depends on the updates."""
    times = sorted(seconds for part in parts for of_date in part["cycles"].values() for seconds in of_date)
    first, above = totals.pop("cycles_below"), totals.pop("cycles_above")
    kept = struct.unpack(f"<{len(times) - first - above}i", b64decode(totals.pop("cycles")))
    assert list(kept) == times[first : first + len(kept)]


def _dt(copy: str) -> str:
    return f"{date.fromisoformat(copy.rpartition(':')[2])}"


def rebuilt(pipeline: Pipeline) -> dict[str, Any]:
    """Return the documents that a write-back of the whole lake creates; stored documents stay unchanged."""
    kept = stored(pipeline.database)
    for name in kept:
        pipeline.database[name].drop()
    pipeline.write()
    found = documents(pipeline.database)
    restore(kept, pipeline.database)
    return found


def stored(database: Database) -> dict[str, list[Document]]:
    """Return the documents of these collections."""
    return {name: list(database[name].find({})) for name in WRITTEN}


def restore(kept: Mapping[str, list[Document]], database: Database) -> None:
    """Replace the documents of these collections."""
    for name, found in kept.items():
        database[name].delete_many({})
        if found:
            database[name].insert_many(found)
