"""Parts: what each user did on each UTC day, from the published rows of that day.

A part contains counts of the published hours of its day. So the parts of several days can be added in any
order, and when an hour changes, the part of its day is replaced. A part has:

  days      by local date, the numbers of COUNTERS
  cells     category, priority, status, and the change in the number of live tasks on the day
  open      UTC date of creation, status (pending or in_progress), and the change in the number of open tasks
            on the day
  hours     by local date, for each local hour with changes: the hour, then changes, creations and completions
  cycles    by local date, the cycle time of each completion in whole seconds, in ascending order
  accounts  the number of accounts registered or restored, minus the number of accounts deleted
"""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ..lake.schema import DELTAS
from ..transform.local_time import local_times

Part = dict[str, Any]

# The version of the format of parts and totals. A document with another version was written by another
# release, so its parts and totals are computed again.
FORMAT = 3

EVENTS = {
    "changes": "changes",
    "created": "tasks_created",
    "completed": "tasks_completed",
    "reopened": "tasks_reopened",
    "deleted": "tasks_deleted",
}
PUNCTUALITY = ("completed_on_time", "completed_late")
COUNTERS = (*EVENTS.values(), *PUNCTUALITY, *DELTAS)
# Tasks with these statuses are open; age is defined only for open tasks.
OPEN = ("pending", "in_progress")

GOLD_COLUMNS = ("dt", "user_id", "local_date", "account_delta", *COUNTERS)
SILVER_COLUMNS = (
    *("dt", "user_id", "op", "at", "time_zone"),
    *(f"{name}_{side}" for name in ("status", "priority", "category") for side in ("before", "after")),
    "created_at",
    "completed_at",
)

_DAY_KEYS = ["user_id", "dt"]


def parts_of(activity: pa.Table, changes: pa.Table) -> dict[str, dict[str, Part]]:
    """Compute the parts from these rows of gold.user_activity and silver.task_changes, by user id and dt.

    The order of the rows does not matter.
    """
    found: dict[str, dict[str, Part]] = {}
    sums = _sum_by(activity, [*_DAY_KEYS, "local_date"], ["account_delta", *COUNTERS])
    for row in sums.sort_by("local_date").to_pylist():
        part = _part(found, row)
        part["days"][row["local_date"].isoformat()] = [row[name] or 0 for name in COUNTERS]
        part["accounts"] += row["account_delta"] or 0
    for row in _moves(changes, ["category", "priority", "status"]).to_pylist():
        cell = [row["category"], row["priority"], row["status"], row["sign"]]
        _part(found, row)["cells"].append(cell)
    changes = _with_dates(changes)
    for row in _open_moves(changes).to_pylist():
        _part(found, row)["open"].append([row["created_on"], row["status"], row["sign"]])
    for row in _hours(changes).sort_by([("local_date", "ascending"), ("hour", "ascending")]).to_pylist():
        counts = [row["hour"], row["changes"], row["created"], row["completed"]]
        _part(found, row)["hours"].setdefault(row["local_date"], []).append(counts)
    done = completions(changes, "local_date").sort_by([("local_date", "ascending"), ("seconds", "ascending")])
    for row in done.to_pylist():
        _part(found, row)["cycles"].setdefault(row["local_date"], []).append(row["seconds"])
    for days in found.values():
        for part in days.values():
            part["cells"].sort(key=lambda cell: (cell[0] is not None, cell[0] or "", *cell[1:]))
            part["open"].sort()
    return found


def completions(changes: pa.Table, *more: str) -> pa.Table:
    """One row per completion: user, dt, cycle time in whole seconds, and the additional columns `more`."""
    done = changes.filter(_is_completion(changes))
    seconds = pc.divide(pc.subtract(done["completed_at"], done["created_at"]).cast(pa.int64()), 1000)
    kept = {name: done[name] for name in (*_DAY_KEYS, *more)}
    return pa.table({**kept, "seconds": seconds})


def empty_part() -> Part:
    """The part of a user who did nothing on a day."""
    return Part(days={}, cells=[], open=[], hours={}, cycles={}, accounts=0)


def _part(found: dict[str, dict[str, Part]], row: Mapping[str, Any]) -> Part:
    return found.setdefault(row["user_id"], {}).setdefault(row["dt"], empty_part())


def _is_completion(changes: pa.Table) -> pa.ChunkedArray:
    is_done = pc.fill_null(pc.equal(changes["status_after"], "completed"), False)
    was_done = pc.fill_null(pc.equal(changes["status_before"], "completed"), False)
    return pc.and_(pc.and_not(is_done, was_done), pc.not_equal(changes["op"], "restored"))


def _with_dates(changes: pa.Table) -> pa.Table:
    """Add created_on (UTC date), and local_date and hour in the time zone that the user had at the change."""
    zones = changes["time_zone"].to_pandas().astype("category")
    local = pa.array(local_times(changes["at"].to_pandas(), zones), pa.timestamp("s"))
    created_on = changes["created_at"].cast(pa.timestamp("ms")).cast(pa.date32())
    return (
        changes.append_column("local_date", local.cast(pa.date32()).cast(pa.string()))
        .append_column("hour", pc.hour(local))
        .append_column("created_on", created_on.cast(pa.string()))
    )


def _moves(changes: pa.Table, names: list[str], shared: tuple[str, ...] = ()) -> pa.Table:
    """The change in the number of live tasks, grouped by user, dt, and the columns in `names` and `shared`.

    For a name in `names`, `changes` has two columns, such as status_before and status_after. A task counts as
    1 in the group of its values after the change, and as -1 in the group of its values before. For a name in
    `shared`, `changes` has one column, because a change does not alter this value.
    """
    keys = [*_DAY_KEYS, *shared]
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


def _open_moves(changes: pa.Table) -> pa.Table:
    # Grouped by UTC date, because the time zone of a user may differ between two changes of a task.
    moves = _moves(changes, ["status"], ("created_on",))
    return moves.filter(pc.is_in(moves["status"], value_set=pa.array(OPEN)))


def _hours(changes: pa.Table) -> pa.Table:
    """The numbers of changes, creations and completions of each user and dt, by local date and local hour."""
    keys = [*_DAY_KEYS, "local_date", "hour"]
    counted = {
        "changes": pa.repeat(pa.scalar(1, pa.int64()), changes.num_rows),
        "created": pc.equal(changes["op"], "created").cast(pa.int64()),
        "completed": _is_completion(changes).cast(pa.int64()),
    }
    return _sum_by(pa.table({**{key: changes[key] for key in keys}, **counted}), keys, list(counted))


def _sum_by(rows: pa.Table, keys: list[str], names: list[str]) -> pa.Table:
    sums = rows.group_by(keys).aggregate([(name, "sum") for name in names])
    return sums.select([*keys, *(f"{name}_sum" for name in names)]).rename_columns([*keys, *names])
