"""Completions by local date, with one character for each date; streaks are computed from them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date

from .parts import COUNTERS, Part

_COMPLETED = COUNTERS.index("tasks_completed")
_ZERO = ord("0")
# The largest number that a character can have. The character after it would have to be escaped in JSON.
MOST = ord("[") - _ZERO


class DailyCompletions:
    """The numbers of completions of consecutive dates.

    `first` is the first date with completions, as a number of `date.toordinal`. `text` has a character for
    each date from `first` to the last date with completions: "0" for none, "1" for one, and so on up to "[",
    which stands for MOST or more. So the number of such a date is unknown after some of its completions are
    taken back. Then all numbers must be computed from the parts again.
    """

    def __init__(self, first: int = 0, text: str = "") -> None:
        self.first, self._numbers, self.is_complete = first, bytearray(text, "ascii"), True

    @classmethod
    def of(cls, parts: Iterable[Part]) -> "DailyCompletions":
        """Return the completions in these parts."""
        changes = Counter[int]()
        for part in parts:
            changes.update(_by_date(part))
        found = cls()
        found._add(changes)
        return found

    @property
    def text(self) -> str:
        """Return the numbers, with one character for each date."""
        return self._numbers.decode("ascii")

    def replace(self, old: Part, new: Part) -> None:
        """Subtract the completions of the part `old`, and add those of `new`."""
        changes = Counter(_by_date(new))
        changes.subtract(_by_date(old))
        self._add(changes)

    def _add(self, changes: Mapping[int, int]) -> None:
        for day, change in changes.items():
            if change:
                place = self._place(day)
                before = self._numbers[place] - _ZERO
                if change < 0 and before >= MOST:
                    self.is_complete = False
                self._numbers[place] = _ZERO + max(min(before + change, MOST), 0)
        started = self._numbers.lstrip(b"0")
        self.first = self.first + len(self._numbers) - len(started) if started else 0
        self._numbers = started.rstrip(b"0")

    def _place(self, day: int) -> int:
        if not self._numbers:
            self.first = day
        if day < self.first:
            self._numbers[:0] = b"0" * (self.first - day)
            self.first = day
        place = day - self.first
        self._numbers += b"0" * (place + 1 - len(self._numbers))
        return place


def _by_date(part: Part) -> dict[int, int]:
    return {date.fromisoformat(each).toordinal(): counts[_COMPLETED] for each, counts in part["days"].items()}
