"""Changes put back into the log, and what they left: users, tasks, addresses, erasures.

Whatever is done here may be done twice.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import islice

from pymongo import ReplaceOne
from pymongo.errors import BulkWriteError, DuplicateKeyError

from webapp.changes import Change, ChangeLog, Entity
from webapp.changes.change import position
from webapp.core.database import Database, Document
from webapp.core.ids import EPOCH
from webapp.rebuild.validity import tells_state
from webapp.users.emails import Claim, EmailClaims

BATCH = 500
_DUPLICATE_KEY = 11000
# What each change was answered with, in all likelihood; nobody can ask for the answer again.
_STATUS_CODES = {"created": 201, "updated": 200, "deleted": 204, "restored": 200}


class Replay:
    """Writes to a database that nobody else writes to; `log` says what a change leaves."""

    def __init__(self, database: Database, log: ChangeLog) -> None:
        self._database = database
        self._log = log
        self._claims = EmailClaims(database)

    def store(self, changes: Sequence[Document]) -> None:
        """Put changes of the lake back into the log."""
        whole = [_as_logged(each) for each in changes]
        if not whole:
            return
        try:
            self._database.changes.insert_many(whole, ordered=False)
        except BulkWriteError as error:
            _raise_unless_duplicates(error)
            # An interrupted run came as far as here; what it left is not trusted.
            again = [ReplaceOne({"_id": each["_id"]}, each, upsert=True) for each in whole]
            self._database.changes.bulk_write(again, ordered=False)

    def project(self, changes: Iterable[Document]) -> None:
        """Bring users and tasks up to these changes, unless they are further already.

        A change that tells no state, since somebody wrote it by hand, leaves them as they are.
        """
        newest: dict[tuple[Entity, str], Change] = {}
        for change in map(Change, filter(tells_state, changes)):
            key = change.entity, change.entity_id
            if key not in newest or newest[key].version < change.version:
                newest[key] = change
        for entity in Entity:
            images = [self._log.projected(each) for (kind, _), each in newest.items() if kind is entity]
            self._put(entity, images)

    def claim_addresses(self) -> None:
        """Give each user their present address; of two with the same one, whoever changed later has it.

        That happens when the hour is missing in which the other one gave it up.
        """
        for user in self._database.users.find({"deleted_at": {"$exists": False}, "email": {"$ne": None}}):
            mine = Claim(user["_id"], user.get("updated_at") or EPOCH)
            if self._claims.claim(user["email"], mine):
                continue
            holder = self._claims.holder(user["email"])
            if holder is not None and holder.user_id != mine.user_id and holder.claimed_at < mine.claimed_at:
                self._claims.take_over(user["email"], holder, mine)

    def intend_erasures(self) -> None:
        """Write down who was erased, or was about to be: without words, but not deleted yet."""
        users = self._database.users
        # Two queries: the embedded server finds no null under $or.
        # An address that is missing alone was never there: nobody is erased for that.
        for user in users.find({"deleted_at": {"$exists": True}}):
            self._intend(user["_id"], user["deleted_at"])
        for user in users.find({"deleted_at": {"$exists": False}, "email": None, "name": None}):
            self._intend(user["_id"], user.get("updated_at") or EPOCH)

    def _intend(self, user_id: str, since: datetime) -> None:
        with suppress(DuplicateKeyError):
            self._database.erasures.insert_one({"_id": user_id, "requested_at": since, "finished_at": None})

    def _put(self, entity: Entity, images: Sequence[Document]) -> None:
        if not images:
            return
        puts = [
            ReplaceOne({"_id": each["_id"], "version": {"$lte": each["version"]}}, each, upsert=True)
            for each in images
        ]
        try:
            self._database[entity.collection].bulk_write(puts, ordered=False)
        except BulkWriteError as error:
            # No match, and yet it is there: it is further than this change.
            _raise_unless_duplicates(error)


def batches(changes: Iterable[Document]) -> Iterator[list[Document]]:
    """The changes in portions that a database call carries."""
    iterator = iter(changes)
    while batch := list(islice(iterator, BATCH)):
        yield batch


def _as_logged(change: Document) -> Document:
    return {
        **change,
        "position": position(change["at"], change["_id"]),
        "idempotency_key": change["_id"],
        "fingerprint": "",
        "status_code": _STATUS_CODES.get(change["op"], 200),
    }


def _raise_unless_duplicates(error: BulkWriteError) -> None:
    if any(each["code"] != _DUPLICATE_KEY for each in error.details["writeErrors"]):
        raise error
