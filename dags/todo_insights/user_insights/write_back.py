"""Write back the insights of each user from the lake to the collection that the API reads.

A document depends only on the published hours, so writing it again is harmless, and the last write-back
leaves the same documents for any order in which hours are processed. `computed_at` is taken before the
catalog is read, and a document is never replaced by one of an earlier moment. `revision` is that moment as a
number: the embedded server compares dates by whole seconds only.
"""

import logging
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, TypedDict

import pyarrow.compute as pc
from pymongo import ReplaceOne
from pymongo.errors import BulkWriteError

from ..core.database import Database
from ..core.hours import Hour
from ..hourly.status import since_first_change
from ..lake.catalog import Partition
from ..lake.days import physical_names, read_prefer_daily, without_outdated_days
from ..lake.schema import GOLD_USERS, SILVER_TASKS
from ..lake.storage import Lake
from ..lake.stores import Stores
from .figures import GOLD_COLUMNS, SILVER_COLUMNS, compute_insights

logger = logging.getLogger(__name__)

# The document with the coverage of the whole collection; every other document is of one user.
LAKE_ID = "lake"
# So many users share one scan of the lake; it bounds the memory a write-back takes.
_USERS_AT_ONCE = 5000
_DUPLICATE_KEY = 11000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Coverage:
    """What the figures cover: every published hour from `covers_from` until `as_of`.

    `covers_from` is the first hour with changes; `missing_hours` counts the hours in between that no run has
    published.
    """

    as_of: datetime
    covers_from: datetime
    missing_hours: int

    @classmethod
    def of(cls, partitions: Collection[Partition]) -> "Coverage":
        """The coverage of these partitions of one table; there is at least one."""
        hours = {_hour(each): each.as_of for each in partitions}
        first, newest = min(hours), max(hours)
        span = (newest.end - first.start) // (first.end - first.start)
        # An hour that was read while it was open counts up to then.
        return cls(min(newest.end, hours[newest]), first.start, span - len(hours))


class WrittenBack(TypedDict):
    """The result of a write-back: documents written and removed, and the moment that figures now reach."""

    users: int
    removed: int
    as_of: str | None


def write_back(hours: Collection[str], database: Database, stores: Stores, now: datetime) -> WrittenBack:
    """Write the figures of every user of these hours, and of hours that an earlier write-back did not reach.

    `now` is the moment before this call. Users who no longer exist lose their document. Raises StorageError
    when a published file is missing; documents written before stay, and the next call writes the rest.
    """
    partitions = stores.catalog.snapshot([*physical_names(GOLD_USERS), SILVER_TASKS.physical])
    days = without_outdated_days(partitions)
    gold = [each for each in partitions if each.table == GOLD_USERS.physical]
    silver = [each for each in partitions if each.table == SILVER_TASKS.physical]
    if not gold:
        return WrittenBack(users=0, removed=0, as_of=None)
    revision = (now - _EPOCH) // timedelta(microseconds=1)
    coverage = {"revision": revision, "computed_at": now, **asdict(Coverage.of(since_first_change(gold)))}
    users = removed = 0
    for ids in _batched(_users_of(_not_written_back(gold, hours, database), stores.lake)):
        living = _existing(ids, database)
        only = ("user_id", living)
        rows = read_prefer_daily(GOLD_USERS, days, GOLD_COLUMNS, stores.lake, only)
        changes = stores.lake.read(SILVER_TASKS, _files(silver), SILVER_COLUMNS, only)
        figures = compute_insights(rows, changes)
        _replace([{"_id": user_id, **coverage, **figures[user_id]} for user_id in figures], database)
        removed += _remove_erased(ids, database)
        users += len(figures)
    # Last, because it states that all other documents are written.
    _replace([{"_id": LAKE_ID, **coverage}], database)
    logger.info("wrote figures of %d users, removed those of %d", users, removed)
    return WrittenBack(users=users, removed=removed, as_of=coverage["as_of"].isoformat())


def _not_written_back(gold: list[Partition], hours: Collection[str], database: Database) -> list[Partition]:
    """The partitions of these hours, and those read after the last complete write-back began."""
    written = database.insights.find_one({"_id": LAKE_ID})
    return [
        each
        for each in gold
        if written is None or each.as_of > written["computed_at"] or str(_hour(each)) in hours
    ]


def _users_of(gold: list[Partition], lake: Lake) -> list[str]:
    users = lake.read(GOLD_USERS, _files(gold), ["user_id"])["user_id"]
    return sorted(pc.unique(users).to_pylist())


def _batched(ids: Sequence[str]) -> Iterator[list[str]]:
    rest = iter(ids)
    while portion := list(islice(rest, _USERS_AT_ONCE)):
        yield portion


def _existing(ids: list[str], database: Database) -> list[str]:
    """The users who exist; an erased user has a marker with `deleted_at`, or no document."""
    query = {"_id": {"$in": ids}, "deleted_at": {"$exists": False}}
    return [found["_id"] for found in database.users.find(query, {"_id": 1})]


def _remove_erased(ids: list[str], database: Database) -> int:
    """Remove the documents of users who no longer exist, and return their number.

    Some are erased while their figures are written. The API sets its mark before it removes the document, and
    this code looks for marks after writing it, so the second of the two removes the document for good.
    """
    deleted = {*ids} - {*_existing(ids, database)}
    return database.insights.delete_many({"_id": {"$in": sorted(deleted)}}).deleted_count


def _files(partitions: list[Partition]) -> list[tuple[str, str]]:
    return [(each.location, file.name) for each in partitions if each.row_count for file in each.files]


def _replace(documents: list[dict[str, Any]], database: Database) -> None:
    """Write each document, unless a later revision exists."""
    if not documents:
        return
    try:
        database.insights.bulk_write(_replacements(documents, upsert=True), ordered=False)
    except BulkWriteError as error:
        errors = error.details["writeErrors"]
        if any(each["code"] != _DUPLICATE_KEY for each in errors):
            raise
        # The document exists although the filter did not match: it is a later one, which stays, or an earlier
        # one that another run inserted in between, which is replaced now.
        refused = [documents[each["index"]] for each in errors]
        database.insights.bulk_write(_replacements(refused, upsert=False), ordered=False)


def _replacements(documents: list[dict[str, Any]], *, upsert: bool) -> list[ReplaceOne[dict[str, Any]]]:
    return [
        ReplaceOne({"_id": each["_id"], "revision": {"$lte": each["revision"]}}, each, upsert=upsert)
        for each in documents
    ]


def _hour(partition: Partition) -> Hour:
    return Hour.parse(f"{partition.dt}T{partition.hour}")
