"""Restoring a deleted task: its content, the requests that are refused, and the effect of a purge."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.invariants import assert_log_and_projection_agree
from tests.webapp.changes.conftest import undo_roll_forward
from tests.webapp.conftest import MovableClock, Person
from webapp.changes import Change, ChangeLog
from webapp.core.settings import Settings
from webapp.database.connection import Database, purge_expired
from webapp.http.context import services

TASKS = "/api/v1/tasks"


@pytest.fixture
def deleted(ada: Person, clock: MovableClock) -> dict[str, Any]:
    """Create a task, change it, and delete it an hour later; returns the content before the deletion."""
    place = f"{TASKS}/{ada.create('Mow', tags=['garden'])['id']}"
    task = ada.send("PATCH", place, {"status": "completed"}).json
    clock.advance(hours=1)
    assert ada.send("DELETE", place).status_code == 204
    return dict(task or {})


def restore(person: Person, task: dict[str, Any], **headers: str) -> Any:
    return person.send("POST", f"{TASKS}/{task['id']}/restore", **headers)


def expire_tombstones(database: Database, settings: Settings, clock: MovableClock) -> None:
    """Advance the clock by a month, and delete the expired tombstones."""
    clock.advance(days=settings.tombstone_days + 1)
    purge_expired(database, settings, clock())
    assert database.tasks.count_documents({"deleted_at": {"$exists": True}}) == 0


def test_restored_task_has_its_former_content(
    ada: Person, deleted: dict[str, Any], clock: MovableClock
) -> None:
    clock.advance(hours=1)
    answer = restore(ada, deleted)
    expected = {**deleted, "version": 4, "updated_at": "2026-11-20T11:30:00.000Z"}
    assert (answer.status_code, answer.json, answer.headers["ETag"]) == (200, expected, '"4"')
    assert ada.send("GET", f"{TASKS}/{deleted['id']}").json == expected
    assert ada.send("GET", TASKS).json["items"] == [expected]


def test_restored_task_can_be_changed(ada: Person, deleted: dict[str, Any], database: Database) -> None:
    restore(ada, deleted)
    place = f"{TASKS}/{deleted['id']}"
    assert ada.send("PATCH", place, {"title": "b"}, If_Match='"4"').json["version"] == 5
    assert ada.send("DELETE", place).status_code == 204
    assert restore(ada, deleted).json["title"] == "b"
    assert_log_and_projection_agree(database)


def test_existing_task_cannot_be_restored(ada: Person, deleted: dict[str, Any], database: Database) -> None:
    restore(ada, deleted)
    written = database.changes.count_documents({})
    assert restore(ada, deleted).status_code == 409
    assert restore(ada, ada.create()).status_code == 409
    assert database.changes.count_documents({}) == written + 1


def test_foreign_task_cannot_be_restored(
    ada: Person, deleted: dict[str, Any], register: Callable[..., Person], database: Database
) -> None:
    eve = register("eve@example.com")
    unknown = {"id": "01a1fd9e-0000-7000-8000-000000000000"}
    details = {restore(eve, each).json["detail"] for each in (deleted, ada.create(), unknown, {"id": "zzz"})}
    assert details == {"This task does not exist."}
    assert database.changes.count_documents({"op": "restored"}) == 0


def test_keyed_restore_is_replayed(ada: Person, deleted: dict[str, Any], database: Database) -> None:
    first, again = (restore(ada, deleted, Idempotency_Key="k") for _ in range(2))
    ada.send("DELETE", f"{TASKS}/{deleted['id']}")
    later = restore(ada, deleted, Idempotency_Key="k")
    assert first.data == again.data == later.data
    assert first.headers["ETag"] == again.headers["ETag"] == later.headers["ETag"]
    replays = [answer.headers.get("Idempotency-Replayed") for answer in (first, again, later)]
    assert replays == [None, "true", "true"]
    assert database.changes.count_documents({"op": "restored"}) == 1
    assert ada.send("GET", f"{TASKS}/{deleted['id']}").status_code == 404


def test_key_of_other_request_restores_nothing(ada: Person, deleted: dict[str, Any]) -> None:
    ada.send("POST", TASKS, {"title": "x"}, Idempotency_Key="k")
    assert restore(ada, deleted, Idempotency_Key="k").status_code == 422
    assert ada.send("GET", f"{TASKS}/{deleted['id']}").status_code == 404


def test_task_can_be_restored_after_purge_of_tombstone(
    ada: Person, deleted: dict[str, Any], settings: Settings, database: Database, clock: MovableClock
) -> None:
    expire_tombstones(database, settings, clock)
    answer = restore(ada, deleted)
    assert (answer.status_code, answer.json["version"], answer.json["title"]) == (200, 4, "Mow")
    assert_log_and_projection_agree(database)


def test_task_can_be_restored_after_expiry_of_first_changes(
    ada: Person, deleted: dict[str, Any], settings: Settings, database: Database, clock: MovableClock
) -> None:
    expire_tombstones(database, settings, clock)
    database.changes.delete_many({"entity_id": deleted["id"], "version": {"$lt": 3}})
    assert restore(ada, deleted).json["version"] == 4
    versions = [change["version"] for change in database.changes.find({"entity_id": deleted["id"]})]
    assert sorted(versions) == [3, 4]


def test_task_cannot_be_restored_after_expiry_of_delete(
    ada: Person, deleted: dict[str, Any], settings: Settings, database: Database, clock: MovableClock
) -> None:
    clock.advance(days=settings.change_retention_days + 1)
    purge_expired(database, settings, clock())
    assert restore(ada, deleted).status_code == 404
    assert database.tasks.count_documents({}) == 0


def test_refused_restore_creates_no_tombstone(
    ada: Person,
    deleted: dict[str, Any],
    register: Callable[..., Person],
    settings: Settings,
    database: Database,
    clock: MovableClock,
) -> None:
    expire_tombstones(database, settings, clock)
    assert restore(register("eve@example.com"), deleted).status_code == 404
    assert database.tasks.count_documents({}) == 0


def test_delete_of_crashed_process_can_be_restored(ada: Person, database: Database) -> None:
    task = ada.create()
    ada.send("DELETE", f"{TASKS}/{task['id']}")
    deletion = database.changes.find_one({"entity_id": task["id"], "version": 2})
    assert deletion is not None
    undo_roll_forward(database, Change(deletion))
    assert restore(ada, task).json["version"] == 3
    assert_log_and_projection_agree(database)


def test_restore_renews_the_tombstone_first(
    ada: Person, deleted: dict[str, Any], settings: Settings, database: Database, clock: MovableClock
) -> None:
    clock.advance(days=settings.tombstone_days, hours=-1, seconds=1)
    renewed: list[timedelta] = []
    log = services(ada.client.application).get(ChangeLog)
    append = log._append

    def look_then_append(change: Change) -> None:
        tombstone = database.tasks.find_one({"_id": deleted["id"]})
        assert tombstone is not None
        renewed.append(tombstone["expires_at"] - clock())
        # If the tombstone had not been renewed, this purge would delete it.
        purge_expired(database, settings, clock() + timedelta(days=settings.tombstone_days, seconds=-1))
        append(change)

    log._append = look_then_append  # type: ignore[method-assign]
    assert restore(ada, deleted).json["version"] == 4
    assert renewed == [timedelta(days=settings.tombstone_days)]
    assert_log_and_projection_agree(database)
