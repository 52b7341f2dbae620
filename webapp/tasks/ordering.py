"""Finds the ranges of sort keys that form one page of tasks, in a list with one or two sort keys.

The caller passes a function that reads a range, so this module uses neither the database nor Flask.

A sort key ends with the id of the task, so two tasks never have the same key, and a page of a list with one
key is one range of this key (docs/decisions/0015). In a list with two keys, the tasks whose first keys differ
only in the id form a group, which is sorted by the second key. A page consists of the end of one group, some
complete groups, and the start of another group. So the page is read in at most three ranges.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import groupby
from operator import getitem
from typing import Any

from bson.raw_bson import RawBSONDocument

from webapp.tasks.sort_keys import AFTER

# The orders of a list, and the field of the unique sort key for each order.
SORTS = {
    "created_at": "_id",
    "updated_at": "keys.updated",
    "due_date": "keys.due",
    "priority": "keys.priority",
}
# The length of the creation time at the start of an id (UUIDv7): 12 hexadecimal digits and a hyphen.
TIME_LENGTH = 13

# The exclusive lower and upper bound of each field; an empty string means no bound.
Bounds = Mapping[str, tuple[str, str]]


@dataclass(frozen=True)
class TaskPage:
    """A page of tasks; `last` is the position of the last task if more tasks follow, else empty.

    With one sort key, the position of a task is this key. With two sort keys, the position is the group and
    the second key.
    """

    items: list[RawBSONDocument]
    last: tuple[str, ...]


@dataclass(frozen=True)
class SortKey:
    """A key that a list is sorted by; `direction` is 1 for ascending, -1 for descending."""

    field: str
    direction: int

    @classmethod
    def parse(cls, text: str) -> "SortKey":
        """Return the sort key for a name of SORTS, with `-` before the name for descending order."""
        return cls(SORTS[text.removeprefix("-")], -1 if text.startswith("-") else 1)

    def value(self, task: RawBSONDocument) -> str:
        """Return the value of this key in a task."""
        found: Any = reduce(getitem, self.field.split("."), task)
        return str(found)

    def group(self, task: RawBSONDocument) -> str:
        """Return the part of a task's key before the id, which all tasks of a group have in common."""
        key = self.value(task)
        return key[:TIME_LENGTH] if self.field == "_id" else key.rpartition("|")[0]

    def after(self, key: str) -> Bounds:
        """Return the bounds of the keys of all tasks that follow a key."""
        return {self.field: (key, "") if self.direction == 1 else ("", key)}

    def within(self, group: str) -> Bounds:
        """Return the bounds of the keys of a group: the tasks with the same value of this key."""
        return {self.field: (group, group + AFTER)}

    def after_group(self, group: str) -> Bounds:
        """Return the bounds of the keys of all tasks that follow a group."""
        return self.after(group + AFTER if self.direction == 1 else group)


# A function that reads the first tasks within bounds, in the order of a sort key. The last argument is the
# maximum number of tasks.
Read = Callable[[SortKey, Bounds, int], list[RawBSONDocument]]


def read_page(read: Read, keys: Sequence[SortKey], limit: int, after: tuple[str, ...]) -> TaskPage:
    """Read up to `limit` tasks in the order of one or two keys, from the start or after a position."""
    if len(keys) == 1:
        bounds = keys[0].after(after[0]) if after else {}
        found = read(keys[0], bounds, limit + 1)
    else:
        found = _read_groups(read, keys[0], keys[1], limit + 1, after)
    shown = found[:limit]
    last = _position(keys, shown[-1]) if len(found) > limit else ()
    return TaskPage(shown, last)


def _position(keys: Sequence[SortKey], task: RawBSONDocument) -> tuple[str, ...]:
    return (*(key.group(task) for key in keys[:-1]), keys[-1].value(task))


def _read_groups(
    read: Read, first: SortKey, second: SortKey, count: int, after: tuple[str, ...]
) -> list[RawBSONDocument]:
    found: list[RawBSONDocument] = []
    bounds: Bounds = {}
    if after:
        group, last = after
        found = read(second, {**first.within(group), **second.after(last)}, count)
        bounds = first.after_group(group)
    while missing := count - len(found):
        tasks = read(first, bounds, missing)
        if len(tasks) < missing:
            return found + _sorted_groups(tasks, first, second)
        # The last group may contain more tasks than were read.
        group = first.group(tasks[-1])
        found += _sorted_groups([task for task in tasks if first.group(task) != group], first, second)
        found += read(second, first.within(group), count - len(found))
        # The loop continues only if tasks of this group were deleted or moved since the first read.
        bounds = first.after_group(group)
    return found


def _sorted_groups(tasks: list[RawBSONDocument], first: SortKey, second: SortKey) -> list[RawBSONDocument]:
    """Sort the tasks of each group by the second key; the tasks are already sorted by the first key."""
    return [
        task
        for _, group in groupby(tasks, first.group)
        for task in sorted(group, key=second.value, reverse=second.direction == -1)
    ]
