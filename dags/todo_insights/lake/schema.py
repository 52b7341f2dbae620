"""The tables of the lake, read from tables.toml, and the fields of a change in the log."""

import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import pyarrow as pa

from ..core.errors import SchemaError

SCHEMA_VERSION = 1

OPS = ("created", "updated", "deleted", "restored")
STATUSES = ("pending", "in_progress", "completed", "cancelled")
PRIORITIES = ("low", "medium", "high", "urgent")
NO_CATEGORY = "(none)"
DELTAS = tuple(f"{status}_delta" for status in STATUSES)

# For each Athena type in tables.toml, the Arrow type of the columns in the Parquet files.
ARROW_TYPES: Mapping[str, pa.DataType] = MappingProxyType(
    {
        "string": pa.string(),
        "bigint": pa.int64(),
        "boolean": pa.bool_(),
        "date": pa.date32(),
        "timestamp": pa.timestamp("ms", tz="UTC"),
        "array<string>": pa.list_(pa.string()),
    }
)
TABLES_FILE = "dags/todo_insights/lake/tables.toml"
_DEFINITIONS: Mapping[str, Any] = tomllib.loads((files(__package__) / "tables.toml").read_text("utf-8"))


@dataclass(frozen=True)
class LakeTable:
    """One table: its zone, columns (without partition keys), sort order of files, and partition keys.

    In a Gold table, `aggregates` maps each column that is not a key to sum, min or max. `required` lists the
    columns that always have a value.
    """

    zone: str
    name: str
    columns: pa.Schema
    sorted_by: tuple[str, ...]
    partitioned_by: tuple[str, ...]
    aggregates: Mapping[str, str] = field(hash=False)
    required: frozenset[str]

    @property
    def physical(self) -> str:
        """The name in SQL, with the zone, because one Glue database has the tables of all zones."""
        return f"{self.zone}_{self.name}"

    @property
    def counters(self) -> tuple[str, ...]:
        """The columns of a Gold table whose values are added up."""
        return tuple(name for name, how in self.aggregates.items() if how == "sum")

    def check_computed(self, names: Collection[str], module: str, remedy: str = "") -> None:
        """Raise SchemaError unless a step computes exactly the columns of this table.

        `module` is the path of the step's file in the repository. The error for a missing column proposes
        `remedy`, by default to add the column to that file.
        """
        if missing := sorted({*self.columns.names} - {*names}):
            raise SchemaError(
                f"{self.physical}: {', '.join(missing)} is a column in {TABLES_FILE}, but {module} does not "
                f"compute it; {remedy or f'add it to {module}'}, or remove it from {TABLES_FILE}"
            )
        if unknown := sorted({*names} - {*self.columns.names}):
            raise SchemaError(
                f"{self.physical}: {module} computes {', '.join(unknown)}, which is no column of this table; "
                f"add it to {TABLES_FILE}, or do not compute it for this table in {module}"
            )


def _type_of(column: Mapping[str, Any]) -> pa.DataType:
    return _record(column["struct"]) if column["type"] == "struct" else ARROW_TYPES[column["type"]]


def _record(name: str) -> pa.StructType:
    return pa.struct({each["name"]: _type_of(each) for each in _DEFINITIONS["records"][name]["columns"]})


def _table(name: str) -> LakeTable:
    definition = _DEFINITIONS["tables"][name]
    columns = _DEFINITIONS["tables"][definition.get("daily_of", name)]["columns"]
    return LakeTable(
        zone=definition["zone"],
        name=definition["name"],
        columns=pa.schema({each["name"]: _type_of(each) for each in columns}),
        sorted_by=tuple(definition["sort_by"]),
        partitioned_by=tuple(definition["partition_by"]),
        aggregates=MappingProxyType({c["name"]: c["aggregate"] for c in columns if "aggregate" in c}),
        required=frozenset(each["name"] for each in columns if not each.get("nullable")),
    )


def _fields_marked(mark: str, records: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    return frozenset(column["name"] for record in records for column in record["columns"] if column.get(mark))


# The fields with personal data, which Silver and Gold never contain.
PERSONAL_FIELDS = _fields_marked("personal", _DEFINITIONS["records"].values())
# The fields that an erasure removes. The raw text of a reject never contains these fields.
ERASED_FIELDS = PERSONAL_FIELDS | _fields_marked("erased", _DEFINITIONS["records"].values())

TASK_IMAGE, USER_IMAGE = _record("task"), _record("user")
_ANY_IMAGE = pa.struct({field.name: field.type for image in (TASK_IMAGE, USER_IMAGE) for field in image})
_TEXT, _NUMBER, _TIME = (ARROW_TYPES[name] for name in ("string", "bigint", "timestamp"))
# The log is read once for both entities, so an image in this schema has the fields of tasks and of users.
SOURCE = pa.schema(
    {
        "_id": _TEXT,
        "entity": _TEXT,
        "entity_id": _TEXT,
        "user_id": _TEXT,
        "version": _NUMBER,
        "op": _TEXT,
        "at": _TIME,
        "time_zone": _TEXT,
        "request_id": _TEXT,
        "schema_version": _NUMBER,
        "before": _ANY_IMAGE,
        "after": _ANY_IMAGE,
    }
)

BRONZE_TASKS = _table("bronze_task_changes")
BRONZE_USERS = _table("bronze_user_changes")
SILVER_TASKS = _table("silver_task_changes")
SILVER_USERS = _table("silver_user_changes")
SILVER_REJECTS = _table("silver_rejects")
GOLD_USERS = _table("gold_user_activity")
GOLD_CATEGORIES = _table("gold_category_activity")

# The hourly tables, which have one partition per hour; all partitions of an hour are published together.
TABLES = (
    BRONZE_TASKS,
    BRONZE_USERS,
    SILVER_TASKS,
    SILVER_USERS,
    SILVER_REJECTS,
    GOLD_USERS,
    GOLD_CATEGORIES,
)
# The daily table of each hourly Gold table. A daily partition is the sum of the 24 hours of its day; the
# hourly partitions are kept.
DAILY_OF = {
    table: _table(f"{table.physical}_daily")
    for table in TABLES
    if f"{table.physical}_daily" in _DEFINITIONS["tables"]
}
# The hourly table of each daily table, by the physical name of the daily table.
HOURLY_OF = {daily.physical: hourly for hourly, daily in DAILY_OF.items()}
# A table with one partition per day and one row for each published hour; its rows are computed from the
# catalog.
GOLD_HOURS = _table("gold_hours")
ALL_TABLES = (*TABLES, *DAILY_OF.values(), GOLD_HOURS)
BY_NAME = {table.physical: table for table in ALL_TABLES}
