"""The structure of a change in the log, and of the input from which a writer makes a change."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from webapp.core.clock import sortable_timestamp
from webapp.database.connection import Document

SCHEMA_VERSION = 1

Op = Literal["created", "updated", "deleted", "restored"]


class Entity(StrEnum):
    """The kinds of documents that have a history; each value is the name of the kind in the log."""

    TASK = "task"
    USER = "user"

    @property
    def collection(self) -> str:
        """The collection with the newest version of each document of this kind (a projection of the log)."""
        return f"{self.value}s"

    @property
    def owner_field(self) -> str:
        """The field of a document that contains the id of its owner."""
        return "_id" if self is Entity.USER else "user_id"


@dataclass(frozen=True)
class Origin:
    """The user and the request that make a change; `key` identifies the retries of this request.

    `key` is the client's Idempotency-Key, scoped to the user as "<user id>:<key>"; `fingerprint` is a digest
    of the request, so that the key cannot be reused for a different request.
    """

    user_id: str
    time_zone: str = "UTC"
    request_id: str = ""
    key: str | None = None
    fingerprint: str = ""
    status_code: int = 200


@dataclass(frozen=True)
class ProposedChange:
    """A change before its commit: `after` is the complete document after the change, None for a delete."""

    op: Op
    after: Document | None


# A function of the current document (None when it does not exist) and the time of the change. The function
# returns the proposed change, or raises TodoError to reject the change.
Build = Callable[[Document | None, datetime], ProposedChange]


@dataclass(frozen=True)
class Change:
    """A committed change, as stored in the log."""

    document: Document

    @property
    def entity(self) -> Entity:
        """The kind of document that changed."""
        return Entity(self.document["entity"])

    @property
    def entity_id(self) -> str:
        """The id of the document that changed."""
        return str(self.document["entity_id"])

    @property
    def owner_id(self) -> str:
        """The id of the user who owns the document."""
        return str(self.document["user_id"])

    @property
    def op(self) -> Op:
        """The kind of change: `created`, `updated`, `deleted` or `restored`."""
        op: Op = self.document["op"]
        return op

    @property
    def version(self) -> int:
        """The version of the document after this change; 1 after the creation."""
        return int(self.document["version"])

    @property
    def before(self) -> Document | None:
        """The complete document before the change; None if the change created the document."""
        before: Document | None = self.document["before"]
        return before

    @property
    def after(self) -> Document | None:
        """The complete document after the change; None if the change deleted the document."""
        after: Document | None = self.document["after"]
        return after

    def next_id(self) -> str:
        """Return the `_id` of the next change of the same document."""
        return change_id(self.entity, self.entity_id, self.version + 1)

    def tombstone(self, expires_at: datetime) -> Document:
        """Return the tombstone of this deletion; with it, a late roll-forward cannot restore the document.

        A tombstone has no `user_id`, so queries for the documents of a user do not return it. The tombstone
        is deleted at `expires_at`.
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
    """The result of a write: the change, and whether the write was a replay of an earlier request."""

    change: Change
    replayed: bool

    @property
    def image(self) -> Document:
        """The document after this change; raises LookupError for a delete."""
        if self.change.after is None:
            raise LookupError(f"the change {self.change.document['_id']} is a delete, so it has no image")
        return self.change.after

    @property
    def status_code(self) -> int:
        """The HTTP status of the response to the request that committed the change."""
        return int(self.change.document["status_code"])


def change_id(entity: Entity, entity_id: str, version: int) -> str:
    """Return the `_id` of a change: unique, so that only one of two writers can commit a version."""
    return f"{entity}:{entity_id}:{version}"


def position(at: datetime, identity: str) -> str:
    """Return the position of a change in the feed of its user: unique, and ordered by time."""
    return f"{sortable_timestamp(at)}|{identity}"


def is_tombstone(document: Document) -> bool:
    """Return whether a document is a tombstone."""
    return "deleted_at" in document


def compose(
    entity: Entity,
    entity_id: str,
    current: Document | None,
    proposed: ProposedChange,
    at: datetime,
    origin: Origin,
) -> Change:
    """Return the change that commits `proposed` at the time `at`, as the next version after `current`."""
    version = 1 if current is None else int(current["version"]) + 1
    identity = change_id(entity, entity_id, version)
    after = None if proposed.after is None else {**proposed.after, "version": version, "updated_at": at}
    return Change(
        {
            "_id": identity,
            "entity": entity.value,
            "entity_id": entity_id,
            "user_id": origin.user_id,
            "version": version,
            "op": proposed.op,
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
