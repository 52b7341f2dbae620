"""The rules of tasks: what a create, an update and a delete make of a document. No database, no Flask."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from webapp.changes import Build, Change, Draft
from webapp.core.database import Document
from webapp.core.errors import Conflict, NotFound, PreconditionFailed
from webapp.core.ids import time_of

STATUSES = ("pending", "in_progress", "completed", "cancelled")
PRIORITIES = ("low", "medium", "high", "urgent")

# Tells whether a version is one that the client's `If-Match` allows.
Precondition = Callable[[int], bool]


def any_version(version: int) -> bool:
    """The precondition of a request without `If-Match`."""
    return True


def creation(task_id: str, owner_id: str, fields: Mapping[str, Any]) -> Build:
    """Make a new task of the owner from a full set of writable fields.

    It was created at the moment its id tells, so that the order of ids is the order of creation.
    """

    def build(current: Document | None, at: datetime) -> Draft:
        image = {"_id": task_id, "user_id": owner_id, **fields, "created_at": min(time_of(task_id), at)}
        return Draft("created", _with_completion(image | {"completed_at": None}, None, at))

    return build


def update(owner_id: str, fields: Mapping[str, Any], allowed: Precondition) -> Build:
    """Set the given fields; a whole replacement is an update that gives them all."""

    def build(current: Document | None, at: datetime) -> Draft:
        task = _owned(current, owner_id, allowed)
        return Draft("updated", _with_completion({**task, **fields}, task, at))

    return build


def deletion(owner_id: str, allowed: Precondition) -> Build:
    """Delete the task."""

    def build(current: Document | None, at: datetime) -> Draft:
        _owned(current, owner_id, allowed)
        return Draft("deleted", None)

    return build


def restoration(owner_id: str, newest: Callable[[], Change | None]) -> Build:
    """Bring a deleted task back as it was; `newest` looks up the task's newest change.

    Raises NotFound when the log holds no task of this owner, and Conflict when it is not deleted.
    """

    def build(current: Document | None, at: datetime) -> Draft:
        if current is not None:
            owned(current, owner_id)
            raise _not_deleted()
        change = newest()
        if change is None or change.owner_id != owner_id:
            raise NotFound("There is no such task.")
        if change.op != "deleted" or change.before is None:
            raise _not_deleted()
        return Draft("restored", change.before)

    return build


def owned(current: Document | None, owner_id: str) -> Document:
    """Return the document if it is a task of this owner; raises NotFound otherwise."""
    if current is None or current.get("user_id") != owner_id:
        raise NotFound("There is no such task.")
    return current


def _owned(current: Document | None, owner_id: str, allowed: Precondition) -> Document:
    task = owned(current, owner_id)
    if not allowed(task["version"]):
        raise PreconditionFailed(
            f"The task is at version {task['version']}, not at the one your If-Match names; read it again."
        )
    return task


def _not_deleted() -> Conflict:
    return Conflict("The task is not deleted, so there is nothing to restore.")


def _with_completion(image: Document, before: Document | None, at: datetime) -> Document:
    """Set `completed_at` on entering `completed`, clear it on leaving, keep it in between."""
    was_completed = before is not None and before["status"] == "completed"
    if image["status"] != "completed":
        return {**image, "completed_at": None}
    return image if was_completed else {**image, "completed_at": at}
