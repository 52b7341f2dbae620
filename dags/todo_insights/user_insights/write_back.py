"""Write back the insights of each user from the lake to the collection that the API reads.

A document depends only on the published hours, so writing the document again is harmless, and the order in
which the hours are processed does not affect the final documents. A run reads the published hours of the days
that have changed; the document of a user contains the parts of all other days (see parts.py). So the cost of
a run depends on the changes and users of the changed days, not on the age of the lake.
"""

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import islice
from typing import Any, TypedDict

import pyarrow.compute as pc
from pymongo import InsertOne, ReplaceOne
from pymongo.errors import BulkWriteError

from ..catalog.base import LAST_DAY
from ..catalog.published import PublishedDays, PublishedHour, day_ranges, files_of, published_days, version_of
from ..catalog.stores import Stores
from ..core.database import Database, Document
from ..core.errors import SourceError
from ..core.hours import Hour
from ..lake.schema import GOLD_USERS, SILVER_TASKS
from ..lake.storage import Lake
from .day_totals import Coverage, day_documents, dt_of, mark_written, refresh, summaries, users_to_check
from .figures import insights_of
from .optimistic import ATTEMPTS, new_revision, replace_if_unchanged
from .parts import FORMAT, GOLD_COLUMNS, SILVER_COLUMNS, Part, parts_of

logger = logging.getLogger(__name__)

# The id of the coverage document in `insights`; every other document there belongs to one user.
LAKE_ID = "lake"
# The number of users for whom the files are read in one step; it limits the memory of a write-back.
_USERS_AT_ONCE = 5000
_DUPLICATE_KEY = 11000
# `days` is half of a document. It is computed from `parts`, so documents with equal parts have equal days.
_NOT_COMPARED = {"revision", "computed_at", "days"}


class WrittenBack(TypedDict):
    """The result of a write-back: the numbers of documents written and removed, and the figures' `as_of`."""

    users: int
    removed: int
    as_of: str | None


def write_back(hours: Collection[str], database: Database, stores: Stores, now: datetime) -> WrittenBack:
    """Write the figures of the users of these hours, and of hours that an earlier write-back left unfinished.

    `now` is a time before this call. The document of a user who no longer exists is removed. Raises
    StorageError when a published file is missing; documents that are already written stay, and the next call
    writes the others.
    """
    # Without a coverage document in the format of this release, the documents of all users are written again.
    everything = database.insights.find_one({"_id": LAKE_ID, "format": FORMAT}) is None
    refresh(hours, database, stores, now, everything)
    known = summaries(database)
    if not known:
        return WrittenBack(users=0, removed=0, as_of=None)
    days = {dt_of(each["_id"]) for each in known if everything or each["unwritten"]}
    days |= {Hour.parse(hour).dt for hour in hours}
    published = published_days(stores.catalog, day_ranges(days))
    due, ids = _due(day_documents(days, database), published, None if everything else hours, database)
    users = removed = 0
    for batch in _batched(sorted({*ids, *_users_of(due, published, stores.lake)})):
        users += _write_users(batch, days, database, stores, now)
        removed += _remove_erased(batch, database)
    mark_written(due, database)
    # The coverage document is written last, because it states that all other documents are written.
    coverage = _write_coverage(database, now)
    logger.info("wrote figures of %d users, removed those of %d", users, removed)
    return WrittenBack(users=users, removed=removed, as_of=coverage.as_of.isoformat())


def _due(
    documents: Sequence[Document], published: PublishedDays, hours: Collection[str] | None, database: Database
) -> tuple[dict[str, dict[str, str]], list[str]]:
    """The versions of the hours to write, by dt and hour, and the users who are no longer in these hours.

    The hours to write are `hours` (all hours if None), and hours that the insights do not include yet.
    """
    due: dict[str, dict[str, str]] = {}
    users: list[str] = []
    for day in documents:
        dt = dt_of(day["_id"])
        of_day = published.get(dt, {})
        users += users_to_check(day, of_day, database)
        due[dt] = {
            hour: version_of(of_day[hour])
            for hour, each in day["hours"].items()
            if hour in of_day
            and (hours is None or each["written"] != each["version"] or f"{dt}T{hour}" in hours)
        }
    return due, users


def _users_of(due: Mapping[str, Collection[str]], published: PublishedDays, lake: Lake) -> list[str]:
    chosen = [published[dt][hour] for dt, of_day in due.items() for hour in of_day]
    users = lake.read(GOLD_USERS, files_of(chosen, GOLD_USERS), ["user_id"])["user_id"]
    return list(pc.unique(users).to_pylist())


def _write_users(
    ids: Sequence[str], days: Collection[str], database: Database, stores: Stores, now: datetime
) -> int:
    """Write the figures of these users with new parts for these days; returns how many of the users exist."""
    waiting, count = _existing(ids, database), 0
    for _ in range(ATTEMPTS):
        # The documents must be read before the catalog; the docstring of optimistic.py gives the reason.
        found = database.insights.find({"_id": {"$in": waiting}}, {"days": 0})
        before = {each["_id"]: each for each in found}
        coverage = asdict(Coverage.of(summaries(database)))
        parts = _parts(waiting, days, before, stores)
        documents = [
            {
                "_id": user,
                "format": FORMAT,
                **coverage,
                **insights_of(of_user.values()),
                "parts": of_user,
            }
            for user, of_user in parts.items()
        ]
        changed = [each for each in documents if not _is_same(each, before.get(each["_id"]))]
        lost = _replace(changed, before, database, now)
        count += len(documents) - len(lost)
        waiting = _existing(lost, database)
        if not waiting:
            return count
    raise SourceError("other runs changed the collection insights during all attempts; try again")


def _parts(
    users: Sequence[str], days: Collection[str], before: Mapping[str, Document], stores: Stores
) -> dict[str, dict[str, Part]]:
    """All parts of these users: for these days from the lake, for other days from their documents."""
    new = _read_parts(users, day_ranges(days), stores)
    found = {
        user: _merged(before[user]["parts"], days, new.get(user, {}))
        for user in users
        if user in before and before[user].get("format") == FORMAT
    }
    # A user without parts who registered on one of these days is new, so other days have no parts of the
    # user. For any other user without parts, the files of all days are read.
    others = [user for user in users if user not in found]
    is_new = {user for user in others if sum(part["accounts"] for part in new.get(user, {}).values()) == 1}
    found |= {user: new[user] for user in is_new}
    if unknown := [user for user in others if user not in is_new]:
        found |= _read_parts(unknown, [("", LAST_DAY)], stores)
    # A user without changes gets no document; a document from before all changes were rejected is replaced.
    return {user: of_user for user, of_user in found.items() if of_user or user in before}


def _merged(known: Mapping[str, Part], days: Collection[str], new: Mapping[str, Part]) -> dict[str, Part]:
    kept = {dt: part for dt, part in known.items() if dt not in days}
    return dict(sorted({**kept, **new}.items()))


def _read_parts(
    users: Sequence[str], ranges: Sequence[tuple[str, str]], stores: Stores
) -> dict[str, dict[str, Part]]:
    if not users:
        return {}
    hours: list[PublishedHour] = [
        hour for of_day in published_days(stores.catalog, ranges).values() for hour in of_day.values()
    ]
    only = ("user_id", users)
    activity = stores.lake.read(GOLD_USERS, files_of(hours, GOLD_USERS), GOLD_COLUMNS, only)
    changes = stores.lake.read(SILVER_TASKS, files_of(hours, SILVER_TASKS), SILVER_COLUMNS, only)
    return parts_of(activity, changes)


def _batched(ids: Sequence[str]) -> Iterator[list[str]]:
    rest = iter(ids)
    return iter(lambda: list(islice(rest, _USERS_AT_ONCE)), [])


def _existing(ids: Sequence[str], database: Database) -> list[str]:
    """The ids of the users who exist.

    An erased user has a document with `deleted_at`, or no document.
    """
    query = {"_id": {"$in": list(ids)}, "deleted_at": {"$exists": False}}
    return [found["_id"] for found in database.users.find(query, {"_id": 1})] if ids else []


def _remove_erased(ids: Sequence[str], database: Database) -> int:
    """Remove the insights of users who no longer exist, and return the number of removed documents.

    A user may be erased while the figures are written. The API sets `deleted_at` before it removes the
    document, and this function looks for `deleted_at` after the document is written. So the later of the two
    processes removes the document.
    """
    deleted = {*ids} - {*_existing(ids, database)}
    return database.insights.delete_many({"_id": {"$in": sorted(deleted)}}).deleted_count


def _write_coverage(database: Database, now: datetime) -> Coverage:
    for _ in range(ATTEMPTS):
        before = database.insights.find_one({"_id": LAKE_ID})
        coverage = Coverage.of(summaries(database))
        after = {"_id": LAKE_ID, "format": FORMAT, **asdict(coverage)}
        if _is_same(after, before):
            return coverage
        if replace_if_unchanged(database.insights, before, after | {"computed_at": _later(before, now)}):
            return coverage
    raise SourceError("other runs changed the coverage of insights during all attempts; try again")


def _is_same(after: Document, before: Document | None) -> bool:
    new, old = ({name: each[name] for name in each.keys() - _NOT_COMPARED} for each in (after, before or {}))
    return new == old


def _later(before: Document | None, now: datetime) -> datetime:
    return now if before is None else max(before["computed_at"], now)


def _replace(
    documents: Sequence[Document], before: Mapping[str, Document], database: Database, now: datetime
) -> list[str]:
    """Write each document unless another run changed it since `before`; returns the users that are left."""
    if not documents:
        return []
    revision = new_revision()
    try:
        database.insights.bulk_write(
            [_write(each, before.get(each["_id"]), revision, now) for each in documents], ordered=False
        )
    except BulkWriteError as error:
        if any(each["code"] != _DUPLICATE_KEY for each in error.details["writeErrors"]):
            raise
    ids = [each["_id"] for each in documents]
    stored = database.insights.find({"_id": {"$in": ids}, "revision": revision}, {"_id": 1})
    return sorted({*ids} - {each["_id"] for each in stored})


def _write(
    document: Document, before: Document | None, revision: int, now: datetime
) -> InsertOne[Any] | ReplaceOne[Any]:
    document = {**document, "revision": revision, "computed_at": _later(before, now)}
    if before is None:
        return InsertOne(document)
    return ReplaceOne({"_id": document["_id"], "revision": before["revision"]}, document)
