"""The filters of a list of tasks as a database query; this module uses neither the database nor Flask.

A page is a range of the sort key. The bounds from the filters and the bounds from the position of the page
are combined, so no query counts or skips documents (docs/queries.md).
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from webapp.core.clock import to_milliseconds
from webapp.core.text import searchable
from webapp.database.connection import Document
from webapp.tasks.ordering import Bounds, SortKey
from webapp.tasks.sort_keys import AFTER, NO_DUE_DATE, due_prefix, label_key, updated_prefix

OPEN, CLOSED = ("pending", "in_progress"), ("completed", "cancelled")


@dataclass(frozen=True)
class TaskQuery:
    """The filters and the order of a list; a task must match all filters.

    `sort` contains names of SORTS, with `-` before a name for descending order. `status`, `priority` and
    `tag` may have several values; a task must have one of them. `due_before` and `due_after` exclude the
    given day, `updated_since` includes the given time. Each word of `q` must occur in the title or the
    description, as a word or as a part of a word.
    """

    status: tuple[str, ...] = ()
    priority: tuple[str, ...] = ()
    category: str | None = None
    has_category: bool | None = None
    tag: tuple[str, ...] = ()
    has_due_date: bool | None = None
    due_before: str | None = None
    due_after: str | None = None
    overdue: bool | None = None
    updated_since: datetime | None = None
    q: str | None = None
    sort: tuple[str, ...] = ("-created_at",)

    @property
    def keys(self) -> list[SortKey]:
        """The keys that the list is sorted by; a field that `sort` repeats counts only once."""
        by_field = {key.field: key for key in map(SortKey.parse, reversed(self.sort))}
        return [by_field[field] for field in dict.fromkeys(SortKey.parse(text).field for text in self.sort)]

    @property
    def digest(self) -> str:
        """A digest of the filters and the order; it makes each cursor valid for one list only."""
        # Cursors must stay valid after an upgrade. A release may add filters, so the digest leaves out unused
        # filters. A release may allow several values for a filter, so a single value is not written as a
        # list.
        used = {name: value for name, value in vars(self).items() if value not in (None, ())}
        used |= {name: used[name][0] for name in ("status", "priority") if len(used.get(name, ())) == 1}
        text = json.dumps({**used, "sort": ",".join(self.sort)}, sort_keys=True, default=datetime.isoformat)
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    def query(self, owner_id: str, today: str, position: Bounds) -> Document:
        """Return the query for the owner's tasks within the bounds of a position.

        `today` is the `due_prefix` of the current date of the owner; only the filter `overdue` uses it.
        """
        query: Document = {"user_id": owner_id, **self._equalities()}
        for field, (lower, upper) in _combined(self._bounds(today), position).items():
            query[field] = ({"$gt": lower} if lower else {}) | ({"$lt": upper} if upper else {})
        if conditions := list(self._conditions(today)):
            query["$and"] = conditions
        return query

    def today(self, current_date: Callable[[], date]) -> str:
        """Return the argument `today` of `query`; calls `current_date` only if the filters depend on it."""
        return "" if self.overdue is None else due_prefix(current_date().isoformat())

    def _equalities(self) -> Document:
        equalities = {
            "status": self.status[0] if len(self.status) == 1 else None,
            "priority": self.priority[0] if len(self.priority) == 1 else None,
            "keys.category": None if self.category is None else label_key(self.category),
            "keys.tags": label_key(self.tag[0]) if len(self.tag) == 1 else None,
        }
        return {field: value for field, value in equalities.items() if value is not None}

    def _bounds(self, today: str) -> Bounds:
        due_lower = due_upper = updated_lower = ""
        if self.due_after is not None:
            due_lower = due_prefix(self.due_after) + AFTER
        if self.due_before is not None:
            due_upper = due_prefix(self.due_before)
        if self.overdue:
            due_upper = min(due_upper or NO_DUE_DATE, today)
        if self.has_due_date or self.due_after is not None:
            due_upper = due_upper or NO_DUE_DATE
        if self.has_due_date is False:
            due_lower = NO_DUE_DATE
        if self.updated_since is not None:
            whole = to_milliseconds(self.updated_since)
            updated_lower = updated_prefix(whole) + (AFTER if whole < self.updated_since else "")
        return {"keys.due": (due_lower, due_upper), "keys.updated": (updated_lower, "")}

    def _conditions(self, today: str) -> Iterator[Document]:
        for word in searchable(self.q or "").split():
            yield {"keys.text": {"$regex": re.escape(word)}}
        several = {
            "status": self.status,
            "priority": self.priority,
            "keys.tags": tuple(map(label_key, self.tag)),
        }
        for field, values in several.items():
            if len(values) > 1:
                yield {field: {"$in": list(values)}}
        if self.has_category is not None:
            # The category key of a task without a category is null, which the embedded database finds only
            # with `$in`.
            yield {"keys.category": {"$gt": ""} if self.has_category else {"$in": [None]}}
        if self.overdue is True:
            yield {"status": {"$in": list(OPEN)}}
        if self.overdue is False:
            still = {"keys.due": {"$gt": today}}
            yield {"$or": [{"status": {"$in": list(CLOSED)}}, still]}


def _combined(bounds: Bounds, others: Bounds) -> Bounds:
    """Return the intersection of two sets of bounds, without fields that have no bound."""
    combined: dict[str, Any] = {}
    for field in (*bounds, *others):
        lower, upper = zip(bounds.get(field, ("", "")), others.get(field, ("", "")), strict=True)
        combined[field] = (max(lower), min(filter(None, upper), default=""))
    return {field: both for field, both in combined.items() if any(both)}
