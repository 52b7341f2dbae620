"""Which tasks a client wants to see, in which order, and the query that answers it. No database, no Flask.

A page is a range of the key that the list is sorted by: bounds from the filters and the place where the page
before ended become one pair of bounds, so no query ever counts or skips (docs/queries.md).
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
from webapp.tasks.sort_keys import AFTER, NO_DUE_DATE, due_prefix, label_key, searchable, updated_prefix

# By what a list can be sorted: the unique key, in every task, that has this order.
SORTS = {
    "created_at": "_id",
    "updated_at": "keys.updated",
    "due_date": "keys.due",
    "priority": "keys.priority",
}
OPEN, CLOSED = ("pending", "in_progress"), ("completed", "cancelled")


@dataclass(frozen=True)
class TaskPage:
    """Some tasks of a list; `last` is the sort key of the last one while more follow, else None."""

    items: list[Document]
    last: str | None


@dataclass(frozen=True)
class TaskQuery:
    """Filters, all of which a task has to pass, and an order: a name of SORTS, with `-` for descending.

    `tag` means any of these; `due_before` and `due_after` exclude their day, `updated_since` includes its
    moment. `q` is words, each of which must occur in the title or the description; part of a word will do.
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
        """A fingerprint of filters and order, by which a cursor knows its list again."""
        # What was not asked for is left out, so that a cursor outlives the arrival of a new filter.
        asked = {name: value for name, value in asdict(self).items() if value not in (None, ())}
        told = json.dumps(asked, sort_keys=True, default=datetime.isoformat)
        return hashlib.sha256(told.encode()).hexdigest()[:32]

    def query(self, owner_id: str, today: Callable[[], date], after: str | None = None) -> Document:
        """The condition that the owner's tasks have to meet; `after` is the `last` of the page before.

        `today` tells the day it is for the owner, where that matters: what was due before it is overdue.
        """
        today_prefix = "" if self.overdue is None else due_prefix(today().isoformat())
        query: Document = {"user_id": owner_id, **self._equalities()}
        for field, (lower, upper) in self._bounds(today_prefix, after).items():
            query[field] = ({"$gt": lower} if lower else {}) | ({"$lt": upper} if upper else {})
        if conditions := self._conditions(today_prefix):
            query["$and"] = conditions
        return query

    def page(self, found: list[Document], limit: int) -> TaskPage:
        """Make a page of up to `limit` + 1 tasks found in the order of the list."""
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
        """Exclusive lower and upper bounds of keys; an empty text is no bound."""
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
            # The place after a task of this list lies within the bounds of its filters.
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
