"""The filters and the order of a list of tasks, and the database query for it. No database, no Flask.

A page is a range of the sort key: the bounds from the filters and the end of the previous page are combined
into one pair of bounds, so no query counts or skips documents (docs/queries.md).
"""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import reduce
from operator import getitem
from typing import Any

from webapp.changes.log import SORT_KEYS_FIELD
from webapp.core.clock import to_milliseconds
from webapp.core.database import Document
from webapp.core.text import searchable
from webapp.tasks.sort_keys import AFTER, NO_DUE_DATE, due_prefix, label_key, updated_prefix

# The unique key for each order.
SORTS = {
    "created_at": "_id",
    "updated_at": "keys.updated",
    "due_date": "keys.due",
    "priority": "keys.priority",
}
OPEN, CLOSED = ("pending", "in_progress"), ("completed", "cancelled")


@dataclass(frozen=True)
class TaskPage:
    """A page of tasks; `last` is the sort key of the last task if more follow, else None."""

    items: list[Document]
    last: str | None


@dataclass(frozen=True)
class TaskQuery:
    """Filters, all of which a task must match, and an order: a name of SORTS, with `-` for descending.

    `tag` matches any of the tags. `due_before` and `due_after` exclude their day, `updated_since` includes
    its time. Each word of `q` must occur in the title or the description, also as part of a word.
    """

    status: str | None = None
    priority: str | None = None
    category: str | None = None
    tag: tuple[str, ...] = ()
    due_before: str | None = None
    due_after: str | None = None
    overdue: bool | None = None
    updated_since: datetime | None = None
    q: str | None = None
    sort: str = "-created_at"

    @property
    def key(self) -> str:
        """The field that the list is sorted by."""
        return SORTS[self.sort.removeprefix("-")]

    @property
    def direction(self) -> int:
        """1 for ascending, -1 for descending."""
        return -1 if self.sort.startswith("-") else 1

    @property
    def digest(self) -> str:
        """A digest of filters and order, which binds a cursor to its list."""
        # Unused filters are left out, so that cursors stay valid when a new filter is added.
        used = {name: value for name, value in asdict(self).items() if value not in (None, ())}
        text = json.dumps(used, sort_keys=True, default=datetime.isoformat)
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    def query(self, owner_id: str, today: Callable[[], date], after: str | None = None) -> Document:
        """Return the query for the owner's tasks; `after` is the `last` of the previous page.

        `today` returns the current date of the owner; it is called only for the filter `overdue`.
        """
        today_prefix = "" if self.overdue is None else due_prefix(today().isoformat())
        query: Document = {"user_id": owner_id, **self._equalities()}
        for field, (lower, upper) in self._bounds(today_prefix, after).items():
            query[field] = ({"$gt": lower} if lower else {}) | ({"$lt": upper} if upper else {})
        if conditions := self._conditions(today_prefix):
            query["$and"] = conditions
        return query

    def page(self, found: list[Document], limit: int) -> TaskPage:
        """Build a page from up to `limit` + 1 tasks in the order of the list."""
        shown = found[:limit]
        last: Any = reduce(getitem, self.key.split("."), shown[-1]) if len(found) > limit else None
        return TaskPage(
            [{name: task[name] for name in task if name != SORT_KEYS_FIELD} for task in shown], last
        )

    def _equalities(self) -> Document:
        equalities = {
            "status": self.status,
            "priority": self.priority,
            "keys.category": None if self.category is None else label_key(self.category),
            "keys.tags": label_key(self.tag[0]) if len(self.tag) == 1 else None,
        }
        return {field: value for field, value in equalities.items() if value is not None}

    def _bounds(self, today: str, after: str | None) -> dict[str, tuple[str, str]]:
        """Return exclusive lower and upper bounds of keys; an empty string is no bound."""
        due_lower = due_upper = updated_lower = ""
        if self.due_after is not None:
            due_lower, due_upper = due_prefix(self.due_after) + AFTER, NO_DUE_DATE
        if self.due_before is not None:
            due_upper = due_prefix(self.due_before)
        if self.overdue:
            due_upper = min(due_upper or NO_DUE_DATE, today)
        if self.updated_since is not None:
            whole = to_milliseconds(self.updated_since)
            updated_lower = updated_prefix(whole) + (AFTER if whole < self.updated_since else "")
        bounds = {"keys.due": (due_lower, due_upper), "keys.updated": (updated_lower, "")}
        if after is not None:
            # `after` is the key of a task of this list, so it is within the bounds of the filters.
            lower, upper = bounds.get(self.key, ("", ""))
            bounds[self.key] = (after, upper) if self.direction == 1 else (lower, after)
        return {field: both for field, both in bounds.items() if any(both)}

    def _conditions(self, today: str) -> list[Document]:
        conditions: list[Document] = [
            {"keys.text": {"$regex": re.escape(word)}} for word in searchable(self.q or "").split()
        ]
        if len(self.tag) > 1:
            conditions.append({"keys.tags": {"$in": [label_key(tag) for tag in self.tag]}})
        if self.overdue is True:
            conditions.append({"status": {"$in": list(OPEN)}})
        if self.overdue is False:
            still = {"keys.due": {"$gt": today}}
            conditions.append({"$or": [{"status": {"$in": list(CLOSED)}}, still]})
        return conditions
