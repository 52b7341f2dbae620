"""Optimistic updates: a process replaces a document only if it has read the newest state of the document.

A process reads the document first, then the sources of its new content. If the document is unchanged when it
is replaced, the sources were at least as new as those of any earlier update. This guarantee does not depend
on the clocks of the processes.
"""

import secrets

from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from ..core.database import Document

# The maximum number of attempts of an update; each attempt reads the document and its sources again.
ATTEMPTS = 10


def replace_if_unchanged(collection: Collection[Document], before: Document | None, after: Document) -> bool:
    """Store a document, unless another process has changed it since `before` was read.

    Returns whether the document was stored.
    """
    after = after | {"revision": new_revision()}
    if before is None:
        try:
            collection.insert_one(after)
        except DuplicateKeyError:
            return False
        return True
    wanted = {"_id": after["_id"], "revision": before["revision"]}
    return collection.replace_one(wanted, after).matched_count == 1


def new_revision() -> int:
    """A random number that identifies one write of a document."""
    return secrets.randbits(62)
