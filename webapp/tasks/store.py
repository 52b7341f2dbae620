"""The store of tasks; every method takes the owner's id, so no user can access a task of another user."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date
from typing import Any

from bson.raw_bson import RawBSONDocument

from webapp.changes import Change, ChangeLog, CommitResult, Entity, Origin
from webapp.changes.log import SORT_KEYS_FIELD
from webapp.changes.precondition import Precondition, any_version
from webapp.changes.repair import sweep_owner
from webapp.core.clock import Clock
from webapp.core.errors import NotFound
from webapp.core.ids import IdFactory, is_id
from webapp.database.connection import RAW, Database, Document, find_few, find_first
from webapp.tasks import rules
from webapp.tasks.fields import with_defaults
from webapp.tasks.ordering import Bounds, SortKey, TaskPage, read_page
from webapp.tasks.query import TaskQuery


class TaskStore:
    """Reads and writes tasks; every write commits a change to the log."""

    def __init__(self, database: Database, log: ChangeLog, clock: Clock, new_id: IdFactory) -> None:
        self._database = database
        self._tasks = database.tasks
        self._log = log
        self._clock = clock
        self._new_id = new_id

    def create(self, owner_id: str, fields: Mapping[str, Any], origin: Origin) -> CommitResult:
        """Create a task; absent fields get their defaults."""
        now = self._clock()
        task_id = self._new_id(now)
        creation = rules.creation(task_id, owner_id, with_defaults(fields))
        return self._log.commit(Entity.TASK, task_id, creation, origin, created_at=now)

    def get(self, owner_id: str, task_id: str) -> Document:
        """Return a task; raises NotFound if the task does not exist, was deleted, or has another owner."""
        found = find_first(self._tasks, {"_id": _require_id(task_id)}, {SORT_KEYS_FIELD: 0})
        return rules.owned(found, owner_id)

    def page(
        self,
        owner_id: str,
        task_query: TaskQuery,
        limit: int,
        today: Callable[[], date],
        after: tuple[str, ...] = (),
    ) -> TaskPage:
        """Return up to `limit` tasks of the list, from its start or after the position `after`.

        `today` returns the current date of the owner; this method calls it only for the filter `overdue`.
        """
        current_day, keys = task_query.today(today), task_query.keys
        by_id = all(key.field == "_id" for key in keys)

        def read(key: SortKey, bounds: Bounds, count: int) -> list[RawBSONDocument]:
            query = task_query.query(owner_id, current_day, bounds)
            shown = {SORT_KEYS_FIELD if by_id else f"{SORT_KEYS_FIELD}.text": 0}
            return find_few(self._tasks, query, shown, count, (key.field, key.direction), RAW)

        return read_page(read, keys, limit, after)

    def update(
        self,
        owner_id: str,
        task_id: str,
        fields: Mapping[str, Any],
        origin: Origin,
        allowed: Precondition = any_version,
    ) -> CommitResult:
        """Set the given fields of a task; raises PreconditionFailed unless `allowed` accepts the version."""
        build = rules.update(owner_id, fields, allowed)
        return self._log.commit(Entity.TASK, _require_id(task_id), build, origin)

    def replace(
        self,
        owner_id: str,
        task_id: str,
        fields: Mapping[str, Any],
        origin: Origin,
        allowed: Precondition = any_version,
    ) -> CommitResult:
        """Set all writable fields of a task; absent fields get their defaults.

        Read-only fields may be given with their current values.

        Raises PreconditionFailed unless `allowed` accepts the version of the task, and Invalid for a changed
        read-only field.
        """
        build = rules.replacement(owner_id, with_defaults(fields), allowed)
        return self._log.commit(Entity.TASK, _require_id(task_id), build, origin)

    def delete(
        self,
        owner_id: str,
        task_id: str,
        origin: Origin,
        allowed: Precondition = any_version,
    ) -> CommitResult:
        """Delete a task; raises PreconditionFailed unless `allowed` accepts the version of the task."""
        build = rules.deletion(owner_id, allowed)
        return self._log.commit(Entity.TASK, _require_id(task_id), build, origin)

    def delete_all(self, origin: Origin) -> None:
        """Delete every task of the user `origin.user_id`; a repeated call deletes the remaining tasks."""
        # If a crash interrupted the creation of a task, only this repair adds the task to the projection.
        sweep_owner(self._database, self._log, origin.user_id)
        for task in self._tasks.find({"user_id": origin.user_id}, {"_id": 1}):
            with suppress(NotFound):
                self.delete(origin.user_id, task["_id"], origin)

    def restore(self, owner_id: str, task_id: str, origin: Origin) -> CommitResult:
        """Restore a deleted task, as long as its deletion is in the log.

        Raises Conflict when the task is not deleted.
        """
        identity = _require_id(task_id)

        def newest() -> Change | None:
            return self._log.newest(Entity.TASK, identity)

        last = newest()
        if last is not None and last.op == "deleted" and last.owner_id == owner_id:
            self._log.renew_tombstone(last)
        return self._log.commit(Entity.TASK, identity, rules.restoration(owner_id, newest), origin)


def _require_id(task_id: str) -> str:
    if not is_id(task_id):
        raise NotFound("This task does not exist.")
    return task_id
