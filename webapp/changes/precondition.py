"""Preconditions: the versions of a document that a request allows (RFC 9110, section 13.1)."""

from collections.abc import Callable

from webapp.core.errors import PreconditionFailed
from webapp.database.connection import Document

# A function that returns whether the request allows a version of the document.
Precondition = Callable[[int], bool]


def any_version(version: int) -> bool:
    """Allow every version: the precondition of a request that has no precondition header."""
    return True


def require_version(document: Document, name: str, allowed: Precondition) -> None:
    """Raise PreconditionFailed unless the version of the document is allowed; the message uses `name`."""
    version = document["version"]
    if not allowed(version):
        raise PreconditionFailed(
            f"The {name} has version {version}, which your If-Match or If-None-Match excludes; "
            f"read the {name} again."
        )
