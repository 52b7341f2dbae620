"""Aggregate: compute Gold from Silver in pandas, as sums over rows that each describe one change.

Sums of whole numbers depend neither on the order of changes nor on the slices of an hour, so the Gold tables
of slices add up exactly. Text columns are categorical, because pandas compares and groups integers faster
than texts.
"""

from collections.abc import Iterable
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ..lake.schema import DELTAS, GOLD_CATEGORIES, GOLD_USERS, NO_CATEGORY, SILVER_TASKS, STATUSES, LakeTable

_UNUSED = ("change_id", "task_id", "version")
_TASK_COLUMNS = tuple(name for name in SILVER_TASKS.columns.names if name not in _UNUSED)
_USER_COLUMNS = ("user_id", "op", "at", "time_zone")


def aggregate(tasks: pa.Table, users: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Compute gold.user_activity and gold.category_activity from these Silver rows."""
    if not (tasks.num_rows or users.num_rows):
        # Without this shortcut, pandas takes 50 ms for tables without rows. In a product with few users, most
        # hours have no changes.
        return GOLD_USERS.columns.empty_table(), GOLD_CATEGORIES.columns.empty_table()
    changes, accounts = _frames(tasks.select(_TASK_COLUMNS), users.select(_USER_COLUMNS))
    counters, before, after = _counters(changes), _deltas(changes, "before", -1), _deltas(changes, "after", 1)
    return (
        _user_activity(changes, accounts, counters | _added(before, after)),
        _category_activity(changes, before, counters | after),
    )


def add_up(parts: Iterable[pa.Table], table: LakeTable) -> pa.Table:
    """Add up the rows of a Gold table that come from several slices of an hour."""
    (rows,) = _frames(pa.concat_tables(parts))
    return _table(_sum(rows, table), table)


def _user_activity(changes: pd.DataFrame, accounts: pd.DataFrame, sums: dict[str, pd.Series]) -> pa.Table:
    """Compute gold.user_activity: the counters of each user on each local date."""
    facts = [
        pd.DataFrame(_user_keys(changes) | sums),
        pd.DataFrame(_user_keys(accounts) | {"account_delta": _gained(accounts)}),
    ]
    return _total(facts, GOLD_USERS)


def _category_activity(
    changes: pd.DataFrame, left: dict[str, pd.Series], entered: dict[str, pd.Series]
) -> pa.Table:
    """Compute gold.category_activity: the counters of each cell, which is a pair of category and priority.

    A task that changed its category or priority leaves one cell and enters another.
    """
    before, after = _cell(changes, "before"), _cell(changes, "after")
    is_deleted = changes["op"] == "deleted"
    # A deletion is counted in the cell that the task leaves.
    counted = {name: after[name].where(~is_deleted, before[name]) for name in after}
    was_there = changes["status_before"].notna()
    facts = [
        pd.DataFrame(before | left)[was_there],
        pd.DataFrame(counted | entered),
    ]
    return _total(facts, GOLD_CATEGORIES)


def _frames(*tables: pa.Table) -> list[pd.DataFrame]:
    """Convert each table to a pandas frame.

    Text columns become categoricals. Columns with the same kind of text, such as category_before and
    category_after, have the same categories in all frames.
    """
    encoded = [_encoded(table) for table in tables]
    found: dict[str, list[pa.Array]] = {}
    for name, values in (item for columns in encoded for item in columns.items()):
        if pa.types.is_dictionary(values.type):
            found.setdefault(_kind(name), []).append(values.dictionary)
    texts = {kind: pc.unique(pa.chunked_array(each, pa.string())) for kind, each in found.items()}
    types = {kind: pd.CategoricalDtype(each.to_pandas()) for kind, each in texts.items()}

    def series(name: str, values: pa.Array) -> pd.Series:
        if not pa.types.is_dictionary(values.type):
            unchanged: pd.Series = values.to_pandas()
            return unchanged
        kind = _kind(name)
        # Null has the index -1, and so selects the last code of the array.
        codes = np.append(pc.index_in(values.dictionary, value_set=texts[kind]).to_numpy(), -1)
        codes = codes[pc.fill_null(values.indices, -1)]
        return pd.Series(pd.Categorical.from_codes(codes, dtype=types[kind]))

    return [
        pd.DataFrame({name: series(name, values) for name, values in columns.items()}, copy=False)
        for columns in encoded
    ]


def _encoded(table: pa.Table) -> dict[str, pa.Array]:
    """Prepare the columns for pandas: text is dictionary-encoded, and dates become timestamps at midnight.

    pandas has no type for dates.
    """
    columns = {}
    for name in table.column_names:
        values = table[name]
        if pa.types.is_string(values.type):
            values = values.dictionary_encode()
        elif pa.types.is_date32(values.type):
            values = pc.cast(values, pa.timestamp("ms"))
        columns[name] = values.combine_chunks()
    return columns


def _kind(name: str) -> str:
    """The kind of text in a column: `category` for category_before and category_after."""
    return name.removesuffix("_before").removesuffix("_after")


def _user_keys(changes: pd.DataFrame) -> dict[str, pd.Series]:
    return {
        "user_id": changes["user_id"],
        "local_date": _local_date(changes["at"], changes["time_zone"]),
        "first_change_at": changes["at"],
        "last_change_at": changes["at"],
    }


def _gained(accounts: pd.DataFrame) -> pd.Series:
    return accounts["op"].map({"created": 1, "restored": 1, "deleted": -1, "updated": 0}).astype("int8")


def _counters(changes: pd.DataFrame) -> dict[str, pd.Series]:
    """The counters of both Gold tables; `_user_activity` adds the counter of gold.user_activity alone."""
    op, before, after = changes["op"], changes["status_before"], changes["status_after"]
    completed = (after == "completed") & (before != "completed") & (op != "restored")
    due = changes[completed & changes["due_date"].notna()]
    on_time = _local_date(due["completed_at"], due["time_zone"]) <= due["due_date"]
    flags = {
        "changes": op.notna(),
        "tasks_created": op == "created",
        "tasks_updated": op == "updated",
        "tasks_completed": completed,
        "tasks_reopened": (before == "completed") & after.notna() & (after != "completed"),
        "tasks_deleted": op == "deleted",
        "tasks_restored": op == "restored",
        "completed_on_time": on_time.reindex(changes.index, fill_value=False),
        "completed_late": (~on_time).reindex(changes.index, fill_value=False),
    }
    counts = {name: flag.astype("int8") for name, flag in flags.items()}
    return counts | {"cycle_seconds_sum": _cycle_seconds(changes[completed]).reindex(op.index, fill_value=0)}


def _cycle_seconds(completed: pd.DataFrame) -> pd.Series:
    # Each cycle time is rounded down to whole seconds before summing, so that the sums of slices add up
    # exactly.
    cycle = completed["completed_at"] - completed["created_at"]
    return cycle.dt.as_unit("ms").astype("int64") // 1000


def _deltas(changes: pd.DataFrame, side: str, sign: int) -> dict[str, pd.Series]:
    status = changes[f"status_{side}"]
    return {f"{each}_delta": (status == each).astype("int8") * sign for each in STATUSES}


def _added(left: dict[str, pd.Series], right: dict[str, pd.Series]) -> dict[str, pd.Series]:
    return {name: left[name] + right[name] for name in DELTAS}


def _cell(changes: pd.DataFrame, side: str) -> dict[str, pd.Series]:
    return {
        "category": _shown_category(changes[f"category_{side}"]),
        "priority": changes[f"priority_{side}"],
    }


def _shown_category(categories: pd.Series) -> pd.Series:
    """The category in Gold: NO_CATEGORY for a task without a category.

    If a user entered the text NO_CATEGORY as a category, this category is shown in quotes. If the user
    entered this text in quotes, the category gets another pair of quotes, so that different categories stay
    different.
    """
    texts = categories.cat.categories
    shown = [f'"{text}"' if text.strip('"') == NO_CATEGORY else text for text in texts]
    return categories.cat.rename_categories(shown).cat.add_categories([NO_CATEGORY]).fillna(NO_CATEGORY)


def local_times(moments: pd.Series, zones: pd.Series) -> pd.Series:
    """Convert each moment to the local time of the zone in its row, to the second; `zones` is categorical."""
    # pandas converts each moment with slow Python code. Therefore each distinct second of a time zone is
    # converted only once: no time zone changes its offset within a second.
    seconds = moments.to_numpy("datetime64[ms]").astype("datetime64[s]")
    local = np.full(len(moments), "NaT", dtype="datetime64[s]")
    for code, zone in enumerate(zones.cat.categories):
        rows = np.flatnonzero(zones.cat.codes == code)
        positions, distinct = pd.factorize(seconds[rows])
        in_zone = pd.DatetimeIndex(distinct, tz="UTC").tz_convert(ZoneInfo(zone)).tz_localize(None)
        local[rows] = in_zone.to_numpy("datetime64[s]")[positions]
    return pd.Series(local, index=moments.index)


def _local_date(moments: pd.Series, zones: pd.Series) -> pd.Series:
    """The local date of each moment in the zone of its row, as a timestamp at midnight without time zone."""
    local = local_times(moments, zones).to_numpy()
    return pd.Series(local.astype("datetime64[D]").astype("datetime64[ms]"), index=moments.index)


def _total(facts: Iterable[pd.DataFrame], table: LakeTable) -> pa.Table:
    """Add up rows to a Gold table; each frame has the counters that one kind of change contributes."""
    sums = pd.concat([_sum(each, table) for each in facts], ignore_index=True)
    counters = [name for name in table.counters if name in sums]
    sums[counters] = sums[counters].fillna(0).astype("int64")
    return _table(_sum(sums, table), table)


def _sum(facts: pd.DataFrame, table: LakeTable) -> pd.DataFrame:
    groups = facts.groupby(list(table.sorted_by), sort=False, observed=True)
    names: dict[str, list[str]] = {}
    for name, how in table.aggregates.items():
        if name in facts:
            names.setdefault(how, []).append(name)
    # All counters have the same type, so they can be summed in one fast call.
    return pd.concat([groups[each].agg(how) for how, each in names.items()], axis=1).reset_index()


def _table(gold: pd.DataFrame, table: LakeTable) -> pa.Table:
    table.check_computed(gold.columns, "dags/todo_insights/transform/aggregate.py")
    columns = [pa.array(gold[field.name], from_pandas=True).cast(field.type) for field in table.columns]
    return pa.table(columns, schema=table.columns)
