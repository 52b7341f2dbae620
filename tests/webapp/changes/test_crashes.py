"""After a kill at any step of a write, a retry or a restart completes the write exactly once."""

from dataclasses import asdict
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.crashes import Crasher
from tests.invariants import assert_log_and_projection_agree
from tests.webapp.conftest import PASSWORD, Person
from webapp.app import create_app
from webapp.changes.repair import newest_change_time
from webapp.core.settings import Settings
from webapp.database.connection import Database

TASKS = "/api/v1/tasks"
REQUEST = "tests.webapp.changes.forked:request"
REPAIR = "tests.webapp.changes.forked:repair"
WRITE_PATH = [
    "webapp/changes/claims.py",
    "webapp/changes/log.py",
    "webapp/tasks/store.py",
    "webapp/users/store.py",
    "webapp/users/emails.py",
    "webapp/auth/credentials.py",
]
RESTORE_PATH = [*WRITE_PATH, "webapp/tasks/rules.py"]
# The files of WRITE_PATH are not listed, because the tests of single requests kill at each of their lines.
BATCH_PATH = ["webapp/changes/claims.py", "webapp/tasks/batch.py"]
REPAIR_PATH = ["webapp/changes/repair.py", "webapp/changes/log.py"]


def keyed(person: Person, method: str, path: str, body: Any, key: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {person.token}", "Idempotency-Key": key}
    return {"method": method, "path": path, "json": body, "headers": headers}


def restarted(settings: Settings, database: Database) -> FlaskClient:
    """Return a client of a new process, which repairs the log before it serves requests."""
    return create_app(settings, database).test_client()


REQUESTS = [
    ("POST", {"title": "Mow", "category": "garden"}, 201),
    ("PATCH", {"status": "completed"}, 200),
    ("PUT", {"title": "Mow again", "priority": "high"}, 200),
    ("DELETE", {}, 204),
]


@pytest.mark.sampled
@pytest.mark.parametrize(("method", "body", "status"), REQUESTS, ids=[row[0] for row in REQUESTS])
def test_keyed_retry_completes_killed_request(
    crashes: Crasher,
    ada: Person,
    settings: Settings,
    database: Database,
    method: str,
    body: Any,
    status: int,
) -> None:
    """The retry is sent to the same process, or to a new process after the repair."""
    requests: dict[int, dict[str, Any]] = {}

    def arguments(number: int) -> dict[str, Any]:
        path = TASKS if method == "POST" else f"{TASKS}/{ada.create()['id']}"
        requests[number] = keyed(ada, method, path, body, f"key-{number}")
        return {"settings": asdict(settings), "request": requests[number]}

    for number, answer in enumerate(crashes.every_kill(REQUEST, WRITE_PATH, arguments, times=2), 1):
        client = restarted(settings, database) if number % 2 else ada.client
        key = f"{ada.user_id}:key-{number}"
        committed = database.changes.count_documents({"idempotency_key": key})
        retry = client.open(**requests[number])
        again = client.open(**requests[number])
        assert (retry.status_code, retry.data) == (status, again.data)
        assert retry.headers.get("Idempotency-Replayed") == ("true" if committed else None)
        assert again.headers["Idempotency-Replayed"] == "true"
        assert database.changes.count_documents({"idempotency_key": key}) == 1
        if answer is not None:
            assert answer == {"status": status, "body": retry.json if retry.data else None}
    assert_log_and_projection_agree(database)


@pytest.mark.parametrize(("method", "body", "status"), REQUESTS[1:], ids=[row[0] for row in REQUESTS[1:]])
def test_next_write_includes_the_killed_one(
    crashes: Crasher,
    ada: Person,
    settings: Settings,
    database: Database,
    method: str,
    body: Any,
    status: int,
) -> None:
    paths: dict[int, str] = {}

    def arguments(number: int) -> dict[str, Any]:
        paths[number] = f"{TASKS}/{ada.create()['id']}"
        request = keyed(ada, method, paths[number], body, f"key-{number}")
        return {"settings": asdict(settings), "request": request}

    for number, _ in enumerate(crashes.every_kill(REQUEST, WRITE_PATH, arguments), 1):
        committed = database.changes.count_documents({"idempotency_key": f"{ada.user_id}:key-{number}"})
        answer = ada.send("PATCH", paths[number], {"tags": ["next"]})
        if method == "DELETE" and committed:
            assert answer.status_code == 404
        else:
            assert (answer.status_code, answer.json["version"]) == (200, 2 + committed)
            assert answer.json["status"] == ("completed" if committed and method == "PATCH" else "pending")
    assert_log_and_projection_agree(database)


@pytest.mark.sampled
@pytest.mark.parametrize("purged", [False, True], ids=["tombstone", "purged"])
def test_keyed_retry_completes_killed_restore(
    crashes: Crasher, ada: Person, settings: Settings, database: Database, purged: bool
) -> None:
    requests: dict[int, dict[str, Any]] = {}

    def arguments(number: int) -> dict[str, Any]:
        task = ada.create(f"Task {number}")
        ada.send("DELETE", f"{TASKS}/{task['id']}")
        if purged:
            database.tasks.delete_one({"_id": task["id"]})
        requests[number] = keyed(ada, "POST", f"{TASKS}/{task['id']}/restore", None, f"key-{number}")
        return {"settings": asdict(settings), "request": requests[number]}

    for number, answer in enumerate(crashes.every_kill(REQUEST, RESTORE_PATH, arguments, times=2), 1):
        client = restarted(settings, database) if number % 2 else ada.client
        committed = database.changes.count_documents({"idempotency_key": f"{ada.user_id}:key-{number}"})
        retry, again = client.open(**requests[number]), client.open(**requests[number])
        assert (retry.status_code, retry.data) == (200, again.data)
        assert (retry.json["title"], retry.json["version"]) == (f"Task {number}", 3)
        assert retry.headers.get("Idempotency-Replayed") == ("true" if committed else None)
        assert answer is None or answer["body"] == retry.json
    assert_log_and_projection_agree(database)


@pytest.mark.sampled
def test_keyed_retry_completes_killed_batch(
    crashes: Crasher, ada: Person, settings: Settings, database: Database
) -> None:
    requests: dict[int, dict[str, Any]] = {}

    def arguments(number: int) -> dict[str, Any]:
        one, other = ada.create()["id"], ada.create()["id"]
        operations = [
            {"op": "create", "task": {"title": f"Task {number}"}},
            {"op": "update", "id": one, "if_match": '"1"', "task": {"title": "b"}},
            {"op": "delete", "id": other},
        ]
        body = {"operations": operations}
        requests[number] = keyed(ada, "POST", f"{TASKS}/batch", body, f"key-{number}")
        return {"settings": asdict(settings), "request": requests[number]}

    for number, _ in enumerate(crashes.every_kill(REQUEST, BATCH_PATH, arguments, times=2), 1):
        client = restarted(settings, database) if number % 2 else ada.client
        own = f"{ada.user_id}:key-{number}"
        keys = [own, f"{own}\x1f1", f"{own}\x1f2"]
        committed = database.changes.count_documents({"idempotency_key": {"$in": keys}})
        retry, again = client.open(**requests[number]), client.open(**requests[number])
        assert [result["status"] for result in retry.json["results"]] == [201, 200, 204]
        assert retry.data == again.data
        assert retry.headers.get("Idempotency-Replayed") == ("true" if committed == 3 else None)
        assert again.headers["Idempotency-Replayed"] == "true"
        assert database.changes.count_documents({"idempotency_key": {"$in": keys}}) == 3
    assert_log_and_projection_agree(database)


def test_keyed_registration_survives_any_kill(
    crashes: Crasher, ada: Person, settings: Settings, database: Database
) -> None:
    requests: dict[int, dict[str, Any]] = {}

    def arguments(number: int) -> dict[str, Any]:
        user = {"email": f"bob.{number}@example.com", "name": "Bob", "password": PASSWORD}
        headers = {"Idempotency-Key": "same for all"}
        requests[number] = {"method": "POST", "path": "/api/v1/users", "json": user, "headers": headers}
        return {"settings": asdict(settings), "request": requests[number]}

    for number, _ in enumerate(crashes.every_kill(REQUEST, WRITE_PATH, arguments), 1):
        retry = ada.client.open(**requests[number])
        assert (retry.status_code, retry.json["email"]) == (201, f"bob.{number}@example.com")
        proof = {"email": f"bob.{number}@example.com", "password": PASSWORD}
        assert ada.client.post("/api/v1/auth/login", json=proof).status_code == 200
    assert_log_and_projection_agree(database)


def test_repair_can_be_killed_at_any_step(
    crashes: Crasher, ada: Person, settings: Settings, database: Database
) -> None:
    task = ada.create()
    target = _line_after_commit(crashes, ada, settings, database)

    def arguments(number: int) -> dict[str, Any]:
        stranded = keyed(ada, "PATCH", f"{TASKS}/{task['id']}", {"title": f"{number}"}, f"stranded-{number}")
        child = {"settings": asdict(settings), "request": stranded}
        assert crashes.run(REQUEST, WRITE_PATH, target, child) is None
        # The repair starts at the interrupted change, so that each run executes the same number of lines.
        since = newest_change_time(database)
        assert since is not None
        return {"settings": asdict(settings), "since": since.isoformat()}

    for number, result in enumerate(crashes.every_kill(REPAIR, REPAIR_PATH, arguments), 1):
        if result is not None:
            assert result["repaired"] == 1
        shown = restarted(settings, database).open(**_reading(ada, task["id"])).json
        assert (shown["title"], shown["version"]) == (str(number), number + 2)
    assert_log_and_projection_agree(database)


def _reading(person: Person, task_id: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {person.token}"}
    return {"method": "GET", "path": f"{TASKS}/{task_id}", "headers": headers}


def _line_after_commit(crashes: Crasher, ada: Person, settings: Settings, database: Database) -> int:
    """Return the first line at which a kill leaves an update in the log, but not in the projection."""

    def update(key: str) -> tuple[str, dict[str, Any]]:
        task_id = ada.create()["id"]
        request = keyed(ada, "PATCH", f"{TASKS}/{task_id}", {"title": "x"}, key)
        return task_id, {"settings": asdict(settings), "request": request}

    for line in crashes.kill_points(REQUEST, WRITE_PATH, update("probe")[1]):
        task_id, child = update(f"probe-{line}")
        assert crashes.run(REQUEST, WRITE_PATH, line, child) is None
        committed = database.changes.count_documents({"entity_id": task_id}) == 2
        if committed and ada.send("GET", f"{TASKS}/{task_id}").json["version"] == 1:
            return line
    raise AssertionError("no line between commit and roll-forward was found")
