"""What one change is, and what a writer has to say to make one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from webapp.core.clock import sortable_timestamp
from webapp.core.database import Document

SCHEMA_VERSION = 1

Op = Literal["created", "updated", "deleted", "restored"]


class Entity(StrEnum):
    """The kinds of things that have a history; the value is what the log calls them."""

    TASK = "task"
    USER = "user"

    @property
    def collection(self) -> str:
        """The collection that holds the current state, the projection of the log."""
        return f"{self.value}s"

    @property
    def owner_field(self) -> str:
        """The field of a document that names the user it belongs to."""
        return "_id" if self is Entity.USER else "user_id"


@dataclass(frozen=True)
class Origin:
    """Who makes a change, and how a retry of the same request is recognised.

    `key` is the client's Idempotency-Key, scoped to the user as "<user id>:<key>"; `fingerprint` is a digest
    of what was asked, so that the key cannot be used again for something else.
    """

    user_id: str
    time_zone: str = "UTC"
    request_id: str = ""
    key: str | None = None
    fingerprint: str = ""
    status_code: int = 200


@dataclass(frozen=True)
class Draft:
    """What a change makes of a document: `after` is the whole new image, None for a delete."""

    op: Op
    after: Document | None


# Gets the current image (None when there is none) and the time of the change; raises TodoError to refuse.
Build = Callable[[Document | None, datetime], Draft]


@dataclass(frozen=True)
class Change:
    """One committed change, as the log holds it."""

    document: Document

    @property
    def entity(self) -> Entity:
        """The kind of thing that changed."""
        return Entity(self.document["entity"])

    @property
    def entity_id(self) -> str:
        """The id of the thing that changed."""
        return str(self.document["entity_id"])

    @property
    def owner_id(self) -> str:
        """The id of the user that the thing belongs to."""
        return str(self.document["user_id"])

    @property
    def op(self) -> Op:
        """What the change did."""
        op: Op = self.document["op"]
        return op

    @property
    def version(self) -> int:
        """The version of the thing after this change; 1 for its creation."""
        return int(self.document["version"])

    @property
    def before(self) -> Document | None:
        """The whole image before the change; None when there was none."""
        before: Document | None = self.document["before"]
        return before

    @property
    def after(self) -> Document | None:
        """The whole image after the change; None when the change deleted it."""
        after: Document | None = self.document["after"]
        return after

    def next_id(self) -> str:
        """The `_id` that the following change of the same thing has or will have."""
        return change_id(self.entity, self.entity_id, self.version + 1)

    def tombstone(self, expires_at: datetime) -> Document:
        """The marker that a delete leaves, so that a late roll-forward cannot bring the thing back.

        It has no `user_id`, so no query for a user's documents meets it; it may be purged at `expires_at`.
        """
        return {
            "_id": self.entity_id,
            "version": self.version,
            "owner_id": self.owner_id,
            "deleted_at": self.document["at"],
            "expires_at": expires_at,
        }


@dataclass(frozen=True)
class CommitResult:
    """The answer to a write: the change that carried it out, and whether an earlier request made it."""

    change: Change
    replayed: bool

    @property
    def image(self) -> Document:
        """The document as this change left it; asking for the image of a delete is a programming error."""
        if self.change.after is None:
            raise LookupError(f"{self.change.document['_id']} deleted the document")
        return self.change.after

    @property
    def status_code(self) -> int:
        """The HTTP status that the first request was answered with."""
        return int(self.change.document["status_code"])


def change_id(entity: Entity, entity_id: str, version: int) -> str:
    """The `_id` of a change: unique, so that of two writers only one can commit a version."""
    return f"{entity}:{entity_id}:{version}"


def position(at: datetime, identity: str) -> str:
    """Where a change stands in the feed of its user: unique, and in the order of time."""
    return f"{sortable_timestamp(at)}|{identity}"


def is_tombstone(document: Document) -> bool:
    """Tell a deleted document's marker from a live document."""
    return "deleted_at" in document
