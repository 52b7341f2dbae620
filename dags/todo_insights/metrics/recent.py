"""Recent activity: the active users and cycle times of recent days, from one document for each hour.

The number of distinct users of several hours cannot be computed from the numbers of each hour, and neither
can the median. Therefore each published hour has a document in `recent_hours` with its users and cycle times.
The id of the document is the version of the hour's files, so the document never changes. A missing document
is computed again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pymongo.errors import BulkWriteError

from ..catalog.published import PublishedHour, day_ranges, files_of, published_days, version_of
from ..catalog.stores import Stores
from ..core.database import Database, Document
from ..lake.schema import GOLD_USERS, SILVER_TASKS, SILVER_USERS
from ..lake.storage import Lake
from ..user_insights.day_totals import day_id, versions_since
from ..user_insights.parts import completions

_COMPLETION_COLUMNS = ("dt", "user_id", "op", "status_before", "status_after", "created_at", "completed_at")
_DUPLICATE_KEY = 11000


@dataclass(frozen=True)
class RecentActivity:
    """The users who changed a task and still exist, and the cycle time of each completion in seconds."""

    active_users: frozenset[str]
    cycle_seconds: list[int]


def recent_activity(since: str, database: Database, stores: Stores) -> RecentActivity:
    """The activity of the published hours from the date `since` on, of which `lake_days` has the versions."""
    versions = versions_since(since, database)
    found = {each["_id"]: each for each in database.recent_hours.find({"day": {"$gte": day_id(since)}})}
    # The catalog is read only for days with new hours, because it has several rows for each hour.
    days = {dt for version, dt in versions.items() if version not in found}
    published = published_days(stores.catalog, day_ranges(days))
    hours = {version_of(hour): (dt, hour) for dt, of_day in published.items() for hour in of_day.values()}
    new = [
        _document(version, dt, hour, stores.lake)
        for version, (dt, hour) in hours.items()
        if version not in found
    ]
    _store(new, day_id(since), database)
    current = {version for version, dt in versions.items() if dt not in days} | hours.keys()
    chosen = [*(found[version] for version in current if version in found), *new]
    active = {user for each in chosen for user in each["users"]}
    # Users who deleted their account in these days no longer exist, and cannot have made later changes.
    gone = {user for each in chosen for user in each["deleted_users"]}
    return RecentActivity(
        active_users=frozenset(active - gone),
        cycle_seconds=[seconds for each in chosen for seconds in each["cycle_seconds"]],
    )


def _document(version: str, dt: str, hour: PublishedHour, lake: Lake) -> Document:
    activity = lake.read(GOLD_USERS, files_of([hour], GOLD_USERS), ["user_id", "changes"])
    changes = lake.read(SILVER_TASKS, files_of([hour], SILVER_TASKS), _COMPLETION_COLUMNS)
    deleted = ("op", ["deleted"])
    accounts = lake.read(SILVER_USERS, files_of([hour], SILVER_USERS), ["user_id"], deleted)
    return {
        "_id": version,
        "day": day_id(dt),
        # A row of Gold may count no change of a task, for example when a user only registered.
        "users": _distinct(activity.filter(pc.greater(activity["changes"], 0))),
        "deleted_users": _distinct(accounts),
        "cycle_seconds": completions(changes)["seconds"].to_pylist(),
    }


def _distinct(rows: pa.Table) -> list[str]:
    return list(pc.unique(rows["user_id"]).to_pylist())


def _store(documents: list[Document], since: int, database: Database) -> None:
    if not documents:
        return
    database.recent_hours.delete_many({"day": {"$lt": since}})
    try:
        database.recent_hours.insert_many(documents, ordered=False)
    except BulkWriteError as error:
        # A duplicate key is no problem: another run has stored the same document in the meantime.
        errors: list[Mapping[str, Any]] = error.details["writeErrors"]
        if any(each["code"] != _DUPLICATE_KEY for each in errors):
            raise
