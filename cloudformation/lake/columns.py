"""Columns of the tables in Athena's types, which a contract test compares with what is written."""

from collections.abc import Mapping

HOURLY_KEYS: Mapping[str, str] = {"dt": "string", "hour": "string"}
DAILY_KEYS: Mapping[str, str] = {"dt": "string"}


def struct(fields: Mapping[str, str]) -> str:
    """Return the Athena type of a record with these fields, in this order."""
    return f"struct<{','.join(f'{name}:{kind}' for name, kind in fields.items())}>"


TASK_IMAGE = struct(
    {
        "_id": "string",
        "user_id": "string",
        "title": "string",
        "description": "string",
        "status": "string",
        "priority": "string",
        "category": "string",
        "tags": "array<string>",
        "due_date": "string",
        "created_at": "timestamp",
        "updated_at": "timestamp",
        "completed_at": "timestamp",
        "version": "bigint",
    }
)
USER_IMAGE = struct(
    {
        "_id": "string",
        "email": "string",
        "name": "string",
        "time_zone": "string",
        "created_at": "timestamp",
        "updated_at": "timestamp",
        "version": "bigint",
    }
)

_COUNTERS = {
    "changes": "bigint",
    "tasks_created": "bigint",
    "tasks_updated": "bigint",
    "tasks_completed": "bigint",
    "tasks_reopened": "bigint",
    "tasks_deleted": "bigint",
    "tasks_restored": "bigint",
    "cycle_seconds_sum": "bigint",
    "completed_on_time": "bigint",
    "completed_late": "bigint",
    "pending_delta": "bigint",
    "in_progress_delta": "bigint",
    "completed_delta": "bigint",
    "cancelled_delta": "bigint",
}

TABLES: Mapping[str, Mapping[str, str]] = {
    "bronze_task_changes": {
        "change_id": "string",
        "task_id": "string",
        "user_id": "string",
        "version": "bigint",
        "op": "string",
        "at": "timestamp",
        "time_zone": "string",
        "request_id": "string",
        "before": TASK_IMAGE,
        "after": TASK_IMAGE,
    },
    "bronze_user_changes": {
        "change_id": "string",
        "user_id": "string",
        "version": "bigint",
        "op": "string",
        "at": "timestamp",
        "time_zone": "string",
        "request_id": "string",
        "before": USER_IMAGE,
        "after": USER_IMAGE,
    },
    "silver_task_changes": {
        "change_id": "string",
        "task_id": "string",
        "user_id": "string",
        "version": "bigint",
        "op": "string",
        "at": "timestamp",
        "time_zone": "string",
        "status_before": "string",
        "status_after": "string",
        "priority_before": "string",
        "priority_after": "string",
        "category_before": "string",
        "category_after": "string",
        "due_date": "date",
        "created_at": "timestamp",
        "completed_at": "timestamp",
    },
    "silver_user_changes": {
        "change_id": "string",
        "user_id": "string",
        "version": "bigint",
        "op": "string",
        "at": "timestamp",
        "time_zone": "string",
        "email_masked": "string",
        "created_at": "timestamp",
    },
    "silver_rejects": {"change_id": "string", "reason": "string", "raw": "string"},
    "gold_user_activity": {
        "user_id": "string",
        "local_date": "date",
        "account_delta": "bigint",
        **_COUNTERS,
        "first_change_at": "timestamp",
        "last_change_at": "timestamp",
    },
    "gold_category_activity": {"category": "string", "priority": "string", **_COUNTERS},
}
# The same rows added up over the hours of a day.
DAILY_TABLES: Mapping[str, Mapping[str, str]] = {
    f"{name}_daily": TABLES[name] for name in ("gold_user_activity", "gold_category_activity")
}
