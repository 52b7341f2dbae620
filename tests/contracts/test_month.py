"""The API and Athena SQL show the figures of one month that were counted by hand."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.month import COVERAGE, MONTH, READ_AT, PublishedMonth, number, published_month
from todo_insights.sql.query import query

EVENTS = ("changes", "created", "completed", "reopened", "deleted")
TREND = "active_users, net_new_users, tasks_created, tasks_completed, tasks_reopened, tasks_deleted"


@pytest.fixture(scope="module")
def month(mongodb_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PublishedMonth]:
    with published_month(mongodb_uri, tmp_path_factory.mktemp("lake")) as published:
        yield published


def rows(month: PublishedMonth, sql: str) -> list[dict[str, Any]]:
    answer = query(sql, month.stores, READ_AT)
    return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]


@pytest.mark.parametrize("user", MONTH["users"])
def test_api_shows_the_figures_of_each_user(month: PublishedMonth, user: str) -> None:
    expected, shown = dict(MONTH["users"][user]), month.users.get(user, "/api/v1/insights/me")
    for name in ("tasks", "activity", "completion_rate", "on_time_rate", "median_cycle_hours", "streaks"):
        assert shown[name] == expected[name], name
    assert {each["category"] or "(none)": each["total"] for each in shown["by_category"]} == expected[
        "by_category"
    ]
    assert {each["priority"]: each["total"] for each in shown["by_priority"]} == expected["by_priority"]
    assert shown["missing_hours"] == COVERAGE["missing_hours"]
    assert shown["as_of"] == f"{COVERAGE['as_of']:%Y-%m-%dT%H:%M:%S}.000Z"
    assert shown["covers_from"] == f"{COVERAGE['covers_from']:%Y-%m-%dT%H:%M:%S}.000Z"


@pytest.mark.parametrize("user", MONTH["users"])
def test_api_shows_the_age_of_open_tasks(month: PublishedMonth, user: str) -> None:
    shown = month.users.get(user, "/api/v1/insights/me")["open_tasks"]
    expected = {"median_days": None, "oldest_days": None, **MONTH["users"][user]["open_tasks"]}
    assert {name: shown[name] for name in expected} == expected


@pytest.mark.parametrize("user", MONTH["users"])
def test_api_compares_the_periods(month: PublishedMonth, user: str) -> None:
    shown = month.users.get(user, "/api/v1/insights/me/period?from=2026-10-18&to=2026-10-31")
    for found, name in ((shown, "period"), (shown["previous"], "previous")):
        expected = MONTH["users"][user][name]
        assert {each: found[each] for each in expected} == expected, name
        assert found["on_time_rate"] == expected.get("on_time_rate")


@pytest.mark.parametrize("user", MONTH["days"])
def test_api_shows_each_local_date(month: PublishedMonth, user: str) -> None:
    shown = month.users.get(user, "/api/v1/insights/me/daily?from=2026-10-01&to=2026-10-31")["items"]
    assert len(shown) == 31
    active = {each["date"]: [each[name] for name in EVENTS] for each in shown if each["changes"]}
    assert active == MONTH["days"][user]


@pytest.mark.parametrize("user", MONTH["users"])
def test_athena_has_the_figures_of_each_user(month: PublishedMonth, user: str) -> None:
    expected = MONTH["users"][user]
    (row,) = rows(
        month,
        "SELECT * FROM task_analytics_user_metrics JOIN user_cycle_times USING (user_id) "
        f"JOIN user_analytics USING (user_id) WHERE user_id = '{month.users.ids[user]}'",
    )
    assert {name: row[f"{name}_tasks"] for name in expected["tasks"]} == expected["tasks"]
    assert {name: row[f"tasks_{name}"] for name in EVENTS[1:]} | {"changes": row["changes"]} == expected[
        "activity"
    ]
    for name in ("completion_rate", "on_time_rate", "median_cycle_hours", "avg_cycle_hours", "active_days"):
        assert row[name] == pytest.approx(expected[name]), name


def test_athena_has_the_business_figures(month: PublishedMonth) -> None:
    found = {row["metric"]: row["value"] for row in rows(month, "SELECT * FROM business_metrics_kpis")}
    assert found == pytest.approx({name: number(value) for name, value in MONTH["kpis"].items()})


def test_athena_has_the_trends(month: PublishedMonth) -> None:
    for view, key in (("daily_trends", "dt"), ("weekly_trends", "week")):
        found = rows(month, f"SELECT CAST({key} AS VARCHAR) AS key, {TREND} FROM {view}")
        assert {row.pop("key"): list(row.values()) for row in found} == MONTH[view]


def test_athena_has_the_cohorts(month: PublishedMonth) -> None:
    found: dict[str, Any] = {}
    for row in rows(month, "SELECT * FROM cohort_retention ORDER BY cohort, weeks_later"):
        cohort = found.setdefault(f"{row['cohort']}", {"users": row["cohort_users"], "active": []})
        assert row["weeks_later"] == len(cohort["active"])
        cohort["active"].append(row["active_users"])
    assert found == MONTH["cohorts"]


def test_athena_has_the_backlog_by_age(month: PublishedMonth) -> None:
    found = rows(
        month,
        "SELECT age, SUM(tasks) AS tasks, SUM(overdue_tasks) AS overdue, MAX(oldest_days) AS oldest_days "
        "FROM backlog_ageing GROUP BY age",
    )
    assert {row.pop("age"): row for row in found} == MONTH["backlog"]


def test_athena_has_the_categories(month: PublishedMonth) -> None:
    found = rows(
        month,
        "SELECT category, SUM(tasks_created) AS created, SUM(tasks_completed) AS completed, "
        "SUM(pending_delta + in_progress_delta + completed_delta + cancelled_delta) AS live, "
        "SUM(completed_delta) AS live_completed FROM category_activity GROUP BY category",
    )
    assert {row.pop("category"): row for row in found} == MONTH["categories"]
