"""The eleven business metrics, computed from the published hours with the same rules as the SQL views."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from ..lake.catalog import Partition
from ..lake.days import physical_names, read_prefer_daily
from ..lake.schema import DELTAS, GOLD_CATEGORIES, GOLD_USERS, SILVER_TASKS, STATUSES
from ..lake.stores import Stores
from ..user_insights.figures import completions, share
from .publish import Metric

# ActiveUsers and MedianCycleHours cover this number of UTC days, today included.
RECENT_DAYS = 7
_HIGH = ("high", "urgent")
_PUNCTUALITY = ("completed_on_time", "completed_late")
_COMPLETION_COLUMNS = ("user_id", "op", "status_before", "status_after", "created_at", "completed_at")


def business_metrics(stores: Stores, now: datetime) -> list[Metric]:
    """The metrics of the business as of `now`; a metric that would divide by zero is left out.

    Raises StorageError when a published file is missing.
    """
    since = f"{now - timedelta(days=RECENT_DAYS - 1):%Y-%m-%d}"
    gold = stores.catalog.snapshot([*physical_names(GOLD_USERS), *physical_names(GOLD_CATEGORIES)])
    silver = stores.catalog.snapshot([SILVER_TASKS.physical], since)
    recent = [each for each in gold if each.dt >= since]
    found = _tasks(
        read_prefer_daily(GOLD_CATEGORIES, gold, ["priority", *DELTAS, *_PUNCTUALITY], stores.lake),
        users=_sum(read_prefer_daily(GOLD_USERS, gold, ["account_delta"], stores.lake)["account_delta"]),
    )
    found["ActiveUsers"] = _active(read_prefer_daily(GOLD_USERS, recent, ["user_id", "changes"], stores.lake))
    found["MedianCycleHours"] = _median_hours(
        stores.lake.read(SILVER_TASKS, list(_files(silver)), _COMPLETION_COLUMNS)
    )
    return [Metric(name, value) for name, value in found.items() if value is not None]


def _tasks(cells: pa.Table, users: int) -> dict[str, float | None]:
    live = {status: _sum(cells[delta]) for status, delta in zip(STATUSES, DELTAS, strict=True)}
    on_time, late = (_sum(cells[name]) for name in _PUNCTUALITY)
    high = cells.filter(pc.is_in(cells["priority"], value_set=pa.array(_HIGH)))
    total = sum(live.values())
    return {
        "TotalUsers": users,
        "TotalTasks": total,
        "PendingTasks": live["pending"],
        "InProgressTasks": live["in_progress"],
        "CompletedTasks": live["completed"],
        "HighPriorityTasks": sum(_sum(high[delta]) for delta in DELTAS),
        "TaskCompletionRate": share(live["completed"], total),
        "AverageTasksPerUser": share(total, users),
        "OnTimeRate": share(on_time, on_time + late),
    }


def _active(rows: pa.Table) -> int:
    # A registration alone is a row without a change of a task.
    worked = rows.filter(pc.greater(rows["changes"], 0))
    return int(pc.count_distinct(worked["user_id"]).as_py())


def _median_hours(changes: pa.Table) -> float | None:
    (median,) = pc.quantile(completions(changes)["seconds"], q=0.5).to_pylist()
    return None if median is None else float(median) / 3600


def _files(partitions: Iterable[Partition]) -> Iterable[tuple[str, str]]:
    return ((each.location, file.name) for each in partitions if each.row_count for file in each.files)


def _sum(column: pa.ChunkedArray) -> int:
    return int(pc.sum(column, min_count=0).as_py())
