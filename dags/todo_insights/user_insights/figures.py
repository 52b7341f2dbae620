"""Insights: compute the figures of a user from the user's parts (parts.py); the API returns these figures."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import median
from typing import Any

from ..lake.schema import DELTAS, PRIORITIES, STATUSES
from .parts import COUNTERS, EVENTS, OPEN, PUNCTUALITY, Part

Insights = dict[str, Any]

_DAY = timedelta(days=1)
# The maximum number of categories in a document, so that a document stays far below the limit of 16 MB.
MAX_CATEGORIES = 100


@dataclass
class _Sums:
    """The sum of parts: counters, hours and cycle times by local date, and numbers of live tasks."""

    days: dict[str, list[int]] = field(default_factory=dict)
    hours: dict[str, dict[int, list[int]]] = field(default_factory=dict)
    cycles: dict[str, list[int]] = field(default_factory=dict)
    cells: Counter[tuple[str | None, str, str]] = field(default_factory=Counter)
    open: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, part: Part) -> None:
        """Add the numbers of a part to the sums."""
        for day, counts in part["days"].items():
            _add(counts, self.days, day)
        for day, rows in part["hours"].items():
            hours = self.hours.setdefault(day, {})
            for hour, *counts in rows:
                _add(counts, hours, hour)
        for day, seconds in part["cycles"].items():
            self.cycles.setdefault(day, []).extend(seconds)
        for category, priority, status, sign in part["cells"]:
            self.cells[category, priority, status] += sign
        for created_on, status, sign in part["open"]:
            self.open[created_on, status] += sign


def _add(counts: list[int], sums: dict[Any, list[int]], key: Any) -> None:
    # The figures of a user with years of changes are sums of thousands of lists. Counters would take longer.
    known = sums.get(key)
    sums[key] = counts if known is None else [a + b for a, b in zip(known, counts, strict=True)]


def insights_of(parts: Iterable[Part]) -> Insights:
    """Compute the figures of the user to whom these parts belong.

    Rates are shares from 0 to 1; a rate is None if its divisor is zero.
    """
    sums = _Sums()
    for part in parts:
        sums.add(part)
    counts = Counter(dict(zip(COUNTERS, map(sum, zip(*sums.days.values(), strict=True)), strict=False)))
    live = {status: counts[delta] for status, delta in zip(STATUSES, DELTAS, strict=True)}
    total, on_time = sum(live.values()), counts["completed_on_time"]
    cycles = [seconds for of_day in sums.cycles.values() for seconds in of_day]
    days = _days(sums)
    cells = [
        {"category": category, "priority": priority, "status": status, "tasks": count}
        for (category, priority, status), count in sums.cells.items()
        if count
    ]
    return {
        "tasks": live | {"total": total},
        "activity": {name: counts[column] for name, column in EVENTS.items()},
        "completion_rate": share(live["completed"], total),
        "on_time_rate": share(on_time, on_time + counts["completed_late"]),
        "median_cycle_hours": median(cycles) / 3600 if cycles else None,
        "streaks": _streaks(date.fromisoformat(day["date"]) for day in days if day["completed"]),
        "by_category": _by_category(cells),
        "by_priority": [
            {"priority": each} | _live(cell for cell in cells if cell["priority"] == each)
            for each in PRIORITIES
        ],
        "open_by_date": _open_by_date(sums.open),
        "days": days,
    }


def share(part: int, whole: int) -> float | None:
    """The part divided by the whole, from 0 to 1; None when the whole is zero."""
    return part / whole if whole else None


def _days(sums: _Sums) -> list[Insights]:
    """The activity of the user on each local date, in order; dates without a task change are left out.

    `tasks` are the live tasks at the end of the date. `hours` are the changes, creations and completions in
    each local hour with changes. `cycle_seconds` is the cycle time of each completion in whole seconds.
    """
    found: list[Insights] = []
    live = dict.fromkeys(STATUSES, 0)
    for day, row in sorted(sums.days.items()):
        counts = dict(zip(COUNTERS, row, strict=True))
        live = {status: live[status] + counts[f"{status}_delta"] for status in STATUSES}
        if counts["changes"]:
            found.append(
                {
                    "date": day,
                    **{name: counts[column] for name, column in EVENTS.items()},
                    **{name: counts[name] for name in PUNCTUALITY},
                    "tasks": live,
                    "hours": [
                        {"hour": hour, "changes": changes, "created": created, "completed": completed}
                        for hour, (changes, created, completed) in sorted(sums.hours.get(day, {}).items())
                    ],
                    "cycle_seconds": sorted(sums.cycles.get(day, ())),
                }
            )
    return found


def _streaks(days: Iterable[date]) -> Insights:
    """The lengths of the longest and the newest streak of consecutive dates, and the newest date."""
    longest = newest = 0
    until: date | None = None
    for day in days:
        newest = newest + 1 if until is not None and day == until + _DAY else 1
        longest, until = max(longest, newest), day
    return {"longest": longest, "newest": newest, "newest_until": until and until.isoformat()}


def _open_by_date(moves: Counter[tuple[str, str]]) -> list[Insights]:
    """The number of open tasks by the UTC date of their creation, in order of dates."""
    dates = sorted({created_on for (created_on, _), count in moves.items() if count})
    return [{"created_on": day, **{status: moves[day, status] for status in OPEN}} for day in dates]


def _by_category(cells: list[Insights]) -> list[Insights]:
    """The categories with live tasks, the largest number of tasks first, then by name.

    The name None stands for tasks without a category.
    """
    found: dict[str | None, list[Insights]] = {}
    for cell in cells:
        found.setdefault(cell["category"], []).append(cell)
    rows: list[Insights] = [{"category": name} | _live(members) for name, members in found.items()]
    rows.sort(key=lambda row: (-row["total"], row["category"] is None, row["category"] or ""))
    return rows[:MAX_CATEGORIES]


def _live(cells: Iterable[Insights]) -> Insights:
    counts = dict.fromkeys(STATUSES, 0)
    for cell in cells:
        counts[cell["status"]] += cell["tasks"]
    return counts | {"total": sum(counts.values())}
