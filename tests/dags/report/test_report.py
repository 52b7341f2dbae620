"""The team report shows figures of a month that were computed by hand, and no names of users."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.dags.report.page import ReportPage
from tests.month import (
    COVERAGE,
    MONTH,
    READ_AT,
    PublishedMonth,
    email_of,
    number,
    pipeline_settings,
    published_month,
)
from tests.webapp.conftest import PASSWORD
from todo_insights.catalog.stores import open_stores
from todo_insights.core.errors import HourError
from todo_insights.core.hours import Hour
from todo_insights.lake.reports import report_days
from todo_insights.maintenance.erasure import finish_erasures, hours_with_erased_data
from todo_insights.maintenance.hour_quality import record_due_days
from todo_insights.maintenance.maintain import maintain
from todo_insights.report.period import Period
from todo_insights.report.write import report_of, write_daily_report

PERIODS = MONTH["periods"]
NONE = "\N{EN DASH}"


@pytest.fixture(scope="module")
def month(mongodb_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PublishedMonth]:
    with published_month(mongodb_uri, tmp_path_factory.mktemp("lake")) as published:
        record_due_days(published.stores, READ_AT)
        yield published


@pytest.fixture(scope="module")
def html(month: PublishedMonth) -> str:
    period = Period.parse(f"{PERIODS['first']}", f"{PERIODS['end']}", READ_AT.date())
    return report_of(period, month.stores, "test", READ_AT)


@pytest.fixture(scope="module")
def page(html: str) -> ReportPage:
    return ReportPage(html)


@pytest.fixture(scope="module")
def whole_month(month: PublishedMonth) -> ReportPage:
    return ReportPage(
        report_of(Period.parse("2026-10-01", "2026-11-01", READ_AT.date()), month.stores, "test", READ_AT)
    )


def percent(value: object) -> str:
    return f"{number(value):.1%}"


def test_periods_are_compared(page: ReportPage) -> None:
    now, before = page.table("Figures of the period and of the period before")
    for name in ("active_users", "net_new_users", "tasks_created", "tasks_completed", "live_tasks"):
        column = name.replace("_", " ")
        assert [int(now[column]), int(before[column])] == PERIODS[name], name
    for name in ("on_time_rate", "completion_rate"):
        column = name.replace("_", " ")
        assert [now[column], before[column]] == [percent(each) for each in PERIODS[name]], name
    now, before = page.table("Cycle times of the period")
    assert [float(each["median hours"]) for each in (now, before)] == PERIODS["median_cycle_hours"]
    assert [float(each["90th percentile hours"]) for each in (now, before)] == PERIODS["p90_cycle_hours"]


def test_key_figures_state_the_change(page: ReportPage) -> None:
    assert page.kpis["Completions"] == ("2", "▼ -50% before: 4")
    assert page.kpis["Tasks created"] == ("5", "no change before: 5")
    assert page.kpis["On-time rate"] == ("100.0%", "▲ +25.0 points before: 75.0%")
    assert page.kpis["Median cycle time"] == ("2.3 d", "▲ +129% before: 24.0 h")


def test_days_and_weeks_are_those_of_the_month(whole_month: ReportPage) -> None:
    columns = ["active users", "net new users", "tasks created", "tasks completed"]
    columns += ["tasks reopened", "tasks deleted"]
    for caption, key, name in (
        ("Activity by UTC day", "dt", "daily_trends"),
        ("Activity by week", "week", "weekly_trends"),
    ):
        found = {row[key]: [int(row[column]) for column in columns] for row in whole_month.table(caption)}
        assert found == MONTH[name]


def test_categories_are_those_of_the_month(whole_month: ReportPage) -> None:
    found = {row["category"]: row for row in whole_month.table("The most active categories")}
    assert found.keys() == MONTH["categories"].keys()
    for name, expected in MONTH["categories"].items():
        row, live = found[name], expected["live"]
        assert (int(row["tasks created"]), int(row["tasks completed"])) == (
            expected["created"],
            expected["completed"],
        )
        rate = percent(expected["live_completed"] / live) if live else NONE
        assert (int(row["live tasks"]), row["completion rate"]) == (live, rate)


def test_cycle_times_are_those_of_the_month(whole_month: ReportPage) -> None:
    (row,) = whole_month.table("Cycle times of the period")
    expected = MONTH["cycle_times"]
    assert (int(row["completions"]), float(row["median hours"]), float(row["90th percentile hours"])) == (
        expected["completions"],
        expected["median_hours"],
        expected["p90_hours"],
    )


def test_backlog_is_that_of_the_month(page: ReportPage) -> None:
    found = {}
    for row in page.table("Open tasks by age"):
        tasks = [int(row[name]) for name in ("pending tasks", "in progress tasks") if row[name] != NONE]
        oldest = int(row["oldest days"])
        found[row["age"]] = {
            "tasks": sum(tasks),
            "overdue": int(row["overdue tasks"]),
            "oldest_days": oldest,
        }
    assert found == MONTH["backlog"]


def test_retention_is_that_of_the_month(whole_month: ReportPage) -> None:
    found = {
        row.pop("Cohort"): [each for each in row.values() if each] for row in whole_month.table("Cohort")
    }
    expected = {}
    for week, cohort in MONTH["cohorts"].items():
        day = datetime.fromisoformat(week)
        shares = [f"{active / cohort['users']:.0%}" for active in cohort["active"]]
        expected[f"{day.day} {day:%b}"] = [str(cohort["users"]), *shares]
    assert found == expected


def test_hours_without_a_publication_are_missing(whole_month: ReportPage) -> None:
    assert f"{COVERAGE['missing_hours']} missing (M)" in whole_month.text
    assert f"{COVERAGE['published_hours']} complete" in whole_month.text


def test_report_names_no_user_and_no_task(month: PublishedMonth, html: str) -> None:
    for name, user_id in month.users.ids.items():
        assert user_id not in html
        assert email_of(name) not in html
    titles = {step["task"] for step in MONTH["steps"] if "task" in step}
    assert not [title for title in titles if title in html]


def test_report_of_an_empty_lake_says_what_to_do(tmp_path: Path, month: PublishedMonth) -> None:
    stores = open_stores(pipeline_settings(month.users.settings, tmp_path))
    page = ReportPage(report_of(Period.before(READ_AT.date()), stores, "test", READ_AT))
    assert "No hour before the end of the period is published. Run the pipeline (make etl)" in page.text


def test_maintenance_keeps_a_report_for_30_days(month: PublishedMonth) -> None:
    stores, database = month.stores, month.pipeline.database
    address = write_daily_report(stores, "test", READ_AT)
    assert Path(address.removeprefix("file://")).read_text("utf-8").startswith("<!doctype html>")
    for days, kept in ((30, [READ_AT.date()]), (31, [])):
        report = maintain(stores, database, READ_AT + timedelta(days=days))
        assert report_days(stores.lake) == kept
        assert not [each for each in report["findings"] if "report" in each["where"]]


def test_erasure_removes_reports_with_a_category_of_the_user(mongodb_uri: str, tmp_path: Path) -> None:
    with published_month(mongodb_uri, tmp_path) as month:
        stores, database = month.stores, month.pipeline.database
        address = Path(write_daily_report(stores, "test", READ_AT).removeprefix("file://"))
        assert "private" in ReportPage(address.read_text()).text
        month.users.clock.now = READ_AT
        month.users.send("cleo", "DELETE", "/api/v1/users/me", {"password": PASSWORD})
        later = READ_AT + timedelta(minutes=30)
        assert finish_erasures(database, stores, later) == []
        assert address.exists()
        erased = hours_with_erased_data(database, stores, later)
        month.pipeline.publish(*erased, Hour.containing(READ_AT), now=later)
        assert len(finish_erasures(database, stores, later)) == 1
        assert not address.exists()
        write_daily_report(stores, "test", later)
        assert "private" not in ReportPage(address.read_text()).text


@pytest.mark.parametrize(
    ("first", "end", "message"),
    [
        ("2026-10-01", "2026-10-01", "contains no day; the second date must be later than the first"),
        ("2026-10-01", "2027-10-03", "has 367 days; give at most 366"),
        ("2026-10-01", str(READ_AT.date() + timedelta(days=2)), f"has days after today, {READ_AT.date()}"),
    ],
)
def test_invalid_period_is_explained(first: str, end: str, message: str) -> None:
    with pytest.raises(HourError, match=message):
        Period.parse(first, end, READ_AT.date())
