import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.dags.change_log import (
    NOON,
    Document,
    change,
    created,
    deleted,
    gold_categories,
    gold_users,
    restored,
    task,
    updated,
    user,
)
from todo_insights.lake.schema import GOLD_CATEGORIES, GOLD_USERS

ONE = {"changes": 1}
WHEN = {"user_id": "ada", "local_date": date(2026, 11, 20), "first_change_at": NOON, "last_change_at": NOON}
DONE = {"status": "completed", "completed_at": NOON + timedelta(minutes=1, milliseconds=1999)}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (created(task()), {"tasks_created": 1, "pending_delta": 1}),
        (updated(task(), title="x"), {"tasks_updated": 1}),
        (
            updated(task(), status="in_progress"),
            {"tasks_updated": 1, "pending_delta": -1, "in_progress_delta": 1},
        ),
        (
            updated(task(), **DONE),
            {
                "tasks_updated": 1,
                "tasks_completed": 1,
                "cycle_seconds_sum": 61,
                "pending_delta": -1,
                "completed_delta": 1,
            },
        ),
        (
            updated(task(**DONE), status="pending", completed_at=None),
            {"tasks_updated": 1, "tasks_reopened": 1, "completed_delta": -1, "pending_delta": 1},
        ),
        (updated(task(**DONE), title="x"), {"tasks_updated": 1}),
        (
            created(task(**DONE)),
            {"tasks_created": 1, "tasks_completed": 1, "cycle_seconds_sum": 61, "completed_delta": 1},
        ),
        (deleted(task(**DONE)), {"tasks_deleted": 1, "completed_delta": -1}),
        (deleted(task(status="cancelled")), {"tasks_deleted": 1, "cancelled_delta": -1}),
        (restored(task(**DONE, due_date="2026-11-20")), {"tasks_restored": 1, "completed_delta": 1}),
    ],
)
def test_task_change_counts_in_both_tables(document: Document, expected: dict[str, int]) -> None:
    assert gold_users(document) == [WHEN | ONE | expected]
    assert gold_categories(document) == {("(none)", "medium"): ONE | expected}


@pytest.mark.parametrize(
    ("document", "delta"),
    [(created(user()), 1), (restored(user()), 1), (deleted(user()), -1), (updated(user(), name="x"), 0)],
)
def test_account_changes_only_affect_account_delta(document: Document, delta: int) -> None:
    assert gold_users(document) == [WHEN | ({"account_delta": delta} if delta else {})]
    assert gold_categories(document) == {}


def test_every_counter_is_tested() -> None:
    counters = {*GOLD_USERS.counters, *GOLD_CATEGORIES.counters}
    tested = set(re.findall(r'"(\w+)"', Path(__file__).read_text("utf-8")))
    assert counters <= tested, (
        f"tests/dags/transform/test_aggregate.py: test the counters {sorted(counters - tested)} for each "
        "kind of change that counts"
    )


def test_moved_task_changes_two_cells() -> None:
    move = updated(task(category="home", priority="low"), category="work", priority="urgent")
    assert gold_categories(move) == {
        ("home", "low"): {"pending_delta": -1},
        ("work", "urgent"): ONE | {"tasks_updated": 1, "pending_delta": 1},
    }


def test_completion_counts_in_the_new_category() -> None:
    move = updated(task(category="home"), category=None, **DONE)
    assert gold_categories(move)[("(none)", "medium")]["tasks_completed"] == 1
    assert gold_categories(move)[("home", "medium")] == {"pending_delta": -1}


def test_delete_counts_in_cell_of_deleted_task() -> None:
    cells = gold_categories(deleted(task(category="home", priority="high")))
    assert cells == {("home", "high"): ONE | {"tasks_deleted": 1, "pending_delta": -1}}


@pytest.mark.parametrize(
    ("zone", "completed_at", "on_time"),
    [
        ("UTC", datetime(2026, 11, 20, 23, 59, tzinfo=UTC), True),
        ("UTC", datetime(2026, 11, 21, 0, 0, tzinfo=UTC), False),
        # At this moment, the local date is the 21st in Auckland (UTC+13) and the 20th in Honolulu (UTC-10).
        ("Pacific/Auckland", datetime(2026, 11, 20, 11, 0, tzinfo=UTC), False),
        ("Pacific/Auckland", datetime(2026, 11, 20, 10, 59, tzinfo=UTC), True),
        ("Pacific/Honolulu", datetime(2026, 11, 21, 9, 59, tzinfo=UTC), True),
        ("Pacific/Honolulu", datetime(2026, 11, 21, 10, 0, tzinfo=UTC), False),
        ("Asia/Kathmandu", datetime(2026, 11, 20, 18, 14, tzinfo=UTC), True),
        ("Asia/Kathmandu", datetime(2026, 11, 20, 18, 15, tzinfo=UTC), False),
    ],
)
def test_punctuality_uses_time_zone_of_user(zone: str, completed_at: datetime, on_time: bool) -> None:
    document = updated(task(due_date="2026-11-20"), status="completed", completed_at=completed_at)
    (row,) = gold_users(document | {"time_zone": zone, "at": completed_at})
    assert (row.get("completed_on_time", 0), row.get("completed_late", 0)) == (int(on_time), int(not on_time))


def test_completion_without_due_date_is_not_counted() -> None:
    (row,) = gold_users(updated(task(), **DONE))
    assert not {"completed_on_time", "completed_late"} & row.keys()


def test_local_date_differs_from_utc_date() -> None:
    rows = gold_users(
        created(task(), time_zone="Pacific/Auckland"),
        created(task(_id="t2"), time_zone="America/New_York", at=datetime(2026, 11, 20, 2, tzinfo=UTC)),
    )
    assert {row["local_date"]: row["changes"] for row in rows} == {
        date(2026, 11, 21): 1,
        date(2026, 11, 19): 1,
    }


@pytest.mark.parametrize(
    ("at", "local"),
    [
        # In New York, summer time ends on 2026-11-01 at 06:00 UTC. Before this time, midnight is at 04:00
        # UTC; after this time, midnight is at 05:00 UTC.
        (datetime(2026, 11, 1, 3, 59, tzinfo=UTC), date(2026, 10, 31)),
        (datetime(2026, 11, 1, 4, 0, tzinfo=UTC), date(2026, 11, 1)),
        (datetime(2026, 11, 2, 4, 59, tzinfo=UTC), date(2026, 11, 1)),
        (datetime(2026, 11, 2, 5, 0, tzinfo=UTC), date(2026, 11, 2)),
    ],
)
def test_local_date_follows_summer_time(at: datetime, local: date) -> None:
    (row,) = gold_users(created(task(), time_zone="America/New_York", at=at))
    assert row["local_date"] == local


def test_rows_of_two_users_are_separate() -> None:
    rows = gold_users(created(task()), created(task(_id="t2", user_id="bob")))
    assert sorted(row["user_id"] for row in rows) == ["ada", "bob"]


def test_first_and_last_change_cover_both_entities() -> None:
    late = NOON + timedelta(minutes=9)
    (row,) = gold_users(created(user()), created(task(), at=late))
    assert (row["first_change_at"], row["last_change_at"], row["changes"]) == (NOON, late, 1)


def test_no_changes_give_no_rows() -> None:
    assert (gold_users(), gold_categories()) == ([], {})


def test_deleted_task_sums_to_zero_live_tasks() -> None:
    first = task()
    second = first | DONE | {"version": 2}
    life = [created(first), updated(first, **DONE), deleted(second), restored(second, version=4)]
    life.append(change("deleted", second | {"version": 4}, None))
    (row,) = gold_users(*life)
    assert row == WHEN | {
        "changes": 5,
        "tasks_created": 1,
        "tasks_updated": 1,
        "tasks_completed": 1,
        "tasks_deleted": 2,
        "tasks_restored": 1,
        "cycle_seconds_sum": 61,
    }


def test_category_named_like_no_category_is_separate() -> None:
    texts = [None, "(none)", '"(none)"', '""(none)""', '(none)"', "none", "home"]
    tasks = [created(task(_id=f"t{number}", category=text)) for number, text in enumerate(texts)]
    names = [category for category, _ in gold_categories(*tasks)]
    assert len(names) == len(texts)
    assert {"(none)", '"(none)"', '""(none)""', "none", "home"} <= {*names}
