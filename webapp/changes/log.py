"""The write protocol: append to the log (the commit), then update the projection (the roll-forward).

The process may stop between any two steps. Then the next writer, a retry with the same idempotency key, or
the repair completes the write (docs/decisions/0001).
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

import pymongo
from pymongo.errors import DuplicateKeyError

from webapp.changes.change import (
    Build,
    Change,
    CommitResult,
    Entity,
    Origin,
    change_id,
    compose,
    is_tombstone,
)
from webapp.core.clock import MILLISECOND, Clock
from webapp.core.errors import Busy, TodoError, key_reused
from webapp.database.connection import Database, Document, find_first, insert, replace
from webapp.metrics.recorder import COMMIT_CONFLICTS, IDEMPOTENT_REPLAYS, ROLL_FORWARDS

MAX_ATTEMPTS = 50
# A change is in the log at most SAFETY_LAG after its time `at`. The insert starts within MAX_COMMIT_AGE and
# takes at most APPEND_SECONDS. The rest of SAFETY_LAG allows for hosts whose clocks differ. Therefore a
# reader misses no change if it reads only changes older than SAFETY_LAG (docs/decisions/0012).
SAFETY_LAG = timedelta(seconds=5)
MAX_COMMIT_AGE = timedelta(seconds=1)
APPEND_SECONDS = 2.0
# The field with the sort keys of a document in the projection; images in the log do not have this field.
SORT_KEYS_FIELD = "keys"

Derive = Mapping[Entity, Callable[[Document], Document]]
AfterCommit = Callable[[Change], None]


def _nothing(change: Change | str) -> None:
    """Do nothing: the default for `after_commit` and `record`."""


class ChangeLog:
    """Commits changes of tasks and users; needs only atomic writes of single documents, no transactions.

    `derive` maps an entity to the function that computes the sort keys of its documents. `after_commit` is
    called after a change that creates or restores a document, and after every replay. An error of
    `after_commit` becomes the response to the request. `record` is called with the name of a metric to count
    an event.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        tombstone_days: int = 30,
        derive: Derive | None = None,
        after_commit: AfterCommit = _nothing,
        record: Callable[[str], None] = _nothing,
    ) -> None:
        self._changes = database.changes
        # The collection objects are created once, because pymongo takes some time to create one.
        self._projections = {entity: database[entity.collection] for entity in Entity}
        self._clock = clock
        self._tombstone_age = timedelta(days=tombstone_days)
        self._derive = derive or {}
        self._after_commit = after_commit
        self._record = record

    def commit(
        self, entity: Entity, entity_id: str, build: Build, origin: Origin, created_at: datetime | None = None
    ) -> CommitResult:
        """Commit the change that `build` returns for the current document, exactly once.

        `created_at` is the time in the id of a new document, so that id and creation time agree. If an
        earlier request with the same idempotency key was committed, this method returns the change of that
        request. Raises the errors of `build`, Invalid when the key was used for a different request, and Busy
        when every attempt failed because of concurrent writes.
        """
        for _ in range(MAX_ATTEMPTS):
            # A new document has a new id, so the log cannot contain a change of this document yet.
            stored = self._projections[entity]
            current = None if created_at else find_first(stored, {"_id": entity_id}, {SORT_KEYS_FIELD: 0})
            at = created_at or self._next_time(current)
            # Only the first attempt uses `created_at`, because a later attempt may need a later time.
            created_at = None
            try:
                proposed = build(None if current is None or is_tombstone(current) else current, at)
            except TodoError:
                if done := self.replay(origin):
                    return done
                raise
            change = compose(entity, entity_id, current, proposed, at, origin)
            if self._clock() - at > MAX_COMMIT_AGE:
                continue
            try:
                self._append(change)
            except DuplicateKeyError:
                if done := self.replay(origin):
                    return done
                self._record(COMMIT_CONFLICTS)
                self._roll_forward_winner(change)
                continue
            self.roll_forward(change)
            if change.before is None:
                self._after_commit(change)
            return CommitResult(change, replayed=False)
        raise Busy("Too many concurrent changes; try again in a moment.", retry_after=1)

    def replay(self, origin: Origin) -> CommitResult | None:
        """Roll forward and return the change of an earlier request with the same key, or return None.

        Raises Invalid when the key was used for a different request.
        """
        if origin.key is None:
            return None
        document = self._changes.find_one({"idempotency_key": origin.key})
        if document is None:
            return None
        # The change of an erased user has no fingerprint; then `after_commit` raises InvalidToken.
        if document["fingerprint"] != origin.fingerprint and not document.get("erased"):
            raise key_reused()
        change = Change(document)
        self._record(IDEMPOTENT_REPLAYS)
        self.complete(change)
        self._after_commit(change)
        return CommitResult(change, replayed=True)

    def check_keys(self, keys: Sequence[str], fingerprint: str) -> None:
        """Raise Invalid if one of these idempotency keys was used for a request with another fingerprint."""
        query = {"idempotency_key": {"$in": keys}, "fingerprint": {"$ne": fingerprint}}
        if self._changes.find_one(query, {"_id": 1}) is not None:
            raise key_reused()

    def find(self, entity: Entity, entity_id: str, version: int) -> Change | None:
        """Return the change with this version of a document; None when it was never committed."""
        document = self._changes.find_one({"_id": change_id(entity, entity_id, version)})
        return None if document is None else Change(document)

    def newest(self, entity: Entity, entity_id: str) -> Change | None:
        """Return the newest change of a document; None when the log contains no change of the document."""
        query = {"entity": entity.value, "entity_id": entity_id}
        document = self._changes.find_one(query, sort=[("version", -1)])
        return None if document is None else Change(document)

    def complete(self, change: Change) -> bool:
        """Roll a change forward, unless a later change of the same document exists.

        A later change proves that this change was rolled forward. If a change has no image and is not a
        deletion, it was not written by the API and is ignored. Returns True if the projection was updated.
        """
        if change.after is None and change.op != "deleted":
            return False
        if self._changes.find_one({"_id": change.next_id()}, {"_id": 1}) is not None:
            return False
        return self._repair(change)

    def roll_forward(self, change: Change) -> bool:
        """Update the projection with the newest change; returns False if a concurrent writer did so first."""
        projection = self._projections[change.entity]
        image = self.projected(change)
        if change.version > 1:
            previous = {"_id": change.entity_id, "version": change.version - 1}
            return replace(projection, previous, image)
        try:
            insert(projection, image)
        except DuplicateKeyError:
            return False
        return True

    def renew_tombstone(self, deletion: Change) -> None:
        """Extend the lifetime of a tombstone; insert the tombstone again if it was deleted.

        A writer that restores a deleted document calls this method first. Without the tombstone, the next
        change would start again at version 1.
        """
        self.roll_forward(deletion)
        tombstone = deletion.tombstone(self._clock() + self._tombstone_age)
        projection = self._projections[deletion.entity]
        known = {"_id": deletion.entity_id, "version": deletion.version}
        if projection.replace_one(known, tombstone).matched_count == 0:
            # A duplicate key means that a concurrent writer has inserted the tombstone again, or has already
            # restored the document.
            with suppress(DuplicateKeyError):
                projection.insert_one(tombstone)

    def projected(self, change: Change) -> Document:
        """Return the projection of the newest change: the image with sort keys, or a tombstone."""
        if change.after is None:
            return change.tombstone(change.document["at"] + self._tombstone_age)
        derive = self._derive.get(change.entity)
        return change.after if derive is None else {**change.after, SORT_KEYS_FIELD: derive(change.after)}

    def _append(self, change: Change) -> None:
        with pymongo.timeout(APPEND_SECONDS):
            insert(self._changes, change.document)

    def _roll_forward_winner(self, change: Change) -> None:
        """Roll forward the change that was committed with the version of `change` by a concurrent request.

        The next attempt to commit is based on that change.
        """
        winner = self._changes.find_one({"_id": change.document["_id"]})
        if winner is not None:
            self._repair(Change(winner))

    def _repair(self, change: Change) -> bool:
        """Roll forward a change of another request; returns True when the projection was updated."""
        repaired = self.roll_forward(change)
        if repaired:
            self._record(ROLL_FORWARDS)
        return repaired

    def _next_time(self, current: Document | None) -> datetime:
        """Return the current time, or 1 ms after the previous change if the clock was set back."""
        now = self._clock()
        if current is None:
            return now
        previous: datetime = current["deleted_at"] if is_tombstone(current) else current["updated_at"]
        return max(now, previous + MILLISECOND)
