"""The figures of a period over HTTP, from a document in the form that the pipeline writes."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from tests.webapp.conftest import MovableClock, Person
from tests.webapp.insights.documents import (
    AS_OF,
    COVERAGE,
    EVENTS,
    NOTHING,
    PERIOD,
    STATUSES,
    older_part,
    part,
    written,
)
from webapp.database.connection import Database
from webapp.insights.store import InsightsStore

HOUR = timedelta(hours=1)
PERCENTILES = ("p10", "p25", "median", "p75", "p90")
NEVER = {"completions": 0, **dict.fromkeys(PERCENTILES)}


@pytest.fixture
def covered(ada: Person, database: Database) -> Person:
    database.insights.insert_many([written(ada.user_id), {"_id": "lake", **COVERAGE}])
    database.insight_days.insert_one(older_part(ada.user_id))
    return ada


def period(person: Person, query: str = "") -> Any:
    answer = person.send("GET", f"{PERIOD}{query}")
    assert answer.status_code == 200, answer.json
    return answer.json


def test_range_is_summarized_and_compared(covered: Person) -> None:
    shown = period(covered, "?from=2026-11-19&to=2026-11-20")
    assert (shown["from"], shown["to"], shown["time_zone"]) == ("2026-11-19", "2026-11-20", "UTC")
    assert (shown["activity"], shown["completion_days"]) == (EVENTS, 1)
    assert (shown["completed_on_time"], shown["completed_late"], shown["on_time_rate"]) == (2, 1, 0.6667)
    assert shown["cycle_hours"] == {
        "completions": 1,
        **dict.fromkeys(PERCENTILES, 10),
    }
    earlier = shown["previous"]
    assert (earlier["from"], earlier["to"], earlier["activity"]) == ("2026-11-17", "2026-11-18", EVENTS)
    # Three tasks were completed: 0.5, 1 and 2 hours after their creation.
    assert earlier["cycle_hours"] == {
        "completions": 3,
        "p10": 0.5,
        "p25": 0.5,
        "median": 1.0,
        "p75": 2.0,
        "p90": 2.0,
    }


def test_week_is_compared_with_the_same_weekdays(covered: Person) -> None:
    earlier = period(covered, "?from=2026-11-23&to=2026-11-25&compare_days=7")["previous"]
    assert (earlier["from"], earlier["to"]) == ("2026-11-16", "2026-11-18")
    assert earlier["activity"] == EVENTS


def test_hours_are_counted_by_weekday(covered: Person) -> None:
    hours = period(covered)["by_hour"]
    assert [(each["weekday"], each["hour"]) for each in hours] == [
        (d, h) for d in range(1, 8) for h in range(24)
    ]
    # 2026-11-18 is a Wednesday (weekday 3).
    assert {(each["weekday"], each["hour"]): each["changes"] for each in hours if each["changes"]} == {
        (3, 9): 7,
        (5, 9): 7,
    }


def test_range_without_activity_has_no_rates(covered: Person) -> None:
    shown = period(covered, "?from=2026-01-01&to=2026-01-31")
    assert (shown["activity"], shown["on_time_rate"], shown["cycle_hours"]) == (NOTHING, None, NEVER)


def test_default_range_has_thirty_days(covered: Person, clock: MovableClock) -> None:
    shown = period(covered)
    assert (shown["from"], shown["to"]) == ("2026-10-22", "2026-11-20")


def test_longest_range_is_summarized(covered: Person) -> None:
    shown = period(covered, "?from=0001-01-01&to=9999-12-31")
    assert (shown["activity"]["created"], shown["previous"]) == (2 * EVENTS["created"], None)


@pytest.mark.parametrize(
    ("query", "parameter", "message"),
    [
        ("?from=2026-11-20&to=2026-11-19", "from", "Must not be after the parameter to (2026-11-19)."),
        ("?from=2026-02-30", "from", "Must be a calendar date"),
        ("?compare_days=0", "compare_days", "Must be greater than or equal to 1"),
        ("?compare_days=1e2", "compare_days", "Must be a whole number"),
        ("?compare_days=99999", "compare_days", "less than or equal to 3660"),
    ],
)
def test_invalid_period_is_refused(covered: Person, query: str, parameter: str, message: str) -> None:
    answer = covered.send("GET", f"{PERIOD}{query}")
    assert answer.status_code == 422
    (error,) = answer.json["errors"]
    assert error["parameter"] == parameter
    assert message in error["detail"]


def test_document_of_an_earlier_release_is_not_shown(ada: Person, database: Database) -> None:
    """The old document lacks some figures; the first run after an upgrade replaces the document."""
    old = written(ada.user_id)
    del old["format"]
    database.insights.insert_many([old, {"_id": "lake", **COVERAGE}])
    assert period(ada)["source"] == "none"


def test_provisional_hour_is_stated(register: Callable[..., Person], database: Database) -> None:
    ada = register("grace@example.com")
    hour = datetime(2026, 11, 20, 8, tzinfo=UTC)
    found = written(ada.user_id, provisional_from=hour)
    database.insights.insert_one(found)
    assert period(ada)["provisional_from"] == "2026-11-20T08:00:00.000Z"


def test_days_are_read_again_if_a_run_changes_them(ada: Person, database: Database) -> None:
    """Between the two reads of the API, the part of the 18th changes and becomes a copy again."""

    class RacingParts:
        finds = 0

        def find(self, *query: Any) -> Any:
            self.finds += 1
            if self.finds == 1:
                later: Any = {"revision": 3, "computed_at": AS_OF + timedelta(hours=2), "as_of": AS_OF + HOUR}
                database.insights.replace_one({"_id": ada.user_id}, written(ada.user_id, **later))
                changed = part("2026-11-18", [60, 60], STATUSES) | {"revision": 2}
                database.insight_days.replace_one({"_id": copy["_id"]}, {**copy, **changed})
            return database.insight_days.find(*query)

    class Racing:
        insights, insight_days = database.insights, RacingParts()

    copy = older_part(ada.user_id)
    database.insights.insert_one(written(ada.user_id))
    database.insight_days.insert_one(copy)
    store = InsightsStore(cast(Database, Racing()), lambda: AS_OF)
    shown = store.period(ada.user_id, "UTC", "2026-11-18", "2026-11-18", 30)
    assert (shown["as_of"], shown["cycle_hours"]["completions"]) == (AS_OF + HOUR, 2)
    # Both ranges are read again.
    assert Racing.insight_days.finds == 4
