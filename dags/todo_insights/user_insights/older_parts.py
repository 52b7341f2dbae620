"""The collection `insight_days`: one document for each part that is no longer in its user's document.

A part gets the revision of its user's document when a run stores the part in that document, in the field
`recent`. Only stored parts are copied to this collection, and only over a copy with a lower revision. So

- a part in `recent` replaces the copy of the same day,
- every other day of the user has its newest part here, because a part is copied before it leaves `recent`,
- a slow run replaces no newer copy, and
- a copy whose revision is higher than that of a user's document was stored after this document was read.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from pymongo import InsertOne, ReplaceOne
from pymongo.errors import BulkWriteError

from ..core.database import Database, Document
from .parts import FORMAT, Part

DUPLICATE_KEY = 11000
# The id of the document which states that the collection has the parts of all users, in its format. Without
# this document, all parts are computed again.
COMPLETE_ID = "complete"
_AT_ONCE = 1000

# The parts of each user by dt; a stored part has the additional field `revision`.
UserParts = Mapping[str, Mapping[str, Part]]


def document_of(user: str, dt: str, part: Part) -> Document:
    """The document for a part with a revision."""
    day = dt.replace("-", "")
    return {"_id": f"{user}:{day}", "user_id": user, "day": int(day), **part}


def is_complete(database: Database) -> bool:
    """Whether the collection has the parts of all users, in the format of this release."""
    return database.insight_days.find_one({"_id": COMPLETE_ID, "format": FORMAT}) is not None


def mark_complete(database: Database) -> None:
    """Record that the collection has the parts of all users."""
    marker = {"_id": COMPLETE_ID, "format": FORMAT}
    database.insight_days.replace_one({"_id": COMPLETE_ID}, marker, upsert=True)


def read_parts(wanted: Iterable[tuple[str, str]], database: Database) -> dict[str, dict[str, Part]]:
    """The copies for these pairs of a user and a dt."""
    found: dict[str, dict[str, Part]] = {}
    ids = (document_of(user, dt, {})["_id"] for user, dt in wanted)
    for batch in _batches(ids):
        for each in database.insight_days.find({"_id": {"$in": batch}}):
            user, dt = _user_and_dt(each)
            found.setdefault(user, {})[dt] = each
    return found


def revisions(user: str, database: Database) -> dict[str, int]:
    """The revisions of all copies of a user, by dt."""
    copies = database.insight_days.find(_all_of(user), {"day": 1, "revision": 1})
    return {_user_and_dt(each)[1]: each["revision"] for each in copies}


def read_completions(user: str, database: Database) -> dict[str, Part]:
    """The fields `days` and `cycles` of all copies of a user, by dt."""
    copies = database.insight_days.find(_all_of(user), {"day": 1, "days": 1, "cycles": 1})
    return {_user_and_dt(each)[1]: each for each in copies}


def store_parts(parts: UserParts, database: Database) -> None:
    """Copy these stored parts, unless there is a copy with the same or a higher revision."""
    copies = (document_of(user, dt, part) for user, of_user in parts.items() for dt, part in of_user.items())
    for batch in _batches(copies):
        if known := _insert(batch, database):
            lower = [{"_id": each["_id"], "revision": {"$lt": each["revision"]}} for each in known]
            database.insight_days.bulk_write(
                [ReplaceOne(query, each) for query, each in zip(lower, known, strict=True)], ordered=False
            )


def delete_parts(users: Iterable[str], database: Database) -> None:
    """Delete all copies of these users."""
    for user in users:
        database.insight_days.delete_many(_all_of(user))


def users_of_day(dt: str, database: Database) -> list[str]:
    """The users with a part for this day."""
    copies = database.insight_days.find({"day": int(dt.replace("-", ""))}, {"day": 1})
    recent = database.insights.find({f"recent.{dt}": {"$exists": True}}, {"_id": 1})
    return sorted({*(_user_and_dt(each)[0] for each in copies), *(each["_id"] for each in recent)})


def _insert(copies: Sequence[Document], database: Database) -> list[Document]:
    """Insert these copies; returns those for which there is a copy already."""
    try:
        database.insight_days.bulk_write([InsertOne(each) for each in copies], ordered=False)
    except BulkWriteError as error:
        failed: list[Any] = error.details["writeErrors"]
        if any(each["code"] != DUPLICATE_KEY for each in failed):
            raise
        return [copies[each["index"]] for each in failed]
    return []


def _all_of(user: str) -> Document:
    return {"user_id": user}


def _user_and_dt(document: Document) -> tuple[str, str]:
    user, _, day = document["_id"].rpartition(":")
    return user, f"{day[:4]}-{day[4:6]}-{day[6:]}"


def _batches(items: Iterable[Any]) -> Iterator[list[Any]]:
    rest = iter(items)
    return iter(lambda: list(islice(rest, _AT_ONCE)), [])
