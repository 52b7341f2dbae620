"""Changes small documents that many requests change at the same time, with atomic single-document writes."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from uuid import uuid4

from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from webapp.core.errors import Busy
from webapp.database.connection import Document

# The maximum time in seconds for which a request waits for the lock, or repeats a failed write.
LOCK_TIMEOUT = 1.0
# After a failed write, a process waits for a random time of at most BACKOFF seconds. So processes that wrote
# at the same moment do not collide again.
BACKOFF = 0.01
# The number of locks. Two documents may share a lock; then a change of one document waits for changes of the
# other document. A shared lock has no other effect.
LOCKS = 64

# A function of the stored document (None if it does not exist). The function returns the new document, or
# None to delete the stored document. If the function returns the same object, nothing is written.
Change = Callable[[Document | None], Document | None]


class ContendedDocuments:
    """The documents of a collection, which are changed by insert, conditional replace and conditional delete.

    Each stored version of a document has a unique `revision`. A write succeeds only if the revision that was
    read is still stored, so no write overwrites the change of another process. The threads of one process
    wait for a lock first, so at most one thread of each process tries to change a document.
    """

    def __init__(self, collection: Collection[Document]) -> None:
        self._collection = collection
        self._locks = [Lock() for _ in range(LOCKS)]

    def update(self, key: str, change: Change, known: Document | None = None) -> Document | None:
        """Apply `change` to the document whose `_id` is `key`; returns the document that is then stored.

        `known` is a recently read copy of the document, which saves a read if the document is unchanged.
        `change` may be called several times; an error that it raises ends the update. Raises Busy when every
        attempt within LOCK_TIMEOUT seconds failed because of other writes to the document.
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
        """Delete the document with this `_id`, if it exists."""
        self._collection.delete_one({"_id": key})

    def _write(self, key: str, found: Document | None, changed: Document | None) -> bool:
        """Write `changed`; returns False if the document has changed since `found` was read."""
        if found is None:
            try:
                self._collection.insert_one(changed or {})
            except DuplicateKeyError:
                return False
            return True
        # Earlier versions of this program stored no revision; a query for the revision None finds such
        # documents.
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
    return Busy("Too many requests change this data at the same time; try again in a moment.", retry_after=1)
