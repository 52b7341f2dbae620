"""The eleven business metrics, computed from the published hours with the same rules as the SQL views."""

from datetime import datetime, timedelta
from statistics import median

from ..catalog.stores import Stores
from ..core.database import Database
from ..lake.schema import DELTAS, STATUSES
from ..user_insights.day_totals import refresh, total
from ..user_insights.figures import share
from .publish import Metric
from .recent import recent_activity

# The number of UTC days, including today, that ActiveUsers and MedianCycleHours cover.
RECENT_DAYS = 7


def business_metrics(database: Database, stores: Stores, now: datetime) -> list[Metric]:
    """The metrics of the business as of `now`; a metric that would divide by zero is left out.

    Raises StorageError when a published file is missing.
    """
    refresh((), database, stores, now)
    sums = total(database)
    recent = recent_activity(f"{now - timedelta(days=RECENT_DAYS - 1):%Y-%m-%d}", database, stores)
    found = _levels(sums) | {
        "ActiveUsers": len(recent.active_users),
        "MedianCycleHours": median(recent.cycle_seconds) / 3600 if recent.cycle_seconds else None,
    }
    return [Metric(name, value) for name, value in found.items() if value is not None]


def _levels(sums: dict[str, int]) -> dict[str, float | None]:
    live = {status: sums[delta] for status, delta in zip(STATUSES, DELTAS, strict=True)}
    tasks, users = sum(live.values()), sums["accounts"]
    return {
        "TotalUsers": users,
        "TotalTasks": tasks,
        "PendingTasks": live["pending"],
        "InProgressTasks": live["in_progress"],
        "CompletedTasks": live["completed"],
        "HighPriorityTasks": sums["high_priority"],
        "TaskCompletionRate": share(live["completed"], tasks),
        "AverageTasksPerUser": share(tasks, users),
        "OnTimeRate": share(sums["completed_on_time"], sums["completed_on_time"] + sums["completed_late"]),
    }
