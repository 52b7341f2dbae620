"""Conform: turn Bronze into flat, typed Silver columns without personal fields; reject invalid changes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import reduce
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from ..lake.schema import OPS, PRIORITIES, SILVER_TASKS, SILVER_USERS, STATUSES, LakeTable
from .rejects import reject, to_table

# The reason of a reject, and for each row whether the reason applies.
Problem = tuple[str, Any]

_SIDES = ("before", "after")
_MODULE = "dags/todo_insights/transform/conform.py"
_REMEDY = f"give it the name of a field in [records] of that file, or compute it in {_MODULE}"
# BSON has times after the year 9999, which Python cannot convert to the time zone of a user.
_EARLIEST = pa.scalar(datetime(1970, 1, 1, tzinfo=UTC), pa.timestamp("ms", tz="UTC"))
_LATEST = pa.scalar(datetime(2200, 1, 1, tzinfo=UTC), pa.timestamp("ms", tz="UTC"))


@dataclass(frozen=True)
class Silver:
    """The result of the step conform: the Silver rows of tasks and of users, and the rejects."""

    tasks: pa.Table
    users: pa.Table
    rejects: pa.Table


def conform(tasks: pa.Table, users: pa.Table) -> Silver:
    """Turn Bronze rows into Silver rows; every Bronze row becomes one Silver row or one reject."""
    good_tasks, bad_tasks = _split(tasks, _task_problems(tasks))
    good_users, bad_users = _split(users, _shared_problems(users))
    return Silver(
        tasks=_silver_tasks(good_tasks),
        users=_silver_users(good_users),
        rejects=pa.concat_tables([bad_tasks, bad_users]),
    )


def _split(rows: pa.Table, problems: list[Problem]) -> tuple[pa.Table, pa.Table]:
    bad = reduce(pc.or_, (mask for _, mask in problems))
    if not pc.any(bad).as_py():
        return rows, to_table([])
    # case_when chooses the first reason that applies to a row.
    conditions = pa.StructArray.from_arrays(
        [mask.combine_chunks() for _, mask in problems], names=[str(n) for n in range(len(problems))]
    )
    reasons = pc.case_when(conditions, *(pa.scalar(reason) for reason, _ in problems))
    refused = zip(rows.filter(bad).to_pylist(), reasons.filter(bad.combine_chunks()).to_pylist(), strict=True)
    return rows.filter(pc.invert(bad)), to_table(reject(row["change_id"], why, row) for row, why in refused)


def _task_problems(rows: pa.Table) -> list[Problem]:
    before, after = rows["before"], rows["after"]
    problems = _shared_problems(rows)
    for side, image in (("before", before), ("after", after)):
        there = pc.is_valid(image)
        status, due = pc.struct_field(image, "status"), pc.struct_field(image, "due_date")
        completed_at, created_at = (pc.struct_field(image, n) for n in ("completed_at", "created_at"))
        untimed = pc.and_(_is(status, "completed"), pc.is_null(completed_at))
        problems += [
            (f"unknown {side}.status", pc.and_(there, _not_in(status, STATUSES))),
            (
                f"unknown {side}.priority",
                pc.and_(there, _not_in(pc.struct_field(image, "priority"), PRIORITIES)),
            ),
            (f"{side}.due_date is no date", pc.and_(pc.is_valid(due), _not_valid(due, _to_date))),
            (f"{side} is completed without completed_at", untimed),
            (f"{side}.created_at is missing", pc.and_(there, pc.is_null(created_at))),
            (f"{side}.created_at is out of range", _out_of_range(created_at)),
            (f"{side}.completed_at is out of range", _out_of_range(completed_at)),
        ]
    return problems


def _shared_problems(rows: pa.Table) -> list[Problem]:
    op, before, after = rows["op"], pc.is_valid(rows["before"]), pc.is_valid(rows["after"])
    needs_after, needs_before = _not_in(op, ("deleted",)), _not_in(op, ("created", "restored"))
    return [
        ("unknown op", _not_in(op, OPS)),
        ("no after image", pc.and_(needs_after, pc.invert(after))),
        ("no before image", pc.and_(needs_before, pc.invert(before))),
        ("an after image where none belongs", pc.and_(pc.invert(needs_after), after)),
        ("a before image where none belongs", pc.and_(pc.invert(needs_before), before)),
        ("version is below 1", pc.less(rows["version"], 1)),
        ("_id contradicts entity, entity_id or version", pc.not_equal(rows["change_id"], _expected_id(rows))),
        ("unknown time_zone", _not_valid(rows["time_zone"], ZoneInfo)),
    ]


def _expected_id(rows: pa.Table) -> pa.ChunkedArray:
    """The id that the API gives to the change in each row, such as `task:<id of the task>:<version>`."""
    entity, entity_id = ("task", "task_id") if "task_id" in rows.column_names else ("user", "user_id")
    version = pc.cast(rows["version"], pa.string())
    return pc.binary_join_element_wise(entity, rows[entity_id], version, ":")


def _silver_tasks(rows: pa.Table) -> pa.Table:
    columns = _columns_by_name(rows, SILVER_TASKS)
    columns["due_date"] = pc.cast(columns["due_date"], pa.date32())
    return _table(columns, SILVER_TASKS)


def _silver_users(rows: pa.Table) -> pa.Table:
    columns = _columns_by_name(rows, SILVER_USERS)
    columns["email_masked"] = _masked(_newest(rows, "email"))
    return _table(columns, SILVER_USERS)


def _columns_by_name(rows: pa.Table, table: LakeTable) -> dict[str, Any]:
    """Find the values of each Silver column in Bronze, by the name of the column.

    If Bronze has a column with the same name, that column is copied. `status_after` is the field `status` of
    the image `after`. Any other name, such as `created_at`, is a field of the image `after`, or of the image
    `before` for a deletion, which has no image `after`.
    """
    fields = {each.name for each in rows.schema.field("after").type}
    columns = {}
    for name in table.columns.names:
        field, _, side = name.rpartition("_")
        if name in rows.column_names:
            columns[name] = rows[name]
        elif side in _SIDES and field in fields:
            columns[name] = pc.struct_field(rows[side], field)
        elif name in fields:
            columns[name] = _newest(rows, name)
    return columns


def _table(columns: dict[str, Any], table: LakeTable) -> pa.Table:
    table.check_computed(columns, _MODULE, _REMEDY)
    return pa.table([columns[name] for name in table.columns.names], schema=table.columns)


def _newest(rows: pa.Table, field: str) -> pa.ChunkedArray:
    """The field of the image `after`, or of the image `before` for a deletion, which has no image `after`."""
    before, after = (pc.struct_field(rows[side], field) for side in ("before", "after"))
    return pc.if_else(pc.is_valid(rows["after"]), after, before)


def _masked(email: pa.ChunkedArray) -> pa.ChunkedArray:
    """Mask e-mail addresses: `ada@example.com` becomes `a***@example.com`, any other text becomes `***`."""
    masked = pc.replace_substring_regex(email, r"(?s)^(.).*@", r"\1***@")
    return pc.if_else(pc.match_substring_regex(email, r"(?s)^.+@"), masked, "***")


def _is(values: pa.ChunkedArray, wanted: str) -> pa.ChunkedArray:
    return pc.fill_null(pc.equal(values, wanted), False)


def _not_in(values: pa.ChunkedArray, allowed: Iterable[str]) -> pa.ChunkedArray:
    return pc.invert(pc.is_in(values, value_set=pa.array(allowed, pa.string())))


def _out_of_range(moments: pa.ChunkedArray) -> pa.ChunkedArray:
    outside = pc.or_(pc.less(moments, _EARLIEST), pc.greater_equal(moments, _LATEST))
    return pc.fill_null(outside, False)


def _not_valid(values: pa.ChunkedArray, parse: Callable[[str], object]) -> pa.ChunkedArray:
    # An hour has few distinct dates and time zones, so each distinct value is checked once, in Python.
    return _not_in(values, [text for text in pc.unique(values).to_pylist() if _parses(text, parse)])


def _parses(text: str | None, parse: Callable[[str], object]) -> bool:
    try:
        return text is not None and parse(text) is not None
    except (ValueError, KeyError, OSError):
        # ZoneInfo raises a KeyError for an unknown name, a ValueError for a path outside of the time zone
        # database, and an OSError for a folder inside it.
        return False


def _to_date(text: str) -> date:
    parsed = date.fromisoformat(text)
    if parsed.isoformat() != text:
        raise ValueError(text)
    return parsed
