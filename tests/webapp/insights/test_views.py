"""Insights over HTTP, from documents in the form that the pipeline writes (tests/contracts checks it)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.webapp.conftest import MovableClock, Person
from tests.webapp.insights.documents import (
    AS_OF,
    COVERAGE,
    DAYS,
    EVENTS,
    FIGURES,
    IDLE,
    LIVE,
    NONE,
    NOTHING,
    PERIOD,
    PRIORITIES,
    PUNCTUALITY,
    older_part,
    written,
)
from webapp.database.connection import Database


@pytest.fixture
def covered(ada: Person, database: Database) -> Person:
    database.insights.insert_many([written(ada.user_id), {"_id": "lake", **COVERAGE}])
    database.insight_days.insert_one(older_part(ada.user_id))
    return ada


def dates(person: Person, query: str = "") -> list[str]:
    return [day["date"] for day in person.send("GET", f"{DAYS}{query}").json["items"]]


def test_figures_have_documented_shape(covered: Person) -> None:
    answer = covered.send("GET", FIGURES)
    assert answer.status_code == 200
    assert answer.json == {
        "source": "lake",
        "as_of": "2026-11-20T09:00:00.000Z",
        "covers_from": "2026-11-01T00:00:00.000Z",
        "missing_hours": 0,
        "provisional_from": None,
        "tasks": LIVE,
        "activity": EVENTS,
        "completion_rate": 0.6667,
        "on_time_rate": None,
        "median_cycle_hours": 1.3897,
        "streaks": {"current": 3, "longest": 5},
        "by_category": [{"category": "home", **LIVE}, {"category": None, **NONE}],
        "by_priority": [*PRIORITIES, {"priority": "urgent", **NONE}],
        "open_tasks": {
            "total": 3,
            "median_days": 6.0,
            "oldest_days": 90,
            "by_age": [
                {"from_days": 0, "to_days": 6, "pending": 2, "in_progress": 0, "total": 2},
                {"from_days": 7, "to_days": 29, "pending": 0, "in_progress": 0, "total": 0},
                {"from_days": 30, "to_days": 89, "pending": 0, "in_progress": 0, "total": 0},
                {"from_days": 90, "to_days": None, "pending": 0, "in_progress": 1, "total": 1},
            ],
        },
    }


def test_uncovered_user_gets_zeros(ada: Person, database: Database) -> None:
    database.insights.insert_one({"_id": "lake", **COVERAGE})
    shown = ada.send("GET", FIGURES).json
    unknown = {"as_of": None, "covers_from": None, "missing_hours": 0, "provisional_from": None}
    assert {name: shown[name] for name in ("source", *unknown)} == {"source": "none", **unknown}
    assert shown["open_tasks"]["total"] == 0
    assert (shown["tasks"], shown["activity"], shown["by_category"]) == (NONE, NOTHING, [])
    assert [cell["priority"] for cell in shown["by_priority"]] == ["low", "medium", "high", "urgent"]
    assert (shown["completion_rate"], shown["streaks"]) == (None, {"current": 0, "longest": 0})
    days = ada.send("GET", DAYS).json
    assert (days["source"], len(days["items"]), days["items"][-1]) == (
        "none",
        30,
        {"date": "2026-11-20", **IDLE, "tasks": NONE},
    )


def test_figures_of_other_users_are_not_shown(covered: Person, register: Callable[..., Person]) -> None:
    eve = register("eve@example.com")
    assert eve.send("GET", FIGURES).json["source"] == "none"
    assert {day["changes"] for day in eve.send("GET", DAYS).json["items"]} == {0}
    period = eve.send("GET", PERIOD).json
    assert (period["activity"], {each["changes"] for each in period["by_hour"]}) == (NOTHING, {0})


@pytest.mark.parametrize("path", [FIGURES, DAYS, PERIOD])
def test_insights_need_a_token(covered: Person, path: str) -> None:
    assert covered.client.get(path).status_code == 401


def test_later_run_updates_as_of_for_all_users(covered: Person, database: Database) -> None:
    later = {
        "computed_at": AS_OF + timedelta(hours=4),
        "as_of": AS_OF + timedelta(hours=3),
        "missing_hours": 1,
    }
    database.insights.replace_one({"_id": "lake"}, {"_id": "lake", **COVERAGE, **later})
    shown = covered.send("GET", FIGURES).json
    assert (shown["as_of"], shown["missing_hours"], shown["tasks"]) == ("2026-11-20T12:00:00.000Z", 1, LIVE)


@pytest.mark.parametrize("lake", [COVERAGE, None], ids=["older", "missing"])
def test_unfinished_run_shows_its_own_time(
    ada: Person, database: Database, lake: dict[str, Any] | None
) -> None:
    """A run writes the users' documents first, so they can be newer than the coverage document."""
    later: Any = {"computed_at": AS_OF + timedelta(hours=2), "as_of": AS_OF + timedelta(hours=1)}
    database.insights.insert_one(written(ada.user_id, **later))
    if lake is not None:
        database.insights.insert_one({"_id": "lake", **lake})
    assert ada.send("GET", FIGURES).json["as_of"] == "2026-11-20T10:00:00.000Z"


@pytest.mark.parametrize(
    ("zone", "until", "current"),
    [
        ("UTC", "2026-11-20", 3),
        ("UTC", "2026-11-19", 3),
        ("UTC", "2026-11-18", 0),
        ("UTC", None, 0),
        # as_of is 09:00 UTC on the 20th, which is still the 19th in Honolulu (UTC-10).
        ("Pacific/Honolulu", "2026-11-18", 3),
        ("Pacific/Honolulu", "2026-11-17", 0),
        # If a user has travelled west, older changes can have a date after today in the new time zone.
        ("Pacific/Honolulu", "2026-11-20", 3),
    ],
)
def test_current_streak_reaches_today_or_yesterday(
    register: Callable[..., Person], database: Database, zone: str, until: str | None, current: int
) -> None:
    ada = register(time_zone=zone)
    database.insights.insert_one(written(ada.user_id, newest_until=until))
    assert ada.send("GET", FIGURES).json["streaks"]["current"] == current


def test_days_fill_gaps_with_zeros(covered: Person) -> None:
    shown = covered.send("GET", f"{DAYS}?from=2026-11-17&to=2026-11-21").json
    assert shown == {
        "source": "lake",
        "as_of": "2026-11-20T09:00:00.000Z",
        "covers_from": "2026-11-01T00:00:00.000Z",
        "missing_hours": 0,
        "provisional_from": None,
        "time_zone": "UTC",
        "items": [
            {"date": "2026-11-17", **IDLE, "tasks": NONE},
            {"date": "2026-11-18", **EVENTS, **PUNCTUALITY, "tasks": LIVE},
            {"date": "2026-11-19", **IDLE, "tasks": LIVE},
            {"date": "2026-11-20", **EVENTS, **PUNCTUALITY, "tasks": LIVE},
            # The date is after as_of, so the number of tasks is unknown.
            {"date": "2026-11-21", **IDLE, "tasks": None},
        ],
    }


@pytest.mark.parametrize(
    ("query", "first", "last", "length"),
    [
        ("", "2026-10-22", "2026-11-20", 30),
        ("?to=2026-11-19", "2026-10-21", "2026-11-19", 30),
        ("?from=2026-11-19", "2026-11-19", "2026-11-20", 2),
        ("?from=2026-11-20&to=2026-11-20", "2026-11-20", "2026-11-20", 1),
        ("?from=2023-06-01&to=2024-05-31", "2023-06-01", "2024-05-31", 366),
        ("?to=0001-01-02", "0001-01-01", "0001-01-02", 2),
        ("?from=9999-12-30&to=9999-12-31", "9999-12-30", "9999-12-31", 2),
    ],
)
def test_range_includes_both_ends(covered: Person, query: str, first: str, last: str, length: int) -> None:
    shown = dates(covered, query)
    assert (shown[0], shown[-1], len(shown)) == (first, last, length)


@pytest.mark.parametrize(
    ("zone", "as_of", "last"),
    [
        ("UTC", datetime(2026, 11, 20, 0, tzinfo=UTC), "2026-11-19"),
        ("Pacific/Kiritimati", datetime(2026, 11, 20, 11, tzinfo=UTC), "2026-11-21"),
        ("America/Los_Angeles", datetime(2026, 11, 20, 8, tzinfo=UTC), "2026-11-19"),
        ("America/Los_Angeles", datetime(2026, 11, 20, 9, tzinfo=UTC), "2026-11-20"),
    ],
)
def test_default_range_ends_on_the_last_covered_day(
    register: Callable[..., Person], database: Database, zone: str, as_of: datetime, last: str
) -> None:
    ada = register(time_zone=zone)
    database.insights.insert_one(written(ada.user_id, as_of=as_of))
    assert dates(ada)[-1] == last


def test_uncovered_range_ends_today(ada: Person, clock: MovableClock) -> None:
    clock.now = datetime(2026, 11, 20, 9, 44, tzinfo=UTC)
    assert dates(ada)[-1] == "2026-11-20"


@pytest.mark.parametrize(
    ("query", "parameter", "message"),
    [
        ("?from=2026-11-20&to=2026-11-19", "from", "Must not be after the parameter to (2026-11-19)."),
        ("?from=2026-11-21", "from", "Must not be after the parameter to (2026-11-20)."),
        ("?from=2023-06-01&to=2024-06-01", "from", "at most 365 days before the parameter to"),
        ("?from=0001-01-01&to=9999-12-31", "from", "at most 365 days before the parameter to"),
        ("?from=2026-02-30", "from", "Must be a calendar date"),
        ("?to=20261120", "to", "Must be a calendar date"),
        ("?to=", "to", "Must be a calendar date"),
        ("?form=2026-11-20", "form", "Unknown field."),
    ],
)
def test_invalid_range_is_refused(covered: Person, query: str, parameter: str, message: str) -> None:
    answer = covered.send("GET", f"{DAYS}{query}")
    assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
    (error,) = answer.json["errors"]
    assert error["parameter"] == parameter
    assert message in error["detail"]


def test_erased_user_gets_no_insights(covered: Person, database: Database) -> None:
    answer = covered.send("DELETE", "/api/v1/users/me", {"password": "correct horse battery"})
    assert answer.status_code == 204
    assert covered.send("GET", FIGURES).status_code == 401
    assert database.insights.find_one({"_id": covered.user_id}) is None
    assert database.insight_days.count_documents({}) == 0
