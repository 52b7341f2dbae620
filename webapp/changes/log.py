"""The write protocol: append to the log (the commit), then bring the projection up to it (the roll-forward).

Every line may be the last one that a process executes. What an unfinished write leaves behind is completed
by the next writer, by a retry with the same key, or by the repair sweep (docs/decisions/0001).
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

import pymongo
from pymongo.errors import DuplicateKeyError

from webapp.changes.change import (
    SCHEMA_VERSION,
    Build,
    Change,
    Draft,
    Entity,
    Origin,
    Outcome,
    change_id,
    is_tombstone,
    position,
)
from webapp.core.clock import MILLISECOND, Clock
from webapp.core.database import Database, Document
from webapp.core.errors import Busy, Invalid, TodoError

MAX_ATTEMPTS = 50
# A change is in the log at most LAG after its time `at`: its insert begins within FRESH and takes at most
# APPEND_SECONDS; what is left is for hosts whose clocks differ. A reader who keeps LAG away from the present
# therefore overlooks no change that lands late (docs/decisions/0012).
LAG = timedelta(seconds=5)
FRESH = timedelta(seconds=1)
APPEND_SECONDS = 2.0
# The field of a projected document that holds what was derived from it for sorting; no part of its image.
KEYS = "keys"

Derive = Mapping[Entity, Callable[[Document], Document]]
AfterCommit = Callable[[Change], None]


def _nothing(change: Change) -> None:
    """What follows a commit by default."""


class ChangeLog:
    """Commits changes of tasks and users with single-document atomicity alone.

    `derive` says, for each kind of thing, which keys its projection carries for sorting. `after_commit` is
    called with every change that a request made, replays included; what it raises is the request's answer.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        tombstone_days: int = 30,
        derive: Derive | None = None,
        after_commit: AfterCommit = _nothing,
    ) -> None:
        self._database = database
        self._changes = database.changes
        self._clock = clock
        self._tombstone_age = timedelta(days=tombstone_days)
        self._derive = derive or {}
        self._after_commit = after_commit

    def commit(
        self, entity: Entity, entity_id: str, build: Build, origin: Origin, born: datetime | None = None
    ) -> Outcome:
        """Make the change that `build` draws up from the current document, exactly once.

        `born` is the moment that the id of a new document tells, which is then the time of its creation.
        A request that was carried out before, known by its key, is answered with its recorded change. Raises
        what `build` raises, Invalid when the key was used for another request, and Busy when other writers
        won every attempt.
        """
        for _ in range(MAX_ATTEMPTS):
            current = self._database[entity.collection].find_one({"_id": entity_id}, {KEYS: 0})
            at = born or self._next_time(current)
            # Once only: an attempt that comes too late for its time is repeated with a later one.
            born = None
            try:
                draft = build(None if current is None or is_tombstone(current) else current, at)
            except TodoError:
                if done := self.replay(origin):
                    return done
                raise
            change = _compose(entity, entity_id, current, draft, at, origin)
            if self._clock() - at > FRESH:
                continue
            try:
                self._append(change)
            except DuplicateKeyError:
                if done := self.replay(origin):
                    return done
                self._finish_winner(change)
                continue
            self.roll_forward(change)
            self._after_commit(change)
            return Outcome(change, replayed=False)
        raise Busy("Too many writers change this at once; try again in a moment.", retry_after=1)

    def replay(self, origin: Origin) -> Outcome | None:
        """Find what an earlier request with the same key did, finish it if need be, and answer with it.

        Raises Invalid when the key belongs to a different request.
        """
        if origin.key is None:
            return None
        document = self._changes.find_one({"idempotency_key": origin.key})
        if document is None:
            return None
        # An erased change has no fingerprint left; `after_commit` tells its user that they are gone.
        if document["fingerprint"] != origin.fingerprint and not document.get("erased"):
            raise _used_otherwise()
        change = Change(document)
        self.complete(change)
        self._after_commit(change)
        return Outcome(change, replayed=True)

    def check_keys(self, keys: Sequence[str], fingerprint: str) -> None:
        """Raise Invalid if one of these keys belongs to a request with another fingerprint."""
        query = {"idempotency_key": {"$in": keys}, "fingerprint": {"$ne": fingerprint}}
        if self._changes.find_one(query, {"_id": 1}) is not None:
            raise _used_otherwise()

    def find(self, entity: Entity, entity_id: str, version: int) -> Change | None:
        """Look up one change; None when it was never committed."""
        document = self._changes.find_one({"_id": change_id(entity, entity_id, version)})
        return None if document is None else Change(document)

    def newest(self, entity: Entity, entity_id: str) -> Change | None:
        """Look up the newest change of a thing; None when the log holds none."""
        query = {"entity": entity.value, "entity_id": entity_id}
        document = self._changes.find_one(query, sort=[("version", -1)])
        return None if document is None else Change(document)

    def complete(self, change: Change) -> bool:
        """Roll a change forward unless a later one exists, which proves that it was rolled forward.

        One without an image that is no deletion was written by hand, and takes nothing away. Returns True
        when there was something left to do.
        """
        if change.after is None and change.op != "deleted":
            return False
        if self._changes.find_one({"_id": change.next_id()}, {"_id": 1}) is not None:
            return False
        return self.roll_forward(change)

    def roll_forward(self, change: Change) -> bool:
        """Bring the projection up to the newest change; returns False when somebody else already did."""
        projection = self._database[change.entity.collection]
        image = self.projected(change)
        if change.version > 1:
            previous = {"_id": change.entity_id, "version": change.version - 1}
            return projection.replace_one(previous, image).matched_count == 1
        try:
            projection.insert_one(image)
        except DuplicateKeyError:
            return False
        return True

    def renew_tombstone(self, deletion: Change) -> None:
        """Keep the tombstone of a deleted thing for its whole time again; put it back if it was purged.

        A writer that goes on from a deletion needs this first: without a tombstone it would take the thing
        for one that never was, and start again at version 1.
        """
        self.roll_forward(deletion)
        tombstone = deletion.tombstone(self._clock() + self._tombstone_age)
        projection = self._database[deletion.entity.collection]
        known = {"_id": deletion.entity_id, "version": deletion.version}
        if projection.replace_one(known, tombstone).matched_count == 0:
            # A duplicate is as good: somebody put it back, or went on from it.
            with suppress(DuplicateKeyError):
                projection.insert_one(tombstone)

    def projected(self, change: Change) -> Document:
        """What the projection holds of a thing whose newest change this is: image and keys, or tombstone."""
        if change.after is None:
            return change.tombstone(change.document["at"] + self._tombstone_age)
        derive = self._derive.get(change.entity)
        return change.after if derive is None else {**change.after, KEYS: derive(change.after)}

    def _append(self, change: Change) -> None:
        with pymongo.timeout(APPEND_SECONDS):
            self._changes.insert_one(change.document)

    def _finish_winner(self, change: Change) -> None:
        """Roll forward the change that won this version, so that the next attempt builds on it."""
        winner = self._changes.find_one({"_id": change.document["_id"]})
        if winner is not None:
            self.roll_forward(Change(winner))

    def _next_time(self, current: Document | None) -> datetime:
        """Now, but always after the previous change of the same document, whatever the clock does."""
        now = self._clock()
        if current is None:
            return now
        previous: datetime = current["deleted_at"] if is_tombstone(current) else current["updated_at"]
        return max(now, previous + MILLISECOND)


def _used_otherwise() -> Invalid:
    return Invalid("This Idempotency-Key was already used for a different request; send a new key.")


def _compose(
    entity: Entity, entity_id: str, current: Document | None, draft: Draft, at: datetime, origin: Origin
) -> Change:
    version = 1 if current is None else int(current["version"]) + 1
    identity = change_id(entity, entity_id, version)
    after = None if draft.after is None else {**draft.after, "version": version, "updated_at": at}
    return Change(
        {
            "_id": identity,
            "entity": entity.value,
            "entity_id": entity_id,
            "user_id": origin.user_id,
            "version": version,
            "op": draft.op,
            "at": at,
            "position": position(at, identity),
            "time_zone": origin.time_zone,
            "before": None if current is None or is_tombstone(current) else current,
            "after": after,
            "request_id": origin.request_id,
            "schema_version": SCHEMA_VERSION,
            "idempotency_key": origin.key or identity,
            "fingerprint": origin.fingerprint,
            "status_code": origin.status_code,
        }
    )
