"""Aggregate: compute Gold from Silver in pandas, as sums over changes.

Sums of whole numbers depend neither on the order of changes nor on the slices of an hour, so the Gold tables
of slices add up exactly. Text columns are categorical, because pandas compares and groups integers faster
than texts. Some columns decide which counters a change increases. Changes with equal values in these columns
are of one kind, and an hour has few kinds. So the counters are computed once for each kind, and multiplied by
the number of changes of this kind.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ..core.sort_keys import Numbers, sort_key
from ..lake.schema import DELTAS, GOLD_CATEGORIES, GOLD_USERS, NO_CATEGORY, SILVER_TASKS, STATUSES, LakeTable
from .local_time import local_dates

_UNUSED = ("change_id", "task_id", "version")
_TASK_COLUMNS = tuple(name for name in SILVER_TASKS.columns.names if name not in _UNUSED)
_USER_COLUMNS = ("user_id", "op", "at", "time_zone")
_ACCOUNT_DELTAS = {"created": 1, "restored": 1, "deleted": -1, "updated": 0}
# The columns that decide which counters a change increases.
_KIND = ("is_account", "op", "status_before", "status_after", "punctuality")
_CELLS = ("category_before", "category_after", "priority_before", "priority_after")


def aggregate(tasks: pa.Table, users: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Compute gold.user_activity and gold.category_activity from these Silver rows."""
    if not (tasks.num_rows or users.num_rows):
        # Without this shortcut, pandas takes 50 ms for tables without rows. In a product with few users, most
        # hours have no changes.
        return GOLD_USERS.columns.empty_table(), GOLD_CATEGORIES.columns.empty_table()
    both = [tasks.select(_TASK_COLUMNS), users.select(_USER_COLUMNS)]
    changes = _frame(pa.concat_tables(both, promote_options="default"))
    changes["is_account"] = np.arange(len(changes)) >= tasks.num_rows
    _add_completions(changes)
    changes["kind"] = _group_numbers(changes, _KIND)
    return _user_activity(changes), _category_activity(changes[: tasks.num_rows])


def add_up(parts: Iterable[pa.Table], table: LakeTable) -> pa.Table:
    """Add up the rows of a Gold table that come from several slices of an hour."""
    return _table(_sum(_frame(pa.concat_tables(parts)), table), table)


def _user_activity(changes: pd.DataFrame) -> pa.Table:
    """Compute gold.user_activity: the counters of each user on each local date."""
    kinds = changes.iloc[_first_rows(changes["kind"])][[*_KIND]]
    before, after = _deltas(kinds, "before", -1), _deltas(kinds, "after", 1)
    accounts = kinds["op"].map(_ACCOUNT_DELTAS).astype("int64") * kinds["is_account"]
    counters = pd.DataFrame(
        _counters(kinds)
        | {name: before[name] + after[name] for name in DELTAS}
        | {"account_delta": accounts},
        dtype="int64",
    )
    keys = ["user_id", "local_date"]
    group = _group_numbers(changes, keys)
    # The number of changes of each kind in each group. Group and kind are combined into one number, because
    # pandas counts the values of one column faster than pairs of values.
    sizes = pd.Series(group * len(counters) + changes["kind"]).value_counts(sort=False)
    pairs = sizes.index.to_numpy()
    sums = counters.take(pairs % len(counters)) * sizes.to_numpy()[:, None]
    groups = changes.groupby(group)
    found = changes[keys].iloc[_first_rows(group)].reset_index(drop=True)
    found["first_change_at"], found["last_change_at"] = groups["at"].min(), groups["at"].max()
    found["cycle_seconds_sum"] = groups["cycle_seconds_sum"].sum()
    found[counters.columns] = sums.groupby(pairs // len(counters)).sum()
    return _table(found, GOLD_USERS)


def _category_activity(changes: pd.DataFrame) -> pa.Table:
    """Compute gold.category_activity: the counters of each cell, which is a pair of category and priority.

    A task that changed its category or priority leaves one cell and enters another.
    """
    # An hour has few combinations of cells and kinds, so counters are computed once for each combination.
    group = _group_numbers(changes, [*_CELLS, "kind"])
    moves = changes[[*_CELLS, *_KIND]].iloc[_first_rows(group)].reset_index(drop=True)
    groups = changes.groupby(group)
    before, after = _cell(moves, "before"), _cell(moves, "after")
    is_deleted = moves["op"] == "deleted"
    # A deletion is counted in the cell that the task leaves.
    counted = {name: after[name].where(~is_deleted, before[name]) for name in after}
    left = pd.DataFrame(_deltas(moves, "before", -1)).mul(groups.size(), axis=0)
    entered = pd.DataFrame(_counters(moves) | _deltas(moves, "after", 1)).mul(groups.size(), axis=0)
    facts = [
        pd.DataFrame(before).join(left)[moves["status_before"].notna()],
        pd.DataFrame(counted).join(entered).assign(cycle_seconds_sum=groups["cycle_seconds_sum"].sum()),
    ]
    both = pd.concat(facts, ignore_index=True)
    counters = list(GOLD_CATEGORIES.counters)
    both[counters] = both[counters].fillna(0).astype("int64")
    return _table(_sum(both, GOLD_CATEGORIES), GOLD_CATEGORIES)


def _group_numbers(changes: pd.DataFrame, names: Sequence[str]) -> Numbers:
    """The group number of each row, from 0: rows that are equal in these columns are one group."""
    key = sort_key([_numbers(changes[name]) for name in names], len(changes))
    return np.asarray(pd.factorize(key)[0], np.int64)


def _numbers(values: pd.Series) -> Numbers:
    if isinstance(values.dtype, pd.CategoricalDtype):
        return np.asarray(values.cat.codes, np.int64)
    return values.to_numpy().astype(np.int64)


def _first_rows(group: Any) -> Numbers:
    """The position of the first row of each group, in the order of the groups."""
    group = np.asarray(group)
    first = np.empty(group.max(initial=-1) + 1, np.int64)
    # If a position is assigned several times, numpy keeps the last value, which here is the first row.
    first[group[::-1]] = np.arange(len(group))[::-1]
    return first


def _frame(table: pa.Table) -> pd.DataFrame:
    """Convert a table to a pandas frame: texts become categoricals, dates become timestamps at midnight.

    Columns with the same kind of text, such as category_before and category_after, have the same categories.
    """
    columns: dict[str, Any] = {}
    for field in table.schema:
        if pa.types.is_string(field.type):
            kind = _kind(field.name)
            names = [each for each in table.column_names if _kind(each) == kind]
            if field.name == names[0]:
                columns |= _categoricals(table.select(names))
        else:
            # pandas has no type for dates.
            is_date = pa.types.is_date32(field.type)
            values = table[field.name].cast(pa.timestamp("ms")) if is_date else table[field.name]
            columns[field.name] = values.to_pandas()
    return pd.DataFrame(columns, copy=False)


def _categoricals(texts: pa.Table) -> dict[str, pd.Series]:
    chunks = [chunk for column in texts.columns for chunk in column.chunks]
    # This call gives all chunks the same dictionary, so a text has the same code in all columns.
    encoded = pa.chunked_array(chunks, pa.string()).dictionary_encode().chunks
    categories: Any = encoded[0].dictionary.to_pandas() if encoded else []
    codes = np.concatenate([np.array([], np.int32), *(pc.fill_null(each.indices, -1) for each in encoded)])
    parts: Any = np.split(codes, len(texts.columns))
    return {
        name: pd.Series(pd.Categorical.from_codes(part, categories))
        for name, part in zip(texts.column_names, parts, strict=True)
    }


def _kind(name: str) -> str:
    """The kind of text in a column: `category` for category_before and category_after."""
    return name.removesuffix("_before").removesuffix("_after")


def _add_completions(changes: pd.DataFrame) -> None:
    """Add the local date of each change, and the cycle time and punctuality of completions.

    The cycle time of other changes is zero. Punctuality is 1 for a completion on time, 2 for a late one, and
    0 for any other change.
    """
    changes["local_date"] = local_dates(changes["at"], changes["time_zone"])
    done = np.flatnonzero(_is_completion(changes))
    created_at, completed_at, due_date = (
        changes[name].iloc[done] for name in ("created_at", "completed_at", "due_date")
    )
    cycle_seconds, punctuality = np.zeros((2, len(changes)), np.int64)
    # Each cycle time is rounded down to whole seconds before summing, so that the sums of slices add up
    # exactly.
    cycle_seconds[done] = (completed_at - created_at).dt.as_unit("ms").astype("int64") // 1000
    is_late = local_dates(completed_at, changes["time_zone"].iloc[done]) > due_date
    punctuality[done] = np.where(due_date.notna(), is_late + 1, 0)
    changes["cycle_seconds_sum"], changes["punctuality"] = cycle_seconds, punctuality


def _is_completion(changes: pd.DataFrame) -> pd.Series:
    before, after = changes["status_before"], changes["status_after"]
    return (after == "completed") & (before != "completed") & (changes["op"] != "restored")


def _counters(changes: pd.DataFrame) -> dict[str, pd.Series]:
    """The counters of task changes in both Gold tables, except the sum of cycle times."""
    is_task = ~changes["is_account"]
    op, before, after = changes["op"], changes["status_before"], changes["status_after"]
    return {
        "changes": is_task,
        "tasks_created": is_task & (op == "created"),
        "tasks_updated": is_task & (op == "updated"),
        "tasks_completed": _is_completion(changes),
        "tasks_reopened": (before == "completed") & after.notna() & (after != "completed"),
        "tasks_deleted": is_task & (op == "deleted"),
        "tasks_restored": is_task & (op == "restored"),
        "completed_on_time": changes["punctuality"] == 1,
        "completed_late": changes["punctuality"] == 2,
    }


def _deltas(changes: pd.DataFrame, side: str, sign: int) -> dict[str, pd.Series]:
    status = changes[f"status_{side}"]
    return {f"{each}_delta": (status == each).astype("int64") * sign for each in STATUSES}


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
