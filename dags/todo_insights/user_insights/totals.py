"""Totals: the sums of all parts of a user, from which the figures are computed (figures.py).

If a part changes, its old numbers are subtracted and its new numbers are added. So the cost of an update
depends on the size of the part, not on the number of days on which the user was active. The order in which
parts are added does not change the totals.

Cycle times and the numbers of tasks by month or date are stored as text: signed little-endian numbers with
4 bytes each, in base64. Lists and objects would take most of the time of a write-back, and the embedded
database cannot store bytes.
"""

from array import array
from base64 import b64decode, b64encode
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Any

from ..lake.schema import DELTAS
from .completions import DailyCompletions
from .parts import COUNTERS, OPEN, Part

# The largest number in 4 bytes. A cycle time of more than 68 years counts as 68 years in the median.
_MAX = 2**31 - 1
_DELTAS = slice(COUNTERS.index(DELTAS[0]), None)
_SECONDS_PER_HOUR = 3600
# The number of cycle times that are kept if there are more than twice as many. A change moves the median by
# half a position, so the median can be lost only after this number of changes. It must be at least 4.
KEPT = 256


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


class CycleTimes:
    """The cycle times of all completions in seconds, of which only those around the median are kept.

    `values` are in ascending order; `below` and `above` are the numbers of further cycle times, which are not
    greater or not smaller than all values. So a document does not grow with the number of completions. After
    many changes in one direction, the median is not among the values any more; then they must be set again.
    """

    def __init__(self, values: Iterable[int] = (), below: int = 0, above: int = 0) -> None:
        self.values, self.below, self.above = array("i", values), below, above

    @classmethod
    def of(cls, parts: Iterable[Part]) -> "CycleTimes":
        """Return the cycle times in these parts."""
        found = cls(sorted(chain.from_iterable(map(_cycle_times, parts))))
        found._shorten()
        return found

    @property
    def is_complete(self) -> bool:
        """Whether the median is known."""
        first, last = self._middle()
        return not self._count() or (first >= 0 and last < len(self.values))

    def median_hours(self) -> float | None:
        """Return the median in hours, which must be known; None without completions."""
        if not self._count():
            return None
        low, high = (self.values[position] for position in self._middle())
        return (low if low == high else (low + high) / 2) / _SECONDS_PER_HOUR

    def replace(self, old: Part, new: Part) -> None:
        """Remove the cycle times of the part `old`, and add those of `new`."""
        before, after = Counter(_cycle_times(old)), Counter(_cycle_times(new))
        for seconds in (before - after).elements():
            self._change(seconds, -1)
        for seconds in (after - before).elements():
            self._change(seconds, 1)
        self._shorten()

    def _change(self, seconds: int, sign: int) -> None:
        is_cut = self.below or self.above
        if is_cut and self.values and seconds < self.values[0]:
            self.below += sign
        elif is_cut and (not self.values or seconds > self.values[-1]):
            self.above += sign
        elif sign > 0:
            insort(self.values, seconds)
        else:
            del self.values[bisect_left(self.values, seconds)]

    def _count(self) -> int:
        return self.below + len(self.values) + self.above

    def _middle(self) -> tuple[int, int]:
        """Return the two positions whose average is the median; they are equal for an odd number."""
        count = self._count()
        return (count - 1) // 2 - self.below, count // 2 - self.below

    def _shorten(self) -> None:
        if len(self.values) > 2 * KEPT:
            first = min(max(self._middle()[0] - KEPT // 2, 0), len(self.values) - KEPT)
            self.below += first
            self.above += len(self.values) - first - KEPT
            self.values = self.values[first : first + KEPT]


@dataclass
class Totals:
    """The sums of parts.

    counts       the numbers of COUNTERS
    cells        the numbers of live tasks by category, priority and status
    completions  the numbers of completions by local date
    cycles       the cycle times of all completions
    months       by month of the local date (12 * year + month - 1): the numbers by which the live tasks
                 with each status have changed
    open         by UTC date of creation: the numbers of open tasks with each status of OPEN
    """

    counts: list[int]
    cells: dict[tuple[str | None, str, str], int]
    completions: DailyCompletions
    cycles: CycleTimes
    months: PackedRows
    open: PackedRows

    @classmethod
    def of(cls, parts: Collection[Part]) -> "Totals":
        """Return the sums of these parts."""
        totals = cls.read({"totals": {}})
        for part in parts:
            totals._add(part, 1)
        totals.complete(parts)
        return totals

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> "Totals":
        """Return the totals in the document of a user."""
        sums = document["totals"]
        return cls(
            counts=sums.get("counts", [0] * len(COUNTERS)),
            cells={(category, *names): count for category, *names, count in sums.get("cells", ())},
            completions=DailyCompletions(sums.get("completions_from", 0), sums.get("completions", "")),
            cycles=CycleTimes(
                _unpack(sums.get("cycles", "")), sums.get("cycles_below", 0), sums.get("cycles_above", 0)
            ),
            months=PackedRows(1 + len(DELTAS), document.get("live_by_month", "")),
            open=PackedRows(1 + len(OPEN), document.get("open_by_date", "")),
        )

    def document(self) -> dict[str, Any]:
        """Return the fields that store these totals; the API reads `live_by_month` and `open_by_date`."""
        return {
            "totals": {
                "counts": self.counts,
                "cells": [[*names, count] for names, count in self.cells.items()],
                "completions": self.completions.text,
                "completions_from": self.completions.first,
                "cycles": _pack(self.cycles.values),
                "cycles_below": self.cycles.below,
                "cycles_above": self.cycles.above,
            },
            "live_by_month": self.months.pack(),
            "open_by_date": self.open.pack(),
        }

    def replace(self, old: Part, new: Part) -> None:
        """Subtract the numbers of the part `old`, and add those of `new`."""
        self._add(new, 1)
        self._add(old, -1)
        self.completions.replace(old, new)
        self.cycles.replace(old, new)

    @property
    def is_complete(self) -> bool:
        """Whether the median and all numbers of completions are known."""
        return self.completions.is_complete and self.cycles.is_complete

    def complete(self, parts: Collection[Part]) -> None:
        """Compute the completions and cycle times from all parts."""
        self.completions, self.cycles = DailyCompletions.of(parts), CycleTimes.of(parts)

    def _add(self, part: Part, sign: int) -> None:
        for local_date, counts in part["days"].items():
            self.counts = [total + sign * count for total, count in zip(self.counts, counts, strict=True)]
            day = date.fromisoformat(local_date)
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
