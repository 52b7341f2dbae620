"""The views for product teams, on a log that is short enough to compute the results by hand."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest

from tests.dags.change_log import NOON, created, deleted, task, updated, user
from tests.dags.insights import Pipeline
from todo_insights.core.database import open_database
from todo_insights.core.hours import Hour
from todo_insights.core.settings import Settings

MONDAY, TUESDAY, NEXT_WEEK, LAST_WEEK = (datetime(2026, 11, day, 10, tzinfo=UTC) for day in (2, 3, 11, 24))
T1 = task(_id="t1", user_id="ada", created_at=MONDAY)
T2 = task(_id="t2", user_id="bob", created_at=TUESDAY, due_date="2026-11-05")
T3 = task(_id="t3", user_id="ada", created_at=NEXT_WEEK)
# There are no changes in the week of 16 November.
STORY = {
    MONDAY: [created(user(_id="ada")), created(T1)],
    TUESDAY: [updated(T1, status="completed", completed_at=TUESDAY), created(user(_id="bob")), created(T2)],
    NEXT_WEEK: [created(user(_id="eve")), created(T3)],
    LAST_WEEK: [
        updated(T2, status="completed", completed_at=LAST_WEEK),
        deleted(T3),
        created(task(_id="t4", user_id="eve", created_at=LAST_WEEK)),
    ],
}


@pytest.fixture
def pipeline(settings: Settings) -> Iterator[Pipeline]:
    with open_database(settings) as database:
        yield Pipeline(settings, database, LAST_WEEK + timedelta(days=1))


@pytest.fixture
def story(pipeline: Pipeline) -> Pipeline:
    for at, changes in STORY.items():
        pipeline.database.changes.insert_many([each | {"at": at} for each in changes])
    pipeline.publish(*map(Hour.containing, STORY))
    return pipeline


def rows(pipeline: Pipeline, view: str, order: str) -> list[tuple[object, ...]]:
    found = pipeline.rows(f"SELECT * FROM {view} ORDER BY {order}")
    return [
        tuple(round(value, 3) if isinstance(value, float) else value for value in row.values())
        for row in found
    ]


def test_days_have_events_and_live_tasks(story: Pipeline) -> None:
    # Columns, in groups: active users, new users; created, completed, reopened and deleted tasks; cycle time,
    # on-time rate; registered users, tasks, share of completed tasks.
    assert rows(story, "daily_trends", "dt") == [
        ("2026-11-02", 1, 1, 1, 0, 0, 0, None, None, 1, 1, 0.0),
        ("2026-11-03", 2, 1, 1, 1, 0, 0, 24.0, None, 2, 2, 0.5),
        ("2026-11-11", 1, 1, 1, 0, 0, 0, None, None, 3, 3, 0.333),
        ("2026-11-24", 3, 0, 1, 1, 0, 1, 504.0, 0.0, 3, 3, 0.667),
    ]


def test_weeks_stand_beside_the_week_before(story: Pipeline) -> None:
    # Columns, in groups: active users, new users; created, completed, reopened and deleted tasks; cycle time,
    # on-time rate; active users and completed tasks in the previous week.
    assert rows(story, "weekly_trends", "week") == [
        (date(2026, 11, 2), 2, 2, 2, 1, 0, 0, 24.0, None, None, None),
        (date(2026, 11, 9), 1, 1, 1, 0, 0, 0, None, None, 2, 1),
        (date(2026, 11, 23), 3, 0, 1, 1, 0, 1, 504.0, 0.0, 0, 0),
    ]


def test_cohorts_show_who_came_back(story: Pipeline) -> None:
    # Columns: first week of the cohort, weeks since then, users of the cohort, active users in that week, and
    # their share of the cohort.
    assert rows(story, "cohort_retention", "cohort, weeks_later") == [
        (date(2026, 11, 2), 0, 2, 2, 1.0),
        (date(2026, 11, 2), 1, 2, 1, 0.5),
        (date(2026, 11, 2), 3, 2, 2, 1.0),
        (date(2026, 11, 9), 0, 1, 0, 0.0),
        (date(2026, 11, 9), 2, 1, 1, 1.0),
    ]


def test_backlog_counts_open_tasks_by_age(pipeline: Pipeline) -> None:
    today = datetime.combine(datetime.now(UTC).date(), time(0), UTC)
    yesterday = str(today.date() - timedelta(days=1))

    def task_of_age(name: str, days: int, **fields: object) -> dict[str, object]:
        return task(_id=name, created_at=today - timedelta(days=days), **fields)

    begun, done, gone = task_of_age("begun", 30), task_of_age("done", 30), task_of_age("gone", 30)
    pipeline.database.changes.insert_many(
        [
            created(task_of_age("new", 0)),
            created(task_of_age("late", 6, due_date=yesterday)),
            created(task_of_age("today", 7, due_date=str(today.date()))),
            created(task_of_age("old", 400, priority="high")),
            *(created(each) for each in (begun, done, gone)),
            updated(begun, status="in_progress"),
            updated(done, status="completed", completed_at=NOON),
            deleted(gone),
        ]
    )
    pipeline.publish(Hour.containing(NOON))
    # Columns, in groups: status, priority, age; tasks, overdue tasks, age of the oldest task in days.
    assert rows(pipeline, "backlog_ageing", "oldest_days") == [
        ("pending", "medium", "0 to 6", 2, 1, 6),
        ("pending", "medium", "7 to 29", 1, 0, 7),
        ("in_progress", "medium", "30 to 89", 1, 0, 30),
        ("pending", "high", "90 and more", 1, 0, 400),
    ]
