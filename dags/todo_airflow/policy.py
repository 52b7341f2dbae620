"""The policy of all DAGs: owner, retries, timeouts, pool, tags, first day, and the log line of a failure."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import structlog

# The change log contains no changes before this day.
FIRST_DAY = datetime(2026, 11, 1, tzinfo=UTC)
# The first scheduled hour if the configuration has no option [todo] start_date.
_FIRST_HOUR = "2026-11-21T00:00:00+00:00"
# The timeout of a task: a task that runs longer is assumed to hang, so Airflow stops and retries it. The
# largest slice takes one minute, a daily task takes some minutes.
_EXECUTION_TIMEOUT = timedelta(hours=1)
# The timeout of a run: a run that takes longer fails. This timeout leaves time for all retries of all tasks,
# one after the other.
RUN_TIMEOUT = timedelta(hours=12)


class Tag(StrEnum):
    """The tags by which users of Airflow's UI can filter DAGs."""

    TODO = "todo"
    INSIGHTS = "insights"
    UPKEEP = "upkeep"
    HOURLY = "hourly"
    DAILY = "daily"
    HISTORY = "history"


def tags(*chosen: Tag) -> list[str]:
    """The tags of a DAG: `todo`, and the chosen tags."""
    return [Tag.TODO.value, *(tag.value for tag in chosen)]


def start_date() -> datetime:
    """The start of the first hour for which Airflow schedules a run."""
    from airflow.sdk import conf

    return datetime.fromisoformat(conf.get("todo", "start_date", fallback=_FIRST_HOUR))


def publish_pool() -> str:
    """The pool of the tasks that publish partitions; in a pool with one slot, tasks run one at a time.

    The pool avoids conflicts between publications; the catalog alone decides which publication is newer.
    Without the option [todo] publish_pool, Airflow's default pool is used, because tasks of a pool that does
    not exist wait forever.
    """
    from airflow.sdk import conf

    return str(conf.get("todo", "publish_pool", fallback="default_pool"))


def slice_pool() -> str:
    """The pool of the tasks that read slices of the log; it limits the number of open database cursors.

    Without the option [todo] slice_pool, Airflow's default pool is used, for the reason in `publish_pool`.
    """
    from airflow.sdk import conf

    return str(conf.get("todo", "slice_pool", fallback="default_pool"))


def default_args() -> dict[str, Any]:
    """The default arguments of every task: owner, retries, timeout and the callback for failures."""
    return {
        "owner": "data-platform",
        "retries": 3,
        "retry_delay": timedelta(seconds=30),
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(minutes=15),
        "execution_timeout": _EXECUTION_TIMEOUT,
        "on_failure_callback": log_failure,
    }


def log_failure(context: Mapping[str, Any]) -> None:
    """Log in one line which task has failed after its last retry.

    The line contains only the class of the error; the log of the task has its message.
    """
    ti, error = context["ti"], context.get("exception")
    structlog.get_logger(__name__).error(
        f"{ti.dag_id}.{ti.task_id} has failed for good",
        component="airflow",
        operation=ti.task_id,
        status="error",
        run_id=context.get("run_id"),
        window=[_text(context.get(f"data_interval_{side}")) for side in ("start", "end")],
        metadata={
            "dag": ti.dag_id,
            "map_index": ti.map_index,
            "try": ti.try_number,
            "error": type(error).__name__ if isinstance(error, BaseException) else None,
        },
    )


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
