"""Insights: compute the figures of a user, which the API returns, from the user's totals (totals.py)."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from ..lake.schema import DELTAS, PRIORITIES, STATUSES
from .completions import DailyCompletions
from .parts import COUNTERS, EVENTS
from .totals import Totals

Insights = dict[str, Any]

# The maximum number of categories in a document, so that a document stays far below the limit of 16 MB.
MAX_CATEGORIES = 100


def insights_of(totals: Totals) -> Insights:
    """Compute the figures of the user to whom these totals belong.

    Rates are shares from 0 to 1; a rate is None if its divisor is zero.
    """
    counts = dict(zip(COUNTERS, totals.counts, strict=True))
    live = {status: counts[delta] for status, delta in zip(STATUSES, DELTAS, strict=True)}
    total, on_time = sum(live.values()), counts["completed_on_time"]
    cells = [
        {"category": category, "priority": priority, "status": status, "tasks": count}
        for (category, priority, status), count in totals.cells.items()
    ]
    return {
        "tasks": live | {"total": total},
        "activity": {name: counts[column] for name, column in EVENTS.items()},
        "completion_rate": share(live["completed"], total),
        "on_time_rate": share(on_time, on_time + counts["completed_late"]),
        "median_cycle_hours": totals.cycles.median_hours(),
        "streaks": _streaks(totals.completions),
        "by_category": _by_category(cells),
        "by_priority": [
            {"priority": each} | _live(cell for cell in cells if cell["priority"] == each)
            for each in PRIORITIES
        ],
    }


def share(part: int, whole: int) -> float | None:
    """The part divided by the whole, from 0 to 1; None when the whole is zero."""
    return part / whole if whole else None


def _streaks(completions: DailyCompletions) -> Insights:
    """The lengths of the longest and the newest streak of consecutive dates, and the newest date."""
    if not completions.text:
        return {"longest": 0, "newest": 0, "newest_until": None}
    streaks = completions.text.split("0")
    newest_until = date.fromordinal(completions.first + len(completions.text) - 1).isoformat()
    return {
        "longest": max(map(len, streaks)),
        "newest": len(streaks[-1]),
        "newest_until": newest_until,
    }


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
