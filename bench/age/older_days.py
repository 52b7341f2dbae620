"""Adds copies of one processed day to a lake, as if a pipeline run had processed each hour of the copies.

The folder of an older day is a symbolic link to the folder of the copied day. The rows of the catalog and the
documents that the pipeline derives from a day (totals of the day, parts of users) are written directly. So it
takes only seconds to add two years.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from todo_insights.catalog.published import PublishedHour, published_days, version_of
from todo_insights.catalog.stores import Stores
from todo_insights.core.database import Database
from todo_insights.lake.schema import TABLES
from todo_insights.lake.storage import Lake
from todo_insights.metrics.business import RECENT_DAYS
from todo_insights.user_insights.day_totals import day_id, dt_of
from todo_insights.user_insights.figures import insights_of
from todo_insights.user_insights.older_parts import document_of
from todo_insights.user_insights.parts import Part, empty_part
from todo_insights.user_insights.totals import Totals
from todo_insights.user_insights.write_back import LAKE_ID

_DAY = timedelta(days=1)
# The pipeline does not read the documents in `recent_hours` of days that are older than this.
_RECENT = timedelta(days=RECENT_DAYS)
_MOVE = """
    UPDATE day SET dt = :dt, location = replace(location, 'dt=' || dt, 'dt=' || :dt),
                   as_of = strftime('%Y-%m-%dT%H:%M:%f000Z', as_of, '-1 day')
"""


def add_older_days(model: date, count: int, catalog: Path, stores: Stores, database: Database) -> None:
    """Add copies of the day `model`, which must have all hours, for the `count` days before it."""
    days = _days_before(model, count)
    _link_folders(model, days, stores.lake)
    _fill_catalog(model, days, catalog)
    _copy_totals(model, days, stores, database)


def copy_parts(model: date, count: int, database: Database, file: Path) -> None:
    """Add copies of each user's changes of the day `model` for the `count` days before it.

    `file` is the file of the embedded server with this database. The copies are inserted directly into the
    file, because the server would take minutes for them.
    """
    days = _days_before(model, count)
    for user in list(database.insights.find({"_id": {"$ne": LAKE_ID}})):
        stored = database.insight_days.find({"user_id": user["_id"]})
        copies = {dt_of(each["day"]): each for each in stored}
        known = copies | user["recent"]
        if part := known.get(f"{model}"):
            numbers = {name: part[name] for name in (*empty_part(), "revision")}
            parts = {f"{day}": _moved_part(numbers, model - day) for day in days}
            totals = Totals.of([*known.values(), *parts.values()])
            figures = insights_of(totals) | totals.document()
            database.insights.replace_one({"_id": user["_id"]}, user | figures)
            _insert((document_of(user["_id"], dt, each) for dt, each in parts.items()), file)


def _insert(documents: Iterable[Mapping[str, Any]], file: Path) -> None:
    rows = ((each["_id"], json.dumps(each)) for each in documents)
    with closing(sqlite3.connect(file, timeout=60)) as connection, connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.executemany("INSERT INTO insight_days(_id, data) VALUES (?, ?)", rows)


def _days_before(model: date, count: int) -> list[date]:
    return [model - _DAY * number for number in range(1, count + 1)]


def _link_folders(model: date, days: Sequence[date], lake: Lake) -> None:
    for table in TABLES:
        for day in days:
            Path(lake.path(table.zone, table.name, f"dt={day}")).symlink_to(f"dt={model}")


def _fill_catalog(model: date, days: Sequence[date], catalog: Path) -> None:
    with closing(sqlite3.connect(catalog)) as connection, connection:
        connection.execute("CREATE TEMP TABLE day AS SELECT * FROM partitions WHERE dt = ?", (f"{model}",))
        for day in days:
            connection.execute(_MOVE, {"dt": f"{day}"})
            connection.execute("INSERT INTO partitions SELECT * FROM day")


def _copy_totals(model: date, days: Sequence[date], stores: Stores, database: Database) -> None:
    published = published_days(stores.catalog, [(f"{model}", f"{model}")])[f"{model}"]
    totals: Any = database.lake_days.find_one({"_id": day_id(f"{model}")})
    recent = {hour: database.recent_hours.find_one({"_id": version_of(of)}) for hour, of in published.items()}
    copies, recent_copies = [], []
    for day in days:
        hours = {}
        for hour, of_hour in totals["hours"].items():
            version = version_of(_moved_hour(published[hour], model, day))
            as_of = of_hour["as_of"] - (model - day)
            hours[hour] = of_hour | {"version": version, "written": version, "as_of": as_of}
            if model - day <= _RECENT:
                recent_copies.append({**(recent[hour] or {}), "_id": version, "day": day_id(f"{day}")})
        copies.append(
            {**totals, "_id": day_id(f"{day}"), "hours": hours, "as_of": totals["as_of"] - (model - day)}
        )
    database.lake_days.insert_many(copies)
    database.recent_hours.insert_many(recent_copies)


def _moved_hour(hour: PublishedHour, model: date, day: date) -> PublishedHour:
    return {
        table: replace(each, location=each.location.replace(f"dt={model}", f"dt={day}"))
        for table, each in hour.items()
    }


def _moved_part(part: Part, back: timedelta) -> Part:
    """Return a copy of the part with all dates earlier by `back`; parts.py describes the fields of a part."""
    dated = {name: dict(_moved_keys(part[name], back)) for name in ("days", "hours", "cycles")}
    created = [[f"{date.fromisoformat(day) - back}", *counts] for day, *counts in part["open"]]
    return part | dated | {"open": created}


def _moved_keys(by_date: Mapping[str, Any], back: timedelta) -> Iterator[tuple[str, Any]]:
    return ((f"{date.fromisoformat(day) - back}", values) for day, values in by_date.items())
