"""The rules for writes of tasks: `build` functions for the change log, which need no database or Flask."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from webapp.changes import Build, Change, ProposedChange
from webapp.changes.precondition import Precondition, require_version
from webapp.core.errors import Conflict, Invalid, NotFound
from webapp.core.ids import time_of
from webapp.database.connection import Document

STATUSES = ("pending", "in_progress", "completed", "cancelled")
PRIORITIES = ("low", "medium", "high", "urgent")
# The fields of a document that only the service sets, each with its name in the API.
READ_ONLY = {
    "_id": "id",
    "created_at": "created_at",
    "updated_at": "updated_at",
    "completed_at": "completed_at",
    "version": "version",
}
UNCHANGED = "This field is read-only; leave it out, or send its current value."


def creation(task_id: str, owner_id: str, fields: Mapping[str, Any]) -> Build:
    """Return a `build` function that creates a task of the owner from all writable fields.

    The creation time of the task is the time in its id, so that tasks sort by id in the order of creation.
    """

    def build(current: Document | None, at: datetime) -> ProposedChange:
        image = {"_id": task_id, "user_id": owner_id, **fields, "created_at": min(time_of(task_id), at)}
        return ProposedChange("created", _with_completion(image | {"completed_at": None}, None, at))

    return build


def update(owner_id: str, fields: Mapping[str, Any], allowed: Precondition) -> Build:
    """Return a `build` function that sets the given fields of a task."""

    def build(current: Document | None, at: datetime) -> ProposedChange:
        task = _owned(current, owner_id, allowed)
        return ProposedChange("updated", _with_completion({**task, **fields}, task, at))

    return build


def replacement(owner_id: str, fields: Mapping[str, Any], allowed: Precondition) -> Build:
    """Return a `build` function that sets all writable fields of a task.

    The function raises Invalid when a read-only field is given with a different value.
    """
    writable = {name: value for name, value in fields.items() if name not in READ_ONLY}

    def build(current: Document | None, at: datetime) -> ProposedChange:
        task = _owned(current, owner_id, allowed)
        changed = [name for name in READ_ONLY if name in fields and fields[name] != task[name]]
        if changed:
            raise Invalid(
                errors=[{"pointer": f"#/{READ_ONLY[name]}", "detail": UNCHANGED} for name in changed]
            )
        return ProposedChange("updated", _with_completion({**task, **writable}, task, at))

    return build


def deletion(owner_id: str, allowed: Precondition) -> Build:
    """Return a `build` function that deletes a task."""

    def build(current: Document | None, at: datetime) -> ProposedChange:
        _owned(current, owner_id, allowed)
        return ProposedChange("deleted", None)

    return build


def restoration(owner_id: str, newest: Callable[[], Change | None]) -> Build:
    """Return a `build` function that restores a deleted task; `newest` reads the task's newest change.

    The function raises NotFound when the log contains no task of this owner with this id, and Conflict when
    the task is not deleted.
    """

    def build(current: Document | None, at: datetime) -> ProposedChange:
        if current is not None:
            owned(current, owner_id)
            raise _not_deleted()
        change = newest()
        if change is None or change.owner_id != owner_id:
            raise NotFound("This task does not exist.")
        if change.op != "deleted" or change.before is None:
            raise _not_deleted()
        return ProposedChange("restored", change.before)

    return build


def owned(current: Document | None, owner_id: str) -> Document:
    """Return the document if it is a task of this owner; raises NotFound otherwise."""
    if current is None or current.get("user_id") != owner_id:
        raise NotFound("This task does not exist.")
    return current


def _owned(current: Document | None, owner_id: str, allowed: Precondition) -> Document:
    task = owned(current, owner_id)
    require_version(task, "task", allowed)
    return task


def _not_deleted() -> Conflict:
    return Conflict("The task is not deleted, so there is nothing to restore.")


def _with_completion(image: Document, before: Document | None, at: datetime) -> Document:
    """Set `completed_at` when the task becomes completed, and clear it when the task is reopened."""
    was_completed = before is not None and before["status"] == "completed"
    if image["status"] != "completed":
        return {**image, "completed_at": None}
    return image if was_completed else {**image, "completed_at": at}
