"""The history of a task: its changes, each with the modified fields."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webapp.changes import Change, Entity
from webapp.database.connection import Database, Document
from webapp.tasks.fields import HISTORY_FIELDS
from webapp.tasks.store import TaskStore

# The image of a task that does not exist: every field is null, and there are no tags.
NO_FIELDS: Document = {"tags": []}


@dataclass(frozen=True)
class FieldChange:
    """A field that a change modified, with its values before and after the change."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True)
class HistoryStep:
    """One change of a task and the fields that it modified."""

    version: int
    op: str
    at: datetime
    changes: list[FieldChange]


class TaskHistory:
    """Reads the changes of a task from the log, even if the task was deleted."""

    def __init__(self, database: Database, tasks: TaskStore) -> None:
        self._changes = database.changes
        self._tasks = tasks

    def page(
        self, owner_id: str, task_id: str, limit: int, below: int | None = None
    ) -> tuple[list[HistoryStep], bool]:
        """Return up to `limit` changes of the owner's task, newest first, and whether older changes follow.

        `below` is the version of the last change of the previous page. Old changes expire, so a task may
        exist without a change in the log. Raises NotFound when neither the log nor the projection contains
        the task.
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
    """Return the fields that differ between two images; None stands for a task that does not exist."""
    old, new = before or NO_FIELDS, after or NO_FIELDS
    pairs = [FieldChange(name, old.get(name), new.get(name)) for name in HISTORY_FIELDS]
    return [pair for pair in pairs if pair.before != pair.after]
