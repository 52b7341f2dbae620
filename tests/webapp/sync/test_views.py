"""The change feed `GET /api/v1/changes` over HTTP."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.webapp.changes.conftest import undo_roll_forward
from tests.webapp.conftest import MovableClock, Person
from tests.webapp.sync.conftest import CHANGES, Client
from webapp.changes import Change
from webapp.changes.log import SAFETY_LAG
from webapp.core.clock import MILLISECOND
from webapp.core.settings import Settings
from webapp.database.connection import Database, purge_expired

TASKS = "/api/v1/tasks"


@pytest.fixture
def client_of_ada(ada: Person) -> Client:
    return Client(ada)


def wait_for_lag(clock: MovableClock) -> None:
    """Advance the clock by the lag of the feed, so that the feed shows all written changes."""
    clock.now += SAFETY_LAG + timedelta(seconds=1)


def test_first_page_is_a_snapshot(ada: Person, clock: MovableClock) -> None:
    tasks = [ada.create(title) for title in ("Mow", "Rake")]
    clock.advance(hours=1)
    tasks[0] = ada.send("PATCH", f"{TASKS}/{tasks[0]['id']}", {"status": "completed"}).json or {}
    ada.send("DELETE", f"{TASKS}/{ada.create()['id']}")
    answer = ada.send("GET", CHANGES)
    profile = ada.send("GET", "/api/v1/users/me").json or {}
    expected = [("user", profile)] + [("task", task) for task in sorted(tasks, key=lambda task: task["id"])]
    assert answer.status_code == 200
    assert set(answer.json or ()) == {"items", "next_cursor", "has_more"}
    assert answer.json["items"] == [
        {
            "entity": entity,
            "id": shown["id"],
            "op": "snapshot",
            "version": shown["version"],
            "at": shown["updated_at"],
            "task": shown if entity == "task" else None,
            "user": shown if entity == "user" else None,
        }
        for entity, shown in expected
    ]


def test_changes_follow_the_snapshot(ada: Person, client_of_ada: Client, clock: MovableClock) -> None:
    wait_for_lag(clock)
    client_of_ada.catch_up()
    client_of_ada.seen.clear()
    clock.advance(minutes=1)
    task = ada.create("Mow")
    place = f"{TASKS}/{task['id']}"
    changed = ada.send("PATCH", place, {"title": "Rake"}).json
    ada.send("DELETE", place)
    restored = ada.send("POST", f"{place}/restore").json
    wait_for_lag(clock)
    client_of_ada.catch_up()
    shared = {"entity": "task", "id": task["id"], "user": None}
    assert client_of_ada.seen == [
        {**shared, "op": "created", "version": 1, "at": "2026-11-20T09:31:06.000Z", "task": task},
        {**shared, "op": "updated", "version": 2, "at": "2026-11-20T09:31:06.001Z", "task": changed},
        {**shared, "op": "deleted", "version": 3, "at": "2026-11-20T09:31:06.002Z", "task": None},
        {**shared, "op": "restored", "version": 4, "at": "2026-11-20T09:31:06.003Z", "task": restored},
    ]


@pytest.mark.parametrize(("waited", "shown"), [(SAFETY_LAG, []), (SAFETY_LAG + MILLISECOND, ["created"])])
def test_change_is_visible_after_the_lag(
    ada: Person, client_of_ada: Client, clock: MovableClock, waited: timedelta, shown: list[str]
) -> None:
    wait_for_lag(clock)
    client_of_ada.catch_up()
    client_of_ada.seen.clear()
    ada.create()
    clock.now += waited
    client_of_ada.catch_up()
    assert [item["op"] for item in client_of_ada.seen] == shown


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 6, 100])
def test_pages_of_any_size_contain_all_changes(
    ada: Person, client_of_ada: Client, clock: MovableClock, limit: int
) -> None:
    wait_for_lag(clock)
    made = [ada.create(f"Task {number}")["id"] for number in range(4)]
    client_of_ada.catch_up(limit)
    assert [item["id"] for item in client_of_ada.seen] == [ada.user_id, *sorted(made)]
    client_of_ada.seen.clear()
    for task_id in made:
        ada.send("DELETE", f"{TASKS}/{task_id}")
    wait_for_lag(clock)
    client_of_ada.catch_up(limit)
    created, deleted = [("task", "created", 1)] * 4, [("task", "deleted", 2)] * 4
    assert client_of_ada.events() == created + deleted
    assert set(client_of_ada.copy.living()) == {ada.user_id}


def test_changes_during_the_snapshot_follow_it(
    ada: Person, client_of_ada: Client, clock: MovableClock
) -> None:
    wait_for_lag(clock)
    first, second = sorted(ada.create(title)["id"] for title in "ab")
    client_of_ada.read_page(limit=2)
    ada.send("DELETE", f"{TASKS}/{first}")
    ada.send("PATCH", f"{TASKS}/{second}", {"title": "changed"})
    third = ada.create("c")["id"]
    wait_for_lag(clock)
    client_of_ada.catch_up(limit=2)
    living = client_of_ada.copy.living()
    assert set(living) == {ada.user_id, second, third}
    assert living[second]["title"] == "changed"


def test_feed_without_more_changes_says_so(ada: Person, client_of_ada: Client, clock: MovableClock) -> None:
    assert client_of_ada.read_page() is False
    wait_for_lag(clock)
    ada.create()
    ada.create()
    wait_for_lag(clock)
    assert [client_of_ada.read_page(limit=2) for _ in range(3)] == [True, False, False]
    assert client_of_ada.events()[-2:] == [("task", "created", 1)] * 2


def test_cursor_at_the_end_does_not_expire(
    ada: Person, client_of_ada: Client, clock: MovableClock, settings: Settings
) -> None:
    client_of_ada.catch_up()
    for _ in range(5):
        clock.advance(days=settings.change_retention_days - 1)
        client_of_ada.catch_up()
    ada.create("after years")
    wait_for_lag(clock)
    client_of_ada.catch_up()
    assert client_of_ada.seen[-1]["task"]["title"] == "after years"


@pytest.mark.parametrize("half_way", [False, True], ids=["log", "snapshot"])
def test_cursor_older_than_the_log_is_gone(
    ada: Person,
    client_of_ada: Client,
    clock: MovableClock,
    settings: Settings,
    database: Database,
    half_way: bool,
) -> None:
    task = ada.create()
    client_of_ada.read_page(limit=1 if half_way else 100)
    clock.now += timedelta(days=settings.change_retention_days) - SAFETY_LAG
    assert ada.send("GET", f"{CHANGES}?cursor={client_of_ada.cursor}").status_code == 200
    clock.now += MILLISECOND
    purge_expired(database, settings, clock())
    answer = ada.send("GET", f"{CHANGES}?cursor={client_of_ada.cursor}")
    assert (answer.status_code, answer.content_type) == (410, "application/problem+json")
    assert "start again without a cursor" in answer.json["detail"]
    again = Client(ada)
    again.catch_up()
    assert set(again.copy.living()) == {ada.user_id, task["id"]}


def test_snapshot_contains_change_of_crashed_process(
    ada: Person, client_of_ada: Client, clock: MovableClock, database: Database
) -> None:
    made = ada.create("Mow")
    stranded = database.changes.find_one({"entity_id": made["id"]})
    assert stranded is not None
    undo_roll_forward(database, Change(stranded))
    clock.advance(minutes=30)
    client_of_ada.catch_up()
    assert client_of_ada.seen[-1]["task"] == made


def test_feed_contains_no_data_of_other_users(register: Callable[..., Person], clock: MovableClock) -> None:
    ada, eve = register("ada@example.com"), register("eve@example.com")
    client = Client(eve)
    client.catch_up()
    ada.create()
    wait_for_lag(clock)
    client.catch_up()
    assert {item["id"] for item in client.seen} == {eve.user_id}


def test_foreign_and_forged_cursors_are_refused(
    ada: Person, register: Callable[..., Person], client_of_ada: Client
) -> None:
    client_of_ada.catch_up()
    cursor = str(client_of_ada.cursor)
    eve = register("eve@example.com")
    wrong: list[tuple[Person, Any]] = [(eve, cursor), (ada, cursor[1:]), (ada, f"{cursor}x"), (ada, "")]
    wrong += [(ada, "garbage"), (ada, "%00"), (ada, "%F0%9F%8C%B1"), (ada, "a.b.c")]
    for person, each in wrong:
        answer = person.send("GET", f"{CHANGES}?cursor={each}")
        assert (answer.status_code, answer.content_type) == (400, "application/problem+json"), each


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "since=2026-11-20"])
def test_invalid_query_is_refused(ada: Person, query: str) -> None:
    assert ada.send("GET", f"{CHANGES}?{query}").status_code == 422


def test_signed_out_client_gets_401(ada: Person) -> None:
    assert ada.client.get(CHANGES).status_code == 401
