"""Aggregate: Silver to Gold in pandas. Each change becomes a Gold row of its own; Gold is their sum.

Sums of whole numbers do not depend on order or on where an hour is cut, so partial Golds add up exactly.
"""

from collections.abc import Iterable
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ..lake.schema import GOLD_CATEGORIES, GOLD_USERS, NO_CATEGORY, STATUSES, LakeTable


def user_activity(tasks: pa.Table, users: pa.Table) -> pa.Table:
    """gold.user_activity of these Silver rows: what each user did on each local date."""
    changes, accounts = _frame(tasks), _frame(users)
    rows = _counters(changes) | _deltas(changes, "after", 1)
    for name, delta in _deltas(changes, "before", -1).items():
        rows[name] = rows[name] + delta
    facts = [
        pd.DataFrame(_user_keys(changes) | rows | {"account_delta": 0}),
        pd.DataFrame(_user_keys(accounts) | dict.fromkeys(rows, 0) | {"account_delta": _gained(accounts)}),
    ]
    return _sum(pd.concat(facts), GOLD_USERS)


def category_activity(tasks: pa.Table) -> pa.Table:
    """gold.category_activity of these Silver rows.

    A task that changed its category or priority leaves one cell and enters another.
    """
    changes = _frame(tasks)
    is_deleted = changes["op"] == "deleted"
    counted = _cell(changes, "after").where(~is_deleted, _cell(changes, "before"))
    counters = _counters(changes)
    left = _cell(changes, "before").assign(**dict.fromkeys(counters, 0), **_deltas(changes, "before", -1))
    entered = counted.assign(**counters, **_deltas(changes, "after", 1))
    return _sum(pd.concat([left[changes["status_before"].notna()], entered]), GOLD_CATEGORIES)


def add_up(parts: Iterable[pa.Table], table: LakeTable) -> pa.Table:
    """The Gold of an hour from the Golds of its slices."""
    return _sum(_frame(pa.concat_tables(parts)), table)


def _frame(rows: pa.Table) -> pd.DataFrame:
    for position, field in enumerate(rows.schema):
        if pa.types.is_date32(field.type):
            # pandas has no date type; midnights compare and group fast.
            rows = rows.set_column(position, field.name, pc.cast(rows[field.name], pa.timestamp("ms")))
    frame: pd.DataFrame = rows.to_pandas()
    return frame


def _user_keys(changes: pd.DataFrame) -> dict[str, pd.Series]:
    return {
        "user_id": changes["user_id"],
        "local_date": _local_date(changes["at"], changes["time_zone"]),
        "first_change_at": changes["at"],
        "last_change_at": changes["at"],
    }


def _gained(accounts: pd.DataFrame) -> pd.Series:
    return accounts["op"].map({"created": 1, "restored": 1, "deleted": -1, "updated": 0}).astype("int64")


def _counters(changes: pd.DataFrame) -> dict[str, pd.Series]:
    """The counters that both Gold tables have; add a counter of one table where that table is computed."""
    op, before, after = changes["op"], changes["status_before"], changes["status_after"]
    completed = (after == "completed") & (before != "completed") & (op != "restored")
    # Each completion is rounded down on its own, so that the sums of slices add up exactly.
    cycle = (changes["completed_at"] - changes["created_at"]).dt.total_seconds() // 1
    due = completed & changes["due_date"].notna()
    on_time = due & (_local_date(changes["completed_at"], changes["time_zone"]) <= changes["due_date"])
    flags = {
        "changes": op.notna(),
        "tasks_created": op == "created",
        "tasks_updated": op == "updated",
        "tasks_completed": completed,
        "tasks_reopened": (before == "completed") & after.notna() & (after != "completed"),
        "tasks_deleted": op == "deleted",
        "tasks_restored": op == "restored",
        "completed_on_time": on_time,
        "completed_late": due & ~on_time,
    }
    counts = {name: flag.astype("int64") for name, flag in flags.items()}
    return counts | {"cycle_seconds_sum": cycle.where(completed, 0).astype("int64")}


def _deltas(changes: pd.DataFrame, side: str, sign: int) -> dict[str, pd.Series]:
    status = changes[f"status_{side}"]
    return {f"{each}_delta": (status == each).astype("int64") * sign for each in STATUSES}


def _cell(changes: pd.DataFrame, side: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "category": _shown_category(changes[f"category_{side}"]),
            "priority": changes[f"priority_{side}"],
        }
    )


def _shown_category(categories: pd.Series) -> pd.Series:
    """The category as Gold names it: NO_CATEGORY without one, and in quotes if a person entered that text.

    A text that is already NO_CATEGORY in quotes gets one more pair, so that no two categories become one.
    """
    texts = (text for text in categories.unique() if text is not None)
    quoted = {text: f'"{text}"' for text in texts if text.strip('"') == NO_CATEGORY}
    return (categories.replace(quoted) if quoted else categories).fillna(NO_CATEGORY)


def local_times(moments: pd.Series, zones: pd.Series) -> pd.Series:
    """The wall clock time of each moment in its own time zone, in milliseconds without zone."""
    local = np.full(len(moments), "NaT", dtype="datetime64[ms]")
    for zone, rows in zones.groupby(zones, sort=False).indices.items():
        in_zone = moments.iloc[np.asarray(rows)].dt.tz_convert(ZoneInfo(str(zone))).dt.tz_localize(None)
        local[rows] = in_zone.to_numpy()
    return pd.Series(local, index=moments.index)


def _local_date(moments: pd.Series, zones: pd.Series) -> pd.Series:
    """The calendar date of each moment in its own time zone, as a midnight without zone."""
    local = local_times(moments, zones).to_numpy()
    return pd.Series(local.astype("datetime64[D]").astype("datetime64[ms]"), index=moments.index)


def _sum(facts: pd.DataFrame, table: LakeTable) -> pa.Table:
    table.check_computed(facts.columns, "transform/aggregate.py")
    gold = facts.groupby(list(table.sorted_by), sort=False, as_index=False).agg(dict(table.aggregates))
    columns = [pa.array(gold[field.name], from_pandas=True).cast(field.type) for field in table.columns]
    return pa.table(columns, schema=table.columns)
