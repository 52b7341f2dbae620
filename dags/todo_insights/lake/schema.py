"""Every table of the lake: columns, order of rows, and the shape of a change at its source."""

from dataclasses import dataclass, replace

import pyarrow as pa

SCHEMA_VERSION = 1
_HOURLY = ("dt", "hour")
_DAILY = ("dt",)

OPS = ("created", "updated", "deleted", "restored")
STATUSES = ("pending", "in_progress", "completed", "cancelled")
PRIORITIES = ("low", "medium", "high", "urgent")
NO_CATEGORY = "(none)"

# Silver and Gold never hold these; a reject's raw text leaves them out as well.
PERSONAL_FIELDS = frozenset({"title", "description", "tags", "email", "name"})

_TEXT = pa.string()
_MOMENT = pa.timestamp("ms", tz="UTC")
_COUNT = pa.int64()

TASK_IMAGE = pa.struct(
    {
        "_id": _TEXT,
        "user_id": _TEXT,
        "title": _TEXT,
        "description": _TEXT,
        "status": _TEXT,
        "priority": _TEXT,
        "category": _TEXT,
        "tags": pa.list_(_TEXT),
        "due_date": _TEXT,
        "created_at": _MOMENT,
        "updated_at": _MOMENT,
        "completed_at": _MOMENT,
        "version": _COUNT,
    }
)
USER_IMAGE = pa.struct(
    {
        "_id": _TEXT,
        "email": _TEXT,
        "name": _TEXT,
        "time_zone": _TEXT,
        "created_at": _MOMENT,
        "updated_at": _MOMENT,
        "version": _COUNT,
    }
)
_ANY_IMAGE = pa.struct({field.name: field.type for image in (TASK_IMAGE, USER_IMAGE) for field in image})

# One pass over the log reads both entities, so an image here has the fields of either.
SOURCE = pa.schema(
    {
        "_id": _TEXT,
        "entity": _TEXT,
        "entity_id": _TEXT,
        "user_id": _TEXT,
        "version": _COUNT,
        "op": _TEXT,
        "at": _MOMENT,
        "time_zone": _TEXT,
        "request_id": _TEXT,
        "schema_version": _COUNT,
        "before": _ANY_IMAGE,
        "after": _ANY_IMAGE,
    }
)

COUNTERS = (
    "changes",
    "tasks_created",
    "tasks_updated",
    "tasks_completed",
    "tasks_reopened",
    "tasks_deleted",
    "tasks_restored",
    "cycle_seconds_sum",
    "completed_on_time",
    "completed_late",
)
DELTAS = tuple(f"{status}_delta" for status in STATUSES)


@dataclass(frozen=True)
class LakeTable:
    """One table: where it lies, its columns, the columns its rows are sorted by, and its partitions' keys."""

    zone: str
    name: str
    columns: pa.Schema
    sorted_by: tuple[str, ...]
    partitioned_by: tuple[str, ...] = _HOURLY

    @property
    def physical(self) -> str:
        """The name in SQL: one Glue database cannot hold two tables called task_changes."""
        return f"{self.zone}_{self.name}"


def _bronze(entity: str, image: pa.DataType) -> LakeTable:
    columns: dict[str, pa.DataType] = {"change_id": _TEXT}
    if entity == "task":
        columns["task_id"] = _TEXT
    columns |= {"user_id": _TEXT, "version": _COUNT, "op": _TEXT, "at": _MOMENT, "time_zone": _TEXT}
    columns |= {"request_id": _TEXT, "before": image, "after": image}
    return LakeTable("bronze", f"{entity}_changes", pa.schema(columns), ("user_id", "at", "change_id"))


BRONZE_TASKS = _bronze("task", TASK_IMAGE)
BRONZE_USERS = _bronze("user", USER_IMAGE)
SILVER_TASKS = LakeTable(
    "silver",
    "task_changes",
    pa.schema(
        {
            "change_id": _TEXT,
            "task_id": _TEXT,
            "user_id": _TEXT,
            "version": _COUNT,
            "op": _TEXT,
            "at": _MOMENT,
            "time_zone": _TEXT,
            "status_before": _TEXT,
            "status_after": _TEXT,
            "priority_before": _TEXT,
            "priority_after": _TEXT,
            "category_before": _TEXT,
            "category_after": _TEXT,
            "due_date": pa.date32(),
            "created_at": _MOMENT,
            "completed_at": _MOMENT,
        }
    ),
    ("user_id", "at", "change_id"),
)
SILVER_USERS = LakeTable(
    "silver",
    "user_changes",
    pa.schema(
        {
            "change_id": _TEXT,
            "user_id": _TEXT,
            "version": _COUNT,
            "op": _TEXT,
            "at": _MOMENT,
            "time_zone": _TEXT,
            "email_masked": _TEXT,
            "created_at": _MOMENT,
        }
    ),
    ("user_id", "at", "change_id"),
)
SILVER_REJECTS = LakeTable(
    "silver",
    "rejects",
    pa.schema({"change_id": _TEXT, "reason": _TEXT, "raw": _TEXT}),
    ("change_id", "reason", "raw"),
)
GOLD_USERS = LakeTable(
    "gold",
    "user_activity",
    pa.schema(
        {"user_id": _TEXT, "local_date": pa.date32(), "account_delta": _COUNT}
        | dict.fromkeys((*COUNTERS, *DELTAS), _COUNT)
        | {"first_change_at": _MOMENT, "last_change_at": _MOMENT}
    ),
    ("user_id", "local_date"),
)
GOLD_CATEGORIES = LakeTable(
    "gold",
    "category_activity",
    pa.schema({"category": _TEXT, "priority": _TEXT} | dict.fromkeys((*COUNTERS, *DELTAS), _COUNT)),
    ("category", "priority"),
)


def _daily(table: LakeTable) -> LakeTable:
    return replace(table, name=f"{table.name}_daily", partitioned_by=_DAILY)


GOLD_USERS_DAILY = _daily(GOLD_USERS)
GOLD_CATEGORIES_DAILY = _daily(GOLD_CATEGORIES)

# One partition an hour, published together.
TABLES = (
    BRONZE_TASKS,
    BRONZE_USERS,
    SILVER_TASKS,
    SILVER_USERS,
    SILVER_REJECTS,
    GOLD_USERS,
    GOLD_CATEGORIES,
)
# A day's partition adds up that of its 24 hours, which stay; it goes as soon as one of them changes.
DAILY_OF = {GOLD_USERS: GOLD_USERS_DAILY, GOLD_CATEGORIES: GOLD_CATEGORIES_DAILY}
ALL_TABLES = (*TABLES, *DAILY_OF.values())
BY_NAME = {table.physical: table for table in ALL_TABLES}
