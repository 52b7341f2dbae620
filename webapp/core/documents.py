"""Changing one small document that many requests want at once, with single-document atomicity alone."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from uuid import uuid4

from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from webapp.core.database import Document
from webapp.core.errors import Busy

# No request waits longer for the documents that other requests change.
LOCK_TIMEOUT = 1.0
# A process that lost a race waits up to this many seconds, so that the same rivals do not meet again.
BACKOFF = 0.01
# Two keys may share a lock, which costs them time and nothing else.
LOCKS = 64

# Gets the stored document, None when there is none; returns what takes its place, None to delete it.
# The same object means that nothing changes.
Change = Callable[[Document | None], Document | None]


class ContendedDocuments:
    """Documents of one collection, changed by insert, conditional replace and conditional delete.

    Each stored version of a document has a `revision` of its own, and a write names the revision that it
    replaces. So the writes of all processes are serialized. The threads of one process queue for a lock
    first, so at most one thread of each process competes for a document.
    """

    def __init__(self, collection: Collection[Document]) -> None:
        self._collection = collection
        self._locks = [Lock() for _ in range(LOCKS)]

    def update(self, key: str, change: Change, known: Document | None = None) -> Document | None:
        """Apply `change` to the document with this `_id`, and return what is stored then.

        `known` saves a read if the stored document is probably still this one. `change` may be called several
        times; what it raises ends the update. Raises Busy when others were faster for LOCK_TIMEOUT seconds.
        """
        deadline = time.monotonic() + LOCK_TIMEOUT
        with self._turn(key):
            found = known or self._collection.find_one({"_id": key})
            while True:
                changed = change(found)
                if changed is found:
                    return found
                if changed is not None:
                    changed = {**changed, "_id": key, "revision": uuid4().hex}
                if self._write(key, found, changed):
                    return changed
                if time.monotonic() > deadline:
                    raise _contended()
                time.sleep(random.uniform(0, BACKOFF))  # noqa: S311  # nothing secret depends on it
                found = self._collection.find_one({"_id": key})

    def delete(self, key: str) -> None:
        """Delete the document with this `_id`, if any."""
        self._collection.delete_one({"_id": key})

    def _write(self, key: str, found: Document | None, changed: Document | None) -> bool:
        """Write unless the document has changed since `found` was read; returns whether it was written."""
        if found is None:
            try:
                self._collection.insert_one(changed or {})
            except DuplicateKeyError:
                return False
            return True
        # A document of an earlier version of this program has no revision, which None matches.
        same = {"_id": key, "revision": found.get("revision")}
        if changed is None:
            return self._collection.delete_one(same).deleted_count == 1
        return self._collection.replace_one(same, changed).matched_count == 1

    @contextmanager
    def _turn(self, key: str) -> Iterator[None]:
        lock = self._locks[hash(key) % LOCKS]
        if not lock.acquire(timeout=LOCK_TIMEOUT):
            raise _contended()
        try:
            yield
        finally:
            lock.release()


def _contended() -> Busy:
    return Busy("Too many requests want this at once; try again in a moment.", retry_after=1)
