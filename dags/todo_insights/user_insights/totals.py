"""Totals: the sums of all parts of a user, from which the figures are computed (figures.py).

If a part changes, its old numbers are subtracted and its new numbers are added. So the cost of an update
depends on the size of the part, not on the number of days on which the user was active. The totals of the
same parts are equal, in whatever order the parts were added.

Numbers by date and cycle times are stored as text: signed little-endian numbers with 4 bytes each, in base64.
Lists and objects would take most of the time of a write-back, and the embedded database cannot store bytes.
"""

from array import array
from base64 import b64decode, b64encode
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Any

from ..lake.schema import DELTAS
from .parts import COUNTERS, OPEN, Part

# The largest number in 4 bytes. A cycle time of more than 68 years counts as 68 years in the median.
_MAX = 2**31 - 1
_COMPLETED = COUNTERS.index("tasks_completed")
_DELTAS = slice(COUNTERS.index(DELTAS[0]), None)
# Above this number of new cycle times, it is faster to sort all cycle times than to insert each.
_SORTED_AT_ONCE = 200


class PackedRows:
    """Rows of whole numbers, ordered by their first number, which is the key; rows of zeros are left out."""

    def __init__(self, width: int, packed: str = "") -> None:
        self._width = width
        self._numbers = _unpack(packed)

    def add(self, key: int, values: Sequence[int], sign: int) -> None:
        """Add the values, multiplied by `sign`, to the values of the row with this key."""
        rows = range(len(self._numbers) // self._width)
        first = bisect_left(rows, key, key=lambda row: self._numbers[row * self._width]) * self._width
        end = first + self._width
        if first < len(self._numbers) and self._numbers[first] == key:
            for position, value in enumerate(values, first + 1):
                self._numbers[position] += sign * value
            if not any(self._numbers[first + 1 : end]):
                del self._numbers[first:end]
        elif any(values):
            self._numbers[first:first] = array("i", [key, *(sign * value for value in values)])

    def pack(self) -> str:
        """Return all rows as text."""
        return _pack(self._numbers)

    def column(self, number: int) -> "array[int]":
        """Return one number of each row; column 0 has the keys."""
        return self._numbers[number :: self._width]


@dataclass
class Totals:
    """The sums of parts.

    counts       the numbers of COUNTERS
    cells        the numbers of live tasks by category, priority and status
    completions  by local date, as a number of `date.toordinal`: completions
    cycles       the cycle times of all completions in seconds, in ascending order
    months       by month of the local date (12 * year + month - 1): the numbers by which the live tasks
                 with each status have changed
    open         by UTC date of creation: the numbers of open tasks with each status of OPEN
    """

    counts: list[int]
    cells: dict[tuple[str | None, str, str], int]
    completions: PackedRows
    cycles: "array[int]"
    months: PackedRows
    open: PackedRows

    @classmethod
    def of(cls, document: Mapping[str, Any] | None = None) -> "Totals":
        """Return the totals in the document of a user, or totals of no part."""
        found = document or {"totals": {}}
        sums = found["totals"]
        return cls(
            counts=sums.get("counts", [0] * len(COUNTERS)),
            cells={(category, *names): count for category, *names, count in sums.get("cells", ())},
            completions=PackedRows(2, sums.get("completions", "")),
            cycles=_unpack(sums.get("cycles", "")),
            months=PackedRows(1 + len(DELTAS), found.get("live_by_month", "")),
            open=PackedRows(1 + len(OPEN), found.get("open_by_date", "")),
        )

    def document(self) -> dict[str, Any]:
        """Return the fields that store these totals; the API reads `live_by_month` and `open_by_date`."""
        return {
            "totals": {
                "counts": self.counts,
                "cells": [[*names, count] for names, count in self.cells.items()],
                "completions": self.completions.pack(),
                "cycles": _pack(self.cycles),
            },
            "live_by_month": self.months.pack(),
            "open_by_date": self.open.pack(),
        }

    def replace(self, old: Part, new: Part) -> None:
        """Subtract the numbers of the part `old`, and add those of `new`."""
        self._add(new, 1)
        self._add(old, -1)
        before, after = Counter(_cycle_times(old)), Counter(_cycle_times(new))
        for seconds in (before - after).elements():
            del self.cycles[bisect_left(self.cycles, seconds)]
        added = list((after - before).elements())
        if len(added) > _SORTED_AT_ONCE:
            self.cycles = array("i", sorted(chain(self.cycles, added)))
        else:
            for seconds in added:
                insort(self.cycles, seconds)

    def _add(self, part: Part, sign: int) -> None:
        for local_date, counts in part["days"].items():
            self.counts = [total + sign * count for total, count in zip(self.counts, counts, strict=True)]
            day = date.fromisoformat(local_date)
            self.completions.add(day.toordinal(), [counts[_COMPLETED]], sign)
            self.months.add(12 * day.year + day.month - 1, counts[_DELTAS], sign)
        for category, priority, status, count in part["cells"]:
            key = category, priority, status
            if total := self.cells.get(key, 0) + sign * count:
                self.cells[key] = total
            else:
                self.cells.pop(key, None)
        for created_on, status, count in part["open"]:
            values = [count if status == each else 0 for each in OPEN]
            self.open.add(date.fromisoformat(created_on).toordinal(), values, sign)


def _cycle_times(part: Part) -> Iterator[int]:
    return (max(min(seconds, _MAX), -_MAX) for of_date in part["cycles"].values() for seconds in of_date)


def _pack(numbers: "array[int]") -> str:
    # MWAA has x86-64 or arm64 processors; both are little-endian.
    return b64encode(numbers).decode()


def _unpack(packed: str) -> "array[int]":
    return array("i", b64decode(packed))
