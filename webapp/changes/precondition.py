"""Preconditions on the version of a document: If-Match, If-None-Match (RFC 9110, section 13.1)."""

from collections.abc import Callable

from webapp.core.errors import PreconditionFailed
from webapp.database.connection import Document

# A function that takes the current version of a document, and returns whether the request may continue.
Precondition = Callable[[int], bool]


def any_version(version: int) -> bool:
    """Return True: a request without a precondition header continues with every version."""
    return True


def require_version(document: Document, name: str, allowed: Precondition) -> None:
    """Raise PreconditionFailed unless `allowed` accepts the document's version; the message uses `name`."""
    version = document["version"]
    if not allowed(version):
        raise PreconditionFailed(
            f"The {name} has version {version}, which your If-Match or If-None-Match excludes; "
            f"read the {name} again."
        )
