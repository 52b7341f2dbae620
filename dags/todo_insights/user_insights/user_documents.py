"""Write the documents of users in `insights`: the figures, the totals, and the parts of the newest days.

A run reads the document of a user and the old parts of the days that it processes, computes the new parts
from the lake, and changes the totals by the difference. So the cost of a run depends on the changes and users
of these days, not on the other days on which the users were active. Older parts are in `insight_days`
(older_parts.py).

The fields of a document besides the figures (figures.py) and the coverage:

  totals, live_by_month, open_by_date  the sums of all parts (totals.py)
  recent       parts by dt: the newest days, and the days that the last update changed
  revision     a number that identifies an update of the document and increases with each update
  computed_at  the time of the update
"""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from pymongo import InsertOne, ReplaceOne
from pymongo.errors import BulkWriteError

from ..catalog.base import LAST_DAY
from ..catalog.published import PublishedHour, day_ranges, files_of, published_days
from ..catalog.stores import Stores
from ..core.database import Database, Document
from ..core.errors import SourceError
from ..lake.schema import GOLD_USERS, SILVER_TASKS
from .coverage import Coverage
from .figures import insights_of
from .older_parts import DUPLICATE_KEY, read_completions, read_parts, revisions, store_parts
from .optimistic import ATTEMPTS
from .parts import FORMAT, GOLD_COLUMNS, SILVER_COLUMNS, Part, empty_part, parts_of
from .totals import Totals

# The number of newest days of a user whose parts are in the user's document. Most changes of an hour belong
# to these days.
RECENT_DAYS = 2
# If an update changed more days than this, the document is written again with the newest days only.
_MAX_RECENT = 4
_NO_PART = empty_part()
# The figures are computed again from the totals, so they are not read.
_STATE = dict.fromkeys(insights_of(Totals.of([])), 0)

Documents = Mapping[str, Document]


def write_users(
    ids: Sequence[str], days: Collection[str], database: Database, stores: Stores, now: datetime, anew: bool
) -> int:
    """Write the documents of these users with new parts for these days; returns how many of the users exist.

    With `anew`, the totals and the parts of all days are computed from the lake.
    """
    waiting, count = existing(ids, database), 0
    for _ in range(ATTEMPTS):
        # The documents must be read before the catalog; the docstring of optimistic.py gives the reason.
        before = {each["_id"]: each for each in database.insights.find({"_id": {"$in": waiting}}, _STATE)}
        update = _Update(now, asdict(Coverage.read(database)), _step())
        found = _documents(waiting, days, {} if anew else _readable(before), before, update, database, stores)
        lost = _replace([each for each in found if each is not before.get(each["_id"])], before, database)
        count += len(found) - len(lost)
        waiting = existing(lost, database)
        if not waiting:
            return count
    raise SourceError("other runs changed the collection insights during all attempts; try again")


def existing(ids: Sequence[str], database: Database) -> list[str]:
    """The ids of the users who exist.

    An erased user has a document with `deleted_at`, or no document.
    """
    query = {"_id": {"$in": list(ids)}, "deleted_at": {"$exists": False}}
    return [found["_id"] for found in database.users.find(query, {"_id": 1})] if ids else []


@dataclass(frozen=True)
class _Update:
    """The time of an update, the coverage of its figures, and the number that it adds to revisions."""

    now: datetime
    coverage: Mapping[str, Any]
    step: int

    def document(
        self, user: str, before: Document | None, totals: Totals, recent: Mapping[str, Part], revision: int
    ) -> Document:
        return {
            "_id": user,
            "format": FORMAT,
            **self.coverage,
            **insights_of(totals),
            **totals.document(),
            "recent": dict(sorted(recent.items())),
            "revision": revision,
            "computed_at": later(before, self.now),
        }


def later(before: Document | None, now: datetime) -> datetime:
    """The time `now`, or the time at which the document was computed before if this is later."""
    return now if before is None else max(before["computed_at"], now)


def _step() -> int:
    # Two runs that update the same document add different numbers, so the revision also identifies the run.
    return 1 + secrets.randbits(31)


def _readable(before: Documents) -> Documents:
    return {user: each for user, each in before.items() if each.get("format") == FORMAT}


def _documents(
    users: Sequence[str],
    days: Collection[str],
    known: Documents,
    before: Documents,
    update: _Update,
    database: Database,
    stores: Stores,
) -> list[Document]:
    """The new documents of these users; the same object as in `before` if a document does not change.

    The documents in `known` are updated; those of the other users are computed from the lake.
    """
    wanted = ((user, dt) for user, each in known.items() for dt in days if dt not in each["recent"])
    older = read_parts(wanted, database)
    copies = {user: revisions(user, database) for user in users if user not in known}
    new = _read_lake(users, day_ranges(days), stores)
    found = [
        _updated(each, _of_days(new.get(user, {}), days), older.get(user, {}), update, database)
        for user, each in known.items()
    ]
    # A user who registered on one of these days is new, so other days have no parts of the user. For any
    # other user without a document, the files of all days are read.
    is_new = {user for user in copies if sum(part["accounts"] for part in new.get(user, {}).values()) == 1}
    unknown = [user for user in copies if user not in is_new]
    read = {user: new[user] for user in is_new} | _read_lake(unknown, [("", LAST_DAY)], stores)
    found += [
        _computed(user, before.get(user), read.get(user, {}), copies[user], update)
        for user in copies
        # A user without changes gets no document; a document from before all changes were rejected is
        # replaced.
        if user in read or user in before
    ]
    return found


def _of_days(parts: Documents, days: Collection[str]) -> dict[str, Part]:
    return {dt: parts.get(dt, _NO_PART) for dt in days}


def _updated(
    before: Document, new: dict[str, Part], older: Documents, update: _Update, database: Database
) -> Document:
    """The document with these new parts; `older` has the old parts that are not in the document."""
    totals, recent, revision = Totals.read(before), before["recent"], before["revision"] + update.step
    changed: dict[str, Part] = {}
    for dt, part in new.items():
        old = recent.get(dt) or older.get(dt, _NO_PART)
        if any(old[name] != numbers for name, numbers in part.items()):
            totals.replace(old, part)
            changed[dt] = {**part, "revision": revision}
    is_covered = all(before[name] == value for name, value in update.coverage.items())
    if is_covered and not changed and len(recent) <= _MAX_RECENT:
        return before
    if not totals.is_complete:
        parts = read_completions(before["_id"], database) | recent | new
        totals.complete(parts.values())
    kept = _newest(recent | changed) | changed
    return update.document(before["_id"], before, totals, kept, revision)


def _computed(
    user: str, before: Document | None, parts: dict[str, Part], copies: Mapping[str, int], update: _Update
) -> Document:
    """The document with these parts of all days; `copies` has the revisions in `insight_days` by dt."""
    old = before or {}
    revision = max(old.get("revision", 0), *copies.values(), 0) + update.step
    totals = Totals.of(parts.values())
    # A day that has a copy but no part any more gets an empty part, which replaces the copy later.
    of_all_days = dict.fromkeys((*copies, *old.get("recent", ())), _NO_PART) | parts
    recent = {dt: {**part, "revision": revision} for dt, part in of_all_days.items()}
    return update.document(user, before, totals, recent, revision)


def _newest(recent: Mapping[str, Part]) -> dict[str, Part]:
    return {dt: recent[dt] for dt in sorted(recent)[-RECENT_DAYS:]}


def _read_lake(
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


def _replace(documents: Sequence[Document], before: Documents, database: Database) -> list[str]:
    """Write each document unless another run changed it since `before`; returns the users that are left."""
    if not documents:
        return []
    store_parts({each["_id"]: _leaving(each, before.get(each["_id"], {})) for each in documents}, database)
    lost = _write(documents, before, database)
    long = {each["_id"]: each for each in documents if len(each["recent"]) > _MAX_RECENT}
    shorter = [
        {**each, "recent": _newest(each["recent"]), "revision": each["revision"] + _step()}
        for user, each in long.items()
        if user not in lost
    ]
    # If another run changed such a document meanwhile, that run has written the newest days only.
    _replace(shorter, long, database)
    return sorted(lost)


def _leaving(after: Document, before: Document) -> Mapping[str, Part]:
    return {dt: part for dt, part in before.get("recent", {}).items() if dt not in after["recent"]}


def _write(documents: Sequence[Document], before: Documents, database: Database) -> set[str]:
    try:
        result = database.insights.bulk_write(
            [_write_of(each, before.get(each["_id"])) for each in documents], ordered=False
        )
        if result.inserted_count + result.matched_count == len(documents):
            return set()
    except BulkWriteError as error:
        if any(each["code"] != DUPLICATE_KEY for each in error.details["writeErrors"]):
            raise
    ids = [each["_id"] for each in documents]
    found = database.insights.find({"_id": {"$in": ids}}, {"revision": 1})
    stored = {each["_id"]: each["revision"] for each in found}
    return {each["_id"] for each in documents if stored.get(each["_id"]) != each["revision"]}


def _write_of(document: Document, before: Document | None) -> InsertOne[Any] | ReplaceOne[Any]:
    if before is None:
        return InsertOne(document)
    return ReplaceOne({"_id": document["_id"], "revision": before["revision"]}, document)
