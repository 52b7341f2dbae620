"""What became of a task: its changes, and which fields each of them changed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webapp.changes import Change, Entity
from webapp.core.database import Database, Document
from webapp.tasks.store import TaskStore

# What a history tells about; the rest of an image is bookkeeping.
FIELDS = ("title", "description", "status", "priority", "category", "tags", "due_date", "completed_at")
# A task that is not there has no value in any field, and no tags.
NO_FIELDS: Document = {"tags": []}


@dataclass(frozen=True)
class FieldChange:
    """A field that a change gave another value."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True)
class HistoryStep:
    """One change of a task and the fields that it changed."""

    version: int
    op: str
    at: datetime
    changes: list[FieldChange]


class TaskHistory:
    """Reads the changes of a task off the log, those of a deleted task too."""

    def __init__(self, database: Database, tasks: TaskStore) -> None:
        self._changes = database.changes
        self._tasks = tasks

    def page(
        self, owner_id: str, task_id: str, limit: int, below: int | None = None
    ) -> tuple[list[HistoryStep], bool]:
        """Return up to `limit` changes of the owner's task, newest first, and whether more follow.

        `below` is the version of the last change of the page before. The log forgets old changes, so a task
        that nobody touched for long may have none. Raises NotFound when there is no trace of such a task.
        """
        query: dict[str, Any] = {"entity_id": task_id, "entity": Entity.TASK.value, "user_id": owner_id}
        if below is not None:
            query["version"] = {"$lt": below}
        found = list(self._changes.find(query).sort("version", -1).limit(limit + 1))
        if not found and below is None:
            self._tasks.get(owner_id, task_id)
        return [_step(Change(document)) for document in found[:limit]], len(found) > limit


def _step(change: Change) -> HistoryStep:
    return HistoryStep(
        change.version, change.op, change.document["at"], field_changes(change.before, change.after)
    )


def field_changes(before: Document | None, after: Document | None) -> list[FieldChange]:
    """Compare two images field by field; None stands for a task that is not there."""
    old, new = before or NO_FIELDS, after or NO_FIELDS
    pairs = [FieldChange(name, old.get(name), new.get(name)) for name in FIELDS]
    return [pair for pair in pairs if pair.before != pair.after]
