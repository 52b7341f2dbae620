"""Write back the insights of each user from the lake to the collections that the API reads.

A document depends only on the published hours, so writing the document again is harmless, and the order in
which the hours are processed does not affect the final figures. A run reads the published hours of the days
that have changed, and updates the documents of their users (user_documents.py).
"""

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import islice
from typing import TypedDict

import pyarrow.compute as pc

from ..catalog.published import PublishedDays, PublishedHour, day_ranges, files_of, published_days, version_of
from ..catalog.stores import Stores
from ..core.database import Database, Document
from ..core.errors import SourceError
from ..core.hours import Hour
from ..lake.schema import GOLD_USERS
from ..lake.storage import Lake
from .coverage import Coverage
from .day_totals import day_documents, dt_of, mark_written, refresh, stored_days, summary
from .older_parts import delete_parts, is_complete, mark_complete, users_of_day
from .optimistic import ATTEMPTS, replace_if_unchanged
from .parts import FORMAT
from .user_documents import existing, later, write_users

logger = logging.getLogger(__name__)

# The id of the coverage document in `insights`; every other document there belongs to one user.
LAKE_ID = "lake"
# The number of users for whom the files are read in one step; it limits the memory of a write-back.
_USERS_AT_ONCE = 5000


class WrittenBack(TypedDict):
    """The numbers of documents written and removed, and the time up to which the figures are complete."""

    users: int
    removed: int
    as_of: str | None


def write_back(hours: Collection[str], database: Database, stores: Stores, now: datetime) -> WrittenBack:
    """Write the figures of the users of these hours, and of hours that an earlier write-back left unfinished.

    `now` is a time before this call. The documents of a user who no longer exists are removed. Raises
    StorageError when a published file is missing; documents that are already written stay, and the next call
    writes the others.
    """
    # If one of the two collections is new or has the format of another release, the documents of all users
    # are computed again.
    covered = database.insights.find_one({"_id": LAKE_ID, "format": FORMAT})
    everything = covered is None or not is_complete(database)
    refresh(hours, database, stores, now, everything)
    if summary(database, {}) is None:
        return WrittenBack(users=0, removed=0, as_of=None)
    days = stored_days(database, only_unwritten=not everything)
    days |= {Hour.parse(hour).dt for hour in hours}
    published = published_days(stores.catalog, day_ranges(days))
    due, ids = _due(day_documents(days, database), published, None if everything else hours, database)
    users = removed = 0
    for batch in _batched(sorted({*ids, *_users_of(due, published, stores.lake)})):
        users += write_users(batch, days, database, stores, now, everything)
        removed += _remove_erased(batch, database)
    mark_written(due, database)
    if everything:
        mark_complete(database)
    # The coverage document is written last, because it states that all other documents are written.
    coverage = _write_coverage(database, now)
    logger.info("wrote the figures of %d users, removed the figures of %d users", users, removed)
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
        users += _users_to_check(day, of_day, database)
        due[dt] = {
            hour: version_of(of_day[hour])
            for hour, each in day["hours"].items()
            if hour in of_day
            and (hours is None or each["written"] != each["version"] or f"{dt}T{hour}" in hours)
        }
    return due, users


def _users_to_check(day: Document, published: Mapping[str, PublishedHour], database: Database) -> list[str]:
    """The users whose changes of a day may all have become rejects after their insights were written.

    No published file contains these users any more, so the insights of the day are searched for them. An hour
    can lose a change only if it has more rejects than before.
    """
    lost = any(
        each["written"] is not None and each["written_rejects"] < each["rejects"] and hour in published
        for hour, each in day["hours"].items()
    )
    return users_of_day(dt_of(day["_id"]), database) if lost else []


def _users_of(due: Mapping[str, Collection[str]], published: PublishedDays, lake: Lake) -> list[str]:
    chosen = [published[dt][hour] for dt, of_day in due.items() for hour in of_day]
    users = lake.read(GOLD_USERS, files_of(chosen, GOLD_USERS), ["user_id"])["user_id"]
    return list(pc.unique(users).to_pylist())


def _batched(ids: Sequence[str]) -> Iterator[list[str]]:
    rest = iter(ids)
    return iter(lambda: list(islice(rest, _USERS_AT_ONCE)), [])


def _remove_erased(ids: Sequence[str], database: Database) -> int:
    """Remove the insights of users who no longer exist, and return the number of these users with insights.

    A user may be erased while the figures are written. The API sets `deleted_at` before it removes the
    documents, and this function looks for `deleted_at` after the documents are written. So the later of the
    two processes removes the documents.
    """
    deleted = sorted({*ids} - {*existing(ids, database)})
    removed = database.insights.delete_many({"_id": {"$in": deleted}}).deleted_count
    delete_parts(deleted, database)
    return removed


def _write_coverage(database: Database, now: datetime) -> Coverage:
    for _ in range(ATTEMPTS):
        before = database.insights.find_one({"_id": LAKE_ID})
        coverage = Coverage.read(database)
        after = {"_id": LAKE_ID, "format": FORMAT, **asdict(coverage)}
        if before is not None and after.items() <= before.items():
            return coverage
        if replace_if_unchanged(database.insights, before, after | {"computed_at": later(before, now)}):
            return coverage
    raise SourceError("other runs changed the coverage of insights during all attempts; try again")
