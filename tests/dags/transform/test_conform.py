from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.dags.change_log import NOON, Document, change, created, deleted, silver, task, updated, user
from todo_insights.lake.schema import BRONZE_TASKS, BRONZE_USERS, PERSONAL_FIELDS, SILVER_TASKS, SILVER_USERS
from todo_insights.transform.conform import conform

CONTRADICTION = "_id contradicts entity, entity_id or version"


def test_task_change_becomes_a_flat_row() -> None:
    before = task(status="pending", priority="low", category="home", due_date="2026-11-21")
    done = updated(before, status="completed", completed_at=NOON, category=None, priority="high")
    (row,) = silver(done).tasks.to_pylist()
    expected = {
        "change_id": "task:t1:2",
        "task_id": "t1",
        "user_id": "ada",
        "version": 2,
        "op": "updated",
        "at": NOON,
        "time_zone": "UTC",
        "status_before": "pending",
        "status_after": "completed",
        "priority_before": "low",
        "priority_after": "high",
        "category_before": "home",
        "category_after": None,
        "due_date": date(2026, 11, 21),
        "created_at": NOON,
        "completed_at": NOON,
    }
    assert row.keys() == expected.keys(), (
        "the columns of silver_task_changes in dags/todo_insights/lake/tables.toml differ from `expected` in "
        "tests/dags/transform/test_conform.py"
    )
    assert row == expected


def test_delete_has_values_of_image_before() -> None:
    (row,) = silver(deleted(task(due_date="2026-12-01"))).tasks.to_pylist()
    assert (row["due_date"], row["created_at"], row["status_after"]) == (date(2026, 12, 1), NOON, None)


@pytest.mark.parametrize(
    ("email", "masked"),
    [
        ("ada@example.com", "a***@example.com"),
        ("a@example.com", "a***@example.com"),
        ('"a@b"@example.com', '"***@example.com'),
        ("no address", "***"),
        ("@example.com", "***"),
        ("two\nlines@example.com", "t***@example.com"),
        (None, None),
    ],
)
def test_email_is_masked(email: str | None, masked: str | None) -> None:
    (row,) = silver(created(user(email=email))).users.to_pylist()
    assert row["email_masked"] == masked


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (change("archived", task(), task()), "unknown op"),
        (change("created", None, None, entity_id="x", user_id="u"), "no after image"),
        (change("updated", None, task()), "no before image"),
        (change("deleted", None, None, entity_id="x", user_id="u"), "no before image"),
        (change("deleted", task(), task()), "an after image where none belongs"),
        (change("created", task(), task()), "a before image where none belongs"),
        (change("restored", task(), task()), "a before image where none belongs"),
        (created(task(), version=0), "version is below 1"),
        (created(task(), entity_id="t2"), CONTRADICTION),
        (created(task(), _id="task:t1:2"), CONTRADICTION),
        (created(task(), _id="user:t1:1"), CONTRADICTION),
        (created(user(), _id="user:ada:1:1"), CONTRADICTION),
        (created(user(), user_id="bob"), CONTRADICTION),
        (created(task(), time_zone="Mars/Olympus"), "unknown time_zone"),
        (created(task(), time_zone="../etc"), "unknown time_zone"),
        (created(task(), time_zone=""), "unknown time_zone"),
        (created(task(), time_zone=None), "unknown time_zone"),
        (created(task(status="done")), "unknown after.status"),
        (created(task(status=None)), "unknown after.status"),
        (updated(task(priority="meh"), priority="low"), "unknown before.priority"),
        (created(task(due_date="2026-02-30")), "after.due_date is no date"),
        (created(task(due_date="20260220")), "after.due_date is no date"),
        (created(task(due_date="tomorrow")), "after.due_date is no date"),
        (created(task(status="completed")), "after is completed without completed_at"),
        (created(task(created_at=None)), "after.created_at is missing"),
        (
            created(task(completed_at=datetime(9999, 1, 1, tzinfo=UTC))),
            "after.completed_at is out of range",
        ),
    ],
)
def test_invalid_change_is_rejected(document: Document, reason: str) -> None:
    found = silver(document, created(task(_id="good")))
    assert [row["reason"] for row in found.rejects.to_pylist()] == [reason]
    assert found.tasks["task_id"].to_pylist() == ["good"]


def test_rejected_user_change_has_its_entity() -> None:
    found = silver(created(user(), time_zone="nowhere"), created(task()))
    assert (found.users.num_rows, found.tasks.num_rows, found.rejects.num_rows) == (0, 1, 1)


def test_reject_of_conform_holds_no_personal_data() -> None:
    (row,) = silver(created(task(status="done", title="hush", tags=["hush"]))).rejects.to_pylist()
    assert "hush" not in row["raw"]
    assert "done" in row["raw"]


def test_no_changes_conform_to_no_rows() -> None:
    nothing = conform(BRONZE_TASKS.columns.empty_table(), BRONZE_USERS.columns.empty_table())
    assert (nothing.tasks.num_rows, nothing.users.num_rows, nothing.rejects.num_rows) == (0, 0, 0)


@pytest.mark.parametrize("columns", [SILVER_TASKS.columns, SILVER_USERS.columns])
def test_silver_has_no_personal_column(columns: Any) -> None:
    assert not PERSONAL_FIELDS & set(columns.names)
