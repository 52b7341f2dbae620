"""Writes changes back into the log, and restores the users, tasks, addresses and erasures that they describe.

Every step can be repeated. The log and Bronze accept nearly any document, so a change that an operator wrote
by hand may be invalid. An invalid change is written back to the log unchanged, and updates the projection
only if `defines_state` accepts the change.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, get_args

from pymongo import ReplaceOne
from pymongo.errors import BulkWriteError, DuplicateKeyError

from webapp.changes import Change, ChangeLog, Entity
from webapp.changes.change import Op, change_id, position
from webapp.core.ids import EPOCH
from webapp.database.connection import Database, Document
from webapp.tasks.rules import PRIORITIES, STATUSES
from webapp.users.emails import Claim, EmailClaims

_DUPLICATE_KEY = 11000
_OPS = frozenset(get_args(Op))
# The lake does not store the status of the response to a change, so the usual status is written. A wrong
# status has no effect: idempotency keys are not restored either, so no client can get the response again.
_STATUS_CODES = {"created": 201, "updated": 200, "deleted": 204, "restored": 200}


class RebuildWriter:
    """Restores data in a database that no other process writes to; `log` computes the projections."""

    def __init__(self, database: Database, log: ChangeLog) -> None:
        self._database = database
        self._log = log
        self._claims = EmailClaims(database)

    def store(self, changes: Sequence[Document]) -> None:
        """Write changes from the lake back into the log."""
        logged = [_as_logged(each) for each in changes]
        if not logged:
            return
        try:
            self._database.changes.insert_many(logged, ordered=False)
        except BulkWriteError as error:
            _raise_unless_duplicates(error)
            # An interrupted run may have stored some of these changes, so all of them are replaced.
            replacements = [ReplaceOne({"_id": each["_id"]}, each, upsert=True) for each in logged]
            self._database.changes.bulk_write(replacements, ordered=False)

    def project(self, changes: Iterable[Document]) -> None:
        """Update users and tasks to their state after these changes; documents with a newer version are kept.

        Ignores changes that `defines_state` rejects.
        """
        newest: dict[tuple[Entity, str], Change] = {}
        for change in map(Change, filter(defines_state, changes)):
            key = change.entity, change.entity_id
            if key not in newest or newest[key].version < change.version:
                newest[key] = change
        for entity in Entity:
            images = [self._log.projected(each) for (kind, _), each in newest.items() if kind is entity]
            self._put(entity, images)

    def restore_addresses(self) -> None:
        """Reserve the address of each user.

        Two users can have the same address if the lake lacks the hour in which one of them changed the
        address. Then the user who was changed last gets the address.
        """
        for user in self._database.users.find({"deleted_at": {"$exists": False}, "email": {"$ne": None}}):
            claim = Claim(user["_id"], user.get("updated_at") or EPOCH)
            if self._claims.claim(user["email"], claim):
                continue
            holder = self._claims.holder(user["email"])
            if (
                holder is not None
                and holder.user_id != claim.user_id
                and holder.claimed_at < claim.claimed_at
            ):
                self._claims.take_over(user["email"], holder, claim)

    def record_erasures(self) -> None:
        """Record an unfinished erasure for each user who was erased, completely or not.

        After an interrupted erasure, a user has neither an address nor a name, but is not deleted yet.
        """
        users = self._database.users
        # There are two queries, because the embedded database does not find null within $or.
        for user in users.find({"deleted_at": {"$exists": True}}):
            self._record_erasure(user["_id"], user["deleted_at"])
        # A change that was written by hand may lack the address but not the name; then the user was not
        # erased.
        for user in users.find({"deleted_at": {"$exists": False}, "email": None, "name": None}):
            self._record_erasure(user["_id"], user.get("updated_at") or EPOCH)

    def _record_erasure(self, user_id: str, since: datetime) -> None:
        with suppress(DuplicateKeyError):
            self._database.erasures.insert_one({"_id": user_id, "requested_at": since, "finished_at": None})

    def _put(self, entity: Entity, images: Sequence[Document]) -> None:
        if not images:
            return
        replacements = [
            ReplaceOne({"_id": each["_id"], "version": {"$lte": each["version"]}}, each, upsert=True)
            for each in images
        ]
        try:
            self._database[entity.collection].bulk_write(replacements, ordered=False)
        except BulkWriteError as error:
            # If the stored document has a newer version, the query does not match it. Then MongoDB tries to
            # insert the image and reports a duplicate `_id`, which is no error here.
            _raise_unless_duplicates(error)


def defines_state(change: Mapping[str, Any]) -> bool:
    """Return whether a change defines the new state of its document, by an image or by a deletion.

    The image must have the version of the change. Only a change with the op `deleted` may lack an image, so
    that an invalid change deletes no document.
    """
    entity, version, after = change.get("entity"), change.get("version"), change.get("after")
    if entity not in set(Entity) or not isinstance(version, int) or version < 1:
        return False
    if not isinstance(change.get("at"), datetime):
        return False
    if change["_id"] != change_id(Entity(entity), str(change.get("entity_id")), version):
        return False
    if after is None:
        return change.get("op") == "deleted"
    # The image must not replace another document, or a document of another user.
    image = [after.get(name) for name in ("_id", "version", "updated_at", Entity(entity).owner_field)]
    return image == [change.get(name) for name in ("entity_id", "version", "at", "user_id")]


def is_valid(change: Mapping[str, Any]) -> bool:
    """Return whether the API could have written a change; checks the op, the state and the image."""
    if change.get("op") not in _OPS or not defines_state(change):
        return False
    after = change["after"]
    if after is None:
        return True
    if change["entity"] == Entity.TASK:
        return after.get("status") in STATUSES and after.get("priority") in PRIORITIES
    # The image of an erased user has neither an e-mail address nor a name.
    return (after.get("email") is None) == (after.get("name") is None)


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
