"""The list of tasks over HTTP: filters, orders, links, cursors and errors."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote, urlsplit

import pytest

from tests.webapp.conftest import PASSWORD, MovableClock, Person
from webapp.app import create_app
from webapp.core.settings import Settings
from webapp.database.connection import Database

TASKS = "/api/v1/tasks"


def titles(person: Person, query: str) -> list[str]:
    answer = person.send("GET", f"{TASKS}?{query}")
    assert answer.status_code == 200, answer.json
    return [task["title"] for task in answer.json["items"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=plants", ["Water the plants"]),
        ("q=PLANT%20wat", ["Water the plants"]),
        ("q=wat%20rose", ["Water the plants"]),
        ("q=cafe", ["Café crème"]),
        ("q=CRE%CC%80ME", ["Café crème"]),
        ("q=strasse", ["Straße (50%)"]),
        ("q=%2850%25%29", ["Straße (50%)"]),
        ("q=.", []),
        ("q=%5E%24", []),
        ("q=%EF%BC%95%EF%BC%90", ["Straße (50%)"]),
        ("q=thep", []),
        ("q=plantsroses", []),
    ],
)
def test_search_ignores_case_and_accents(ada: Person, query: str, found: list[str]) -> None:
    ada.create("Water the plants", description="Roses first")
    ada.create("Café crème")
    ada.create("Straße (50%)")
    assert titles(ada, query) == found


@pytest.mark.parametrize(
    ("time_zone", "late"),
    [("Pacific/Kiritimati", ["today"]), ("UTC", []), ("Pacific/Pago_Pago", [])],
)
def test_overdue_uses_time_zone_of_user(
    register: Callable[..., Person], clock: MovableClock, time_zone: str, late: list[str]
) -> None:
    clock.now = datetime(2026, 11, 20, 10, 30, tzinfo=UTC)
    person = register(time_zone=time_zone)
    person.create("today", due_date="2026-11-20")
    person.create("done", due_date="2026-11-01", status="completed")
    person.create("some day")
    assert titles(person, "overdue=true") == late
    assert set(titles(person, "overdue=false")) == {"today", "done", "some day"} - set(late)


def test_pages_over_midnight_stay_consistent(ada: Person, clock: MovableClock) -> None:
    for day in ("18", "19", "20"):
        ada.create(day, due_date=f"2026-11-{day}")
    page = ada.send("GET", f"{TASKS}?overdue=true&sort=due_date&limit=1")
    clock.advance(hours=23)
    token = ada.client.post("/api/v1/auth/login", json={"email": "ada@example.com", "password": PASSWORD})
    link = page.headers["Link"].split(">")[0][1:].replace("limit=1", "limit=9")
    following = ada.send("GET", link, Authorization=f"Bearer {token.json['access_token']}")
    assert [task["title"] for task in following.json["items"]] == ["19", "20"]


def test_labels_that_look_like_dates_are_distinguished(ada: Person) -> None:
    for label in ("2026-12-03", "2026-12-03T00:00:00", "2026-12-03T00:00:00Z"):
        ada.create(label, category=label, tags=[label])
        assert titles(ada, f"category={label}") == [label]
        assert titles(ada, f"tag={label}") == [label]
        assert titles(ada, f"tag={label}&tag=other") == [label]


def test_link_carries_every_parameter(ada: Person) -> None:
    for _ in range(2):
        ada.create("a & b=c", category='<"ü">', tags=["x", "y"], due_date="2026-11-19")
    asked = [
        ("status", "pending"),
        ("priority", "medium"),
        ("category", '<"ü">'),
        ("tag", "x"),
        ("tag", "y"),
        ("due_before", "2026-12-01"),
        ("due_after", "2026-01-01"),
        ("overdue", "true"),
        ("q", "a & b=c"),
        ("updated_since", "2026-11-20T10:30:00+01:00"),
        ("sort", "-due_date"),
        ("limit", "1"),
    ]
    page = ada.send("GET", f"{TASKS}?" + "&".join(f"{name}={quote(value)}" for name, value in asked))
    target, _, relation = page.headers["Link"].removeprefix("<").partition(">")
    parts = urlsplit(target)
    assert (parts.scheme, parts.netloc, parts.path, relation) == ("", "", TASKS, '; rel="next"')
    assert sorted(parse_qsl(parts.query)) == sorted([*asked, ("cursor", page.json["next_cursor"])])
    assert ada.send("GET", target).json["next_cursor"] is None


def test_last_page_has_no_link(ada: Person) -> None:
    ada.create()
    page = ada.send("GET", f"{TASKS}?limit=1")
    assert (page.json["next_cursor"], "Link" in page.headers) == (None, False)


@pytest.mark.parametrize(
    ("first", "second", "status"),
    [
        ("", "", 200),
        ("limit=1", "limit=7", 200),
        ("tag=a&tag=b", "tag=b&tag=a", 200),
        ("sort=-created_at", "", 200),
        ("updated_since=2026-11-20T00:00:00Z", "updated_since=2026-11-20T01:00:00%2B01:00", 200),
        ("", "sort=created_at", 400),
        ("sort=due_date", "sort=-due_date", 400),
        ("sort=-priority,due_date", "sort=-priority,due_date", 200),
        ("sort=-priority,due_date", "sort=-priority", 400),
        ("sort=-priority,due_date", "sort=due_date,-priority", 400),
        ("status=pending&status=completed", "status=completed&status=pending", 200),
        ("status=pending&status=completed", "status=pending", 400),
        ("tag=a", "tag=b", 400),
        ("category=home", "", 400),
        ("", "q=x", 400),
        ("overdue=false", "", 400),
        ("due_before=2027-01-01", "due_after=2027-01-01", 400),
    ],
)
def test_cursor_is_valid_for_its_own_list(ada: Person, first: str, second: str, status: int) -> None:
    for _ in range(2):
        ada.create("x", category="home", tags=["a", "b"], due_date="2026-12-01")
    limit = "" if "limit" in first else "limit=1&"
    cursor = ada.send("GET", f"{TASKS}?{limit}{first}").json["next_cursor"]
    assert ada.send("GET", f"{TASKS}?{second}&cursor={cursor}").status_code == status


def test_cursor_stays_valid_after_rotation_of_secret(
    ada: Person, settings: Settings, database: Database
) -> None:
    for _ in range(2):
        ada.create()
    cursor = ada.send("GET", f"{TASKS}?limit=1").json["next_cursor"]
    for previous, status in ((settings.jwt_secret, 200), (None, 401)):
        rotated = replace(
            settings, jwt_secret="a newer secret, as long as it takes", jwt_secret_previous=previous
        )
        client = create_app(
            rotated, database, lambda: datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
        ).test_client()
        answer = client.get(f"{TASKS}?cursor={cursor}", headers={"Authorization": f"Bearer {ada.token}"})
        assert answer.status_code == status


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("limit=1&limit=2", "limit"),
        ("category=home&category=home", "category"),
        ("status=pending&status=done", "status"),
        ("&".join(["priority=low"] * 5), "priority"),
        ("has_category=1", "has_category"),
        ("has_due_date=True", "has_due_date"),
        ("limit=%EF%BC%91%EF%BC%90", "limit"),
        ("limit=1_0", "limit"),
        ("limit=+1", "limit"),
        ("limit=%2B1", "limit"),
        ("limit=-1", "limit"),
        ("limit=1.0", "limit"),
        ("limit=010", "limit"),
        ("limit=1%0A", "limit"),
        ("limit=", "limit"),
        ("limit=" + "9" * 3000, "limit"),
        ("q=", "q"),
        ("q=%20%09", "q"),
        ("q=%CC%80", "q"),
        ("q=" + "x" * 201, "q"),
        ("q=" + "+".join("abcdefghijk"), "q"),
        ("q=a%00b", "q"),
        ("tag=", "tag"),
        ("tag=ok&tag=" + "x" * 31, "tag"),
        ("&".join(f"tag={n}" for n in range(21)), "tag"),
        ("category=%20", "category"),
        ("overdue=1", "overdue"),
        ("overdue=True", "overdue"),
        ("overdue=", "overdue"),
        ("due_before=2026-2-3", "due_before"),
        ("due_after=%EF%BC%92026-12-03", "due_after"),
        ("due_after=2026-12-03T00:00:00Z", "due_after"),
        ("updated_since=2026-12-03", "updated_since"),
        ("updated_since=2026-12-03T10:00:00", "updated_since"),
        ("updated_since=2026-12-03T10:00:00+01:00", "updated_since"),
        ("updated_since=2026-12-03T24:01:00Z", "updated_since"),
        ("updated_since=0001-01-01T00:00:00%2B14:00", "updated_since"),
        ("updated_since=9999-12-31T23:59:59-01:00", "updated_since"),
        ("sort=title", "sort"),
        ("sort=--created_at", "sort"),
        ("sort=_id", "sort"),
        ("sort=created_at,title", "sort"),
        ("sort=created_at,priority,due_date", "sort"),
        ("sort=priority,", "sort"),
        ("sort=", "sort"),
        ("sort=priority&sort=due_date&sort=created_at", "sort"),
        ("skip=10", "skip"),
        ("q[$ne]=x", "q[$ne]"),
    ],
)
def test_error_names_the_invalid_parameter(ada: Person, query: str, parameter: str) -> None:
    answer = ada.send("GET", f"{TASKS}?{query}")
    assert answer.status_code == 422
    assert {error["parameter"] for error in answer.json["errors"]} == {parameter}


@pytest.mark.parametrize(
    "moment",
    [
        "0001-01-01T00:00:00Z",
        "2026-11-20t09:30:00.000z",
        "2026-11-20T09:29:59.9999999Z",
        "0999-12-31T23:59:59.1Z",
    ],
)
def test_any_moment_up_to_change_finds_it(ada: Person, moment: str) -> None:
    ada.create("found")
    assert titles(ada, f"updated_since={moment}") == ["found"]


@pytest.mark.parametrize("moment", ["2026-11-20T09:30:00.0001Z", "9999-12-31T23:59:59.999999Z"])
def test_later_moment_finds_nothing(ada: Person, moment: str) -> None:
    ada.create()
    assert titles(ada, f"updated_since={moment}") == []


def test_change_moves_task_in_list(ada: Person, clock: MovableClock) -> None:
    first, second = ada.create("first"), ada.create("second")
    clock.advance(seconds=1)
    ada.send("PATCH", f"{TASKS}/{first['id']}", {"priority": "urgent", "due_date": "2026-11-21"})
    assert titles(ada, "sort=-updated_at") == titles(ada, "sort=-priority") == ["first", "second"]
    assert titles(ada, "sort=due_date") == ["first", "second"]
    ada.send("DELETE", f"{TASKS}/{first['id']}")
    assert titles(ada, "sort=due_date") == [second["title"]]
