"""Insights: the figures of each user, from what the user did on each UTC day; the API returns them.

A day's part holds counts of the published hours of that day. So the parts of several days add up in any
order, and a changed hour replaces the part of its day. A part has:

  days      by local date, the numbers of COUNTERS
  cells     category, priority, status, and how many live tasks entered less those that left
  cycles    the whole seconds from creation to completion of each completion, in order
  accounts  accounts registered or restored, less accounts deleted
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from statistics import median
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ..lake.schema import DELTAS, PRIORITIES, STATUSES

Part = dict[str, Any]
Insights = dict[str, Any]

_DAY = timedelta(days=1)
_EVENTS = {
    "changes": "changes",
    "created": "tasks_created",
    "completed": "tasks_completed",
    "reopened": "tasks_reopened",
    "deleted": "tasks_deleted",
}
_PUNCTUALITY = ("completed_on_time", "completed_late")
# Keeps a document far below the 16 MB limit of the database for any number of categories.
MAX_CATEGORIES = 100

COUNTERS = (*_EVENTS.values(), *_PUNCTUALITY, *DELTAS)

GOLD_COLUMNS = ("dt", "user_id", "local_date", "account_delta", *COUNTERS)
SILVER_COLUMNS = (
    "dt",
    "user_id",
    "op",
    *(f"{name}_{side}" for name in ("status", "priority", "category") for side in ("before", "after")),
    "created_at",
    "completed_at",
)


def parts_of(activity: pa.Table, changes: pa.Table) -> dict[str, dict[str, Part]]:
    """The parts in these rows of gold.user_activity and silver.task_changes, by user id and dt.

    The order of rows does not matter.
    """
    found: dict[str, dict[str, Part]] = {}
    sums = _sum_by(activity, ["user_id", "dt", "local_date"], ["account_delta", *COUNTERS])
    for row in sums.sort_by("local_date").to_pylist():
        part = _part(found, row)
        part["days"][row["local_date"].isoformat()] = [row[name] or 0 for name in COUNTERS]
        part["accounts"] += row["account_delta"] or 0
    for row in _cells(changes).to_pylist():
        cell = [row["category"], row["priority"], row["status"], row["sign"]]
        _part(found, row)["cells"].append(cell)
    for row in completions(changes).sort_by("seconds").to_pylist():
        _part(found, row)["cycles"].append(row["seconds"])
    for days in found.values():
        for part in days.values():
            part["cells"].sort(key=lambda cell: (cell[0] is not None, cell[0] or "", *cell[1:]))
    return found


def _part(found: dict[str, dict[str, Part]], row: Mapping[str, Any]) -> Part:
    empty = Part(days={}, cells=[], cycles=[], accounts=0)
    return found.setdefault(row["user_id"], {}).setdefault(row["dt"], empty)


def insights_of(parts: Iterable[Part]) -> Insights:
    """The figures of a user with these parts.

    Rates are shares from 0 to 1, None where the divisor is zero.
    """
    days: dict[str, list[int]] = {}
    moves: Counter[tuple[str | None, str, str]] = Counter()
    cycles: list[int] = []
    for part in parts:
        for day, counts in part["days"].items():
            days[day] = [sum(pair) for pair in zip(days.get(day, [0] * len(COUNTERS)), counts, strict=True)]
        for category, priority, status, sign in part["cells"]:
            moves[category, priority, status] += sign
        cycles += part["cycles"]
    cells = [
        {"category": category, "priority": priority, "status": status, "tasks": count}
        for (category, priority, status), count in moves.items()
        if count
    ]
    return _insights_of({day: days[day] for day in sorted(days)}, cells, cycles)


def _insights_of(days: Mapping[str, list[int]], cells: list[Insights], cycles: list[int]) -> Insights:
    sums = {name: sum(counts[place] for counts in days.values()) for place, name in enumerate(COUNTERS)}
    live = {status: sums[delta] for status, delta in zip(STATUSES, DELTAS, strict=True)}
    total, on_time = sum(live.values()), sums["completed_on_time"]
    shown = _days(days)
    return {
        "tasks": live | {"total": total},
        "activity": {name: sums[column] for name, column in _EVENTS.items()},
        "completion_rate": share(live["completed"], total),
        "on_time_rate": share(on_time, on_time + sums["completed_late"]),
        "median_cycle_hours": median(cycles) / 3600 if cycles else None,
        "streaks": _streaks(date.fromisoformat(day["date"]) for day in shown if day["completed"]),
        "by_category": _by_category(cells),
        "by_priority": [
            {"priority": each} | _live(cell for cell in cells if cell["priority"] == each)
            for each in PRIORITIES
        ],
        "days": shown,
    }


def _days(days: Mapping[str, list[int]]) -> list[Insights]:
    """What the user did on each local date, in order; dates without a task change are left out."""
    rows = ({"date": day, **dict(zip(_EVENTS, counts, strict=False))} for day, counts in days.items())
    return [row for row in rows if row["changes"]]


def _streaks(days: Iterable[date]) -> Insights:
    """The longest and the newest run of dates that follow each other, and the date the newest ends on."""
    longest = newest = 0
    until: date | None = None
    for day in days:
        newest = newest + 1 if until is not None and day == until + _DAY else 1
        longest, until = max(longest, newest), day
    return {"longest": longest, "newest": newest, "newest_until": until and until.isoformat()}


def _cells(changes: pa.Table) -> pa.Table:
    """Return the change in the number of live tasks by user, dt, category, priority and status.

    A task counts as 1 in the group of its state after a change, and as -1 in the group of its state before.
    """
    keys, names = ["user_id", "dt"], ["category", "priority", "status"]
    sides = [
        pa.table(
            [
                *(changes[key] for key in keys),
                *(changes[f"{name}_{side}"] for name in names),
                pa.repeat(pa.scalar(sign, pa.int64()), changes.num_rows),
            ],
            names=[*keys, *names, "sign"],
        )
        for side, sign in (("before", -1), ("after", 1))
    ]
    moves = pa.concat_tables(sides)
    sums = _sum_by(moves.filter(pc.is_valid(moves["status"])), [*keys, *names], ["sign"])
    return sums.filter(pc.not_equal(sums["sign"], 0))


def _sum_by(rows: pa.Table, keys: list[str], names: list[str]) -> pa.Table:
    sums = rows.group_by(keys).aggregate([(name, "sum") for name in names])
    return sums.select([*keys, *(f"{name}_sum" for name in names)]).rename_columns([*keys, *names])


def _by_category(cells: list[Insights]) -> list[Insights]:
    """The categories with live tasks, those with most tasks first, then by name; no category is None."""
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


def completions(changes: pa.Table) -> pa.Table:
    """One row per completion: user and dt, and the whole seconds from the creation of the task."""
    is_done = pc.fill_null(pc.equal(changes["status_after"], "completed"), False)
    was_done = pc.fill_null(pc.equal(changes["status_before"], "completed"), False)
    counts = pc.and_(pc.and_not(is_done, was_done), pc.not_equal(changes["op"], "restored"))
    done = changes.filter(counts)
    seconds = pc.divide(pc.subtract(done["completed_at"], done["created_at"]).cast(pa.int64()), 1000)
    return pa.table({"user_id": done["user_id"], "dt": done["dt"], "seconds": seconds})


def share(part: int, whole: int) -> float | None:
    """A share from 0 to 1; None when the whole is zero."""
    return part / whole if whole else None
