"""Insights: the figures of each user, added up from the published hours. The API returns them unchanged."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from statistics import median
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ..lake.schema import DELTAS, PRIORITIES, STATUSES

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

GOLD_COLUMNS = ("user_id", "local_date", *_EVENTS.values(), *_PUNCTUALITY, *DELTAS)
SILVER_COLUMNS = (
    "user_id",
    "op",
    *(f"{name}_{side}" for name in ("status", "priority", "category") for side in ("before", "after")),
    "created_at",
    "completed_at",
)


def compute_insights(activity: pa.Table, changes: pa.Table) -> dict[str, Insights]:
    """The figures of each user in these rows of gold.user_activity and silver.task_changes, by user id.

    Rates are shares from 0 to 1, None where the divisor is zero. The order of rows does not matter.
    """
    totals = activity.group_by("user_id").aggregate([(name, "sum") for name in GOLD_COLUMNS[2:]])
    days, cells, cycles = _days(activity), _cells(changes), _cycle_seconds(changes)
    return {
        row["user_id"]: _insights_of(
            {name: row[f"{name}_sum"] for name in GOLD_COLUMNS[2:]},
            days.get(row["user_id"], []),
            cells.get(row["user_id"], []),
            cycles.get(row["user_id"], []),
        )
        for row in totals.to_pylist()
    }


def _insights_of(
    sums: Mapping[str, int], days: list[Insights], cells: list[Insights], cycles: list[int]
) -> Insights:
    live = {status: sums[delta] for status, delta in zip(STATUSES, DELTAS, strict=True)}
    total, on_time = sum(live.values()), sums["completed_on_time"]
    return {
        "tasks": live | {"total": total},
        "activity": {name: sums[column] for name, column in _EVENTS.items()},
        "completion_rate": share(live["completed"], total),
        "on_time_rate": share(on_time, on_time + sums["completed_late"]),
        "median_cycle_hours": median(cycles) / 3600 if cycles else None,
        "streaks": _streaks(date.fromisoformat(day["date"]) for day in days if day["completed"]),
        "by_category": _by_category(cells),
        "by_priority": [
            {"priority": each} | _live(cell for cell in cells if cell["priority"] == each)
            for each in PRIORITIES
        ],
        "days": days,
    }


def _days(activity: pa.Table) -> dict[str, list[Insights]]:
    """What each user did on each local date, in order of dates; dates without a task change are left out."""
    sums = activity.group_by(["user_id", "local_date"]).aggregate(
        [(column, "sum") for column in _EVENTS.values()]
    )
    found: dict[str, list[Insights]] = {}
    for row in sums.sort_by("local_date").to_pylist():
        if row["changes_sum"]:
            counts = {name: row[f"{column}_sum"] for name, column in _EVENTS.items()}
            found.setdefault(row["user_id"], []).append({"date": row["local_date"].isoformat()} | counts)
    return found


def _streaks(days: Iterable[date]) -> Insights:
    """The longest and the newest run of dates that follow each other, and the date the newest ends on."""
    longest = newest = 0
    until: date | None = None
    for day in days:
        newest = newest + 1 if until is not None and day == until + _DAY else 1
        longest, until = max(longest, newest), day
    return {"longest": longest, "newest": newest, "newest_until": until and until.isoformat()}


def _cells(changes: pa.Table) -> dict[str, list[Insights]]:
    """Each user's live tasks by category, priority and status: what entered a cell less what left it."""
    names = ["user_id", "category", "priority", "status"]
    sides = [
        pa.table(
            [
                changes["user_id"],
                *(changes[f"{name}_{side}"] for name in names[1:]),
                pa.repeat(pa.scalar(sign, pa.int64()), changes.num_rows),
            ],
            names=[*names, "sign"],
        )
        for side, sign in (("before", -1), ("after", 1))
    ]
    moves = pa.concat_tables(sides)
    sums = moves.filter(pc.is_valid(moves["status"])).group_by(names).aggregate([("sign", "sum")])
    found: dict[str, list[Insights]] = {}
    for row in sums.filter(pc.not_equal(sums["sign_sum"], 0)).to_pylist():
        found.setdefault(row["user_id"], []).append(row)
    return found


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
        counts[cell["status"]] += cell["sign_sum"]
    return counts | {"total": sum(counts.values())}


def completions(changes: pa.Table) -> pa.Table:
    """One row per completion: the user, and the whole seconds from the creation of the task."""
    is_done = pc.fill_null(pc.equal(changes["status_after"], "completed"), False)
    was_done = pc.fill_null(pc.equal(changes["status_before"], "completed"), False)
    counts = pc.and_(pc.and_not(is_done, was_done), pc.not_equal(changes["op"], "restored"))
    done = changes.filter(counts)
    seconds = pc.divide(pc.subtract(done["completed_at"], done["created_at"]).cast(pa.int64()), 1000)
    return pa.table({"user_id": done["user_id"], "seconds": seconds})


def share(part: int, whole: int) -> float | None:
    """A share from 0 to 1; None when the whole is zero."""
    return part / whole if whole else None


def _cycle_seconds(changes: pa.Table) -> dict[str, list[int]]:
    """Each user's whole seconds from creation to completion, one for each completion."""
    lists = completions(changes).group_by("user_id").aggregate([("seconds", "list")])
    return dict(zip(lists["user_id"].to_pylist(), lists["seconds_list"].to_pylist(), strict=True))
