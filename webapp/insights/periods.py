"""Computes a user's figures of a range of local dates, and the ages of the user's open tasks."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from statistics import median
from typing import Any

from webapp.database.connection import Document
from webapp.tasks.rules import STATUSES

EVENTS = ("changes", "created", "completed", "reopened", "deleted")
COUNTS = (*EVENTS, "completed_on_time", "completed_late")
# The age groups of the view backlog_ageing: lowest and highest age in days, None for no limit.
AGE_GROUPS = ((0, 6), (7, 29), (30, 89), (90, None))
_HOUR_COUNTS = ("changes", "created", "completed")
_SECONDS_PER_HOUR = 3600
_PERCENTILES = {"p10": 10, "p25": 25, "p75": 75, "p90": 90}


def summary(days: Sequence[Document]) -> dict[str, Any]:
    """Return the sums, the on-time rate and the cycle times of the given days."""
    sums = {name: sum(day[name] for day in days) for name in COUNTS}
    due = sums["completed_on_time"] + sums["completed_late"]
    return {
        "activity": {name: sums[name] for name in EVENTS},
        "completion_days": sum(day["completed"] > 0 for day in days),
        "completed_on_time": sums["completed_on_time"],
        "completed_late": sums["completed_late"],
        "on_time_rate": sums["completed_on_time"] / due if due else None,
        "cycle_hours": spread([seconds for day in days for seconds in day["cycle_seconds"]]),
    }


def spread(seconds: Sequence[int]) -> dict[str, Any]:
    """Return the median and percentiles of cycle times in hours, each None if there is no completion.

    A percentile is computed by nearest rank, as in the team report: the p-th percentile is the smallest time
    for which p % of the completions took at most this time. The median of an even number of completions is
    the average of the two middle times.
    """
    if not seconds:
        return {"completions": 0, "median": None, **dict.fromkeys(_PERCENTILES)}
    ordered = sorted(seconds)
    hours = {
        name: ordered[-(-len(ordered) * percent // 100) - 1] / _SECONDS_PER_HOUR
        for name, percent in _PERCENTILES.items()
    }
    return {"completions": len(ordered), "median": median(ordered) / _SECONDS_PER_HOUR, **hours}


def by_hour(days: Iterable[Document]) -> list[dict[str, int]]:
    """Return the number of changes by weekday and local hour: 168 entries, the first for Monday at 0."""
    sums: Counter[tuple[int, int, str]] = Counter()
    for day in days:
        weekday = date.fromisoformat(day["date"]).isoweekday()
        for hour, *counts in day["hours"]:
            for name, count in zip(_HOUR_COUNTS, counts, strict=True):
                sums[weekday, hour, name] += count
    return [
        {"weekday": weekday, "hour": hour, **{name: sums[weekday, hour, name] for name in _HOUR_COUNTS}}
        for weekday in range(1, 8)
        for hour in range(24)
    ]


def with_total(live: Mapping[str, int]) -> dict[str, int]:
    """Return the numbers of live tasks by status, and their sum as `total`."""
    return {**{status: live[status] for status in STATUSES}, "total": sum(live.values())}


def ages(open_by_date: Sequence[tuple[int, ...]], today: date) -> dict[str, Any]:
    """Return the ages of open tasks in days.

    `open_by_date` has a row for each UTC date of creation: the ordinal number of the date, and the numbers of
    tasks that are pending and in progress.
    """
    counts_by_age = [
        (max(today.toordinal() - created_on, 0), pending, in_progress)
        for created_on, pending, in_progress in open_by_date
    ]
    groups = []
    for first, last in AGE_GROUPS:
        chosen = [row for row in counts_by_age if first <= row[0] and (last is None or row[0] <= last)]
        pending, in_progress = sum(row[1] for row in chosen), sum(row[2] for row in chosen)
        groups.append(
            {
                "from_days": first,
                "to_days": last,
                "pending": pending,
                "in_progress": in_progress,
                "total": pending + in_progress,
            }
        )
    each = sorted(age for age, *counts in counts_by_age for _ in range(sum(counts)))
    return {
        "total": len(each),
        "median_days": (each[(len(each) - 1) // 2] + each[len(each) // 2]) / 2 if each else None,
        "oldest_days": each[-1] if each else None,
        "by_age": groups,
    }
