"""The API writes changes to the log with the fields that the pipeline reads."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from tests.webapp.previous_release import CREATED, PreviousRelease
from todo_insights.hourly.extract import extract
from todo_insights.lake.schema import BRONZE_TASKS, ERASED_FIELDS, OPS, SOURCE, TASK_IMAGE, USER_IMAGE
from todo_insights.transform.aggregate import aggregate
from todo_insights.transform.conform import conform
from webapp.app import create_app
from webapp.changes.change import SCHEMA_VERSION
from webapp.core.clock import utc_now
from webapp.core.ids import new_id
from webapp.core.settings import Settings
from webapp.database.connection import Database
from webapp.services import build_services
from webapp.tasks.fields import WRITABLE
from webapp.tasks.rules import PRIORITIES, STATUSES
from webapp.users.erasure import PERSONAL_FIELDS, Eraser

TASKS = "/api/v1/tasks"
# The API needs these fields to answer a retry or to sort the change feed; the lake does not store them.
KEPT_IN_THE_LOG = {"idempotency_key", "fingerprint", "status_code", "position"}
# A value for each field that clients write.
EVERYTHING = {**{name: field.example for name, field in WRITABLE.items()}, "status": "completed"}


@pytest.fixture
def written(settings: Settings, database: Database) -> Database:
    """A log that contains every kind of change, written with HTTP requests to the API."""
    client = create_app(settings, database).test_client()
    proof = {"email": "ada@example.com", "password": "correct horse battery"}
    client.post("/api/v1/users", json={**proof, "name": "Ada", "time_zone": "Europe/Lisbon"})
    token = client.post("/api/v1/auth/login", json=proof).json["access_token"]
    signed_in: dict[str, Any] = {"headers": {"Authorization": f"Bearer {token}"}}
    client.post(TASKS, json={"title": "Only a title"}, **signed_in)
    place = client.post(TASKS, json=EVERYTHING, **signed_in).headers["Location"]
    client.patch(place, json={"status": "pending", "category": None}, **signed_in)
    client.delete(place, **signed_in)
    client.post(f"{place}/restore", **signed_in)
    return database


def test_pipeline_reads_every_written_field(written: Database) -> None:
    changes = list(written.changes.find({}))
    assert {frozenset(change) for change in changes} == {frozenset({*SOURCE.names, *KEPT_IN_THE_LOG})}
    images = {"task": set[str](), "user": set[str]()}
    for change in changes:
        for image in (change["before"], change["after"]):
            images[change["entity"]] |= set(image or ())
    assert images == {"task": _names(TASK_IMAGE), "user": _names(USER_IMAGE)}, (
        "the fields that the API logs (of a task: webapp/tasks/fields.py) differ from those in [records] "
        "of dags/todo_insights/lake/tables.toml"
    )


def test_log_holds_every_kind_of_change(written: Database) -> None:
    assert {change["op"] for change in written.changes.find({})} == set(OPS)


def test_pipeline_rejects_no_change_of_the_api(written: Database) -> None:
    now = datetime.now(UTC)
    (extracted,) = extract(written.changes, now - timedelta(hours=1), now + timedelta(hours=1))
    silver = conform(extracted.tasks, extracted.users)
    assert (extracted.source_count, extracted.tasks.num_rows, extracted.users.num_rows) == (6, 5, 1)
    assert len(extracted.rejects) + len(silver.rejects) == 0
    rows = {(row["task_id"], row["version"]): row for row in extracted.tasks.to_pylist()}
    for change in written.changes.find({"entity": "task"}):
        row = rows[change["entity_id"], change["version"]]
        assert (row["before"], row["after"]) == (change["before"], change["after"])


def test_pipeline_accepts_changes_without_erased_data(written: Database) -> None:
    """Changes of an erased user have no personal data; the pipeline counts them and rejects none of them."""
    now = datetime.now(UTC)
    user = written.users.find_one({})
    assert user is not None
    build_services(Settings(jwt_secret="x" * 32), written, utc_now, new_id).get(Eraser).erase(user["_id"])
    changes = list(written.changes.find({}))
    erased = frozenset({*SOURCE.names, *KEPT_IN_THE_LOG, "erased"})
    assert {frozenset(change) for change in changes} == {erased}
    (extracted,) = extract(written.changes, now - timedelta(hours=1), now + timedelta(hours=1))
    silver = conform(extracted.tasks, extracted.users)
    assert len(extracted.rejects) + len(silver.rejects) == 0
    # The erasure added three changes: it deleted two tasks and the user.
    assert (silver.tasks.num_rows, silver.users.num_rows) == (5 + 2, 1 + 1)
    assert set(silver.users["email_masked"].to_pylist()) == {None}
    assert {*silver.tasks["category_after"].to_pylist()} == {None}
    for row in (*extracted.tasks.to_pylist(), *extracted.users.to_pylist()):
        for image in (row["before"] or {}, row["after"] or {}):
            assert not any(image.get(name) for name in ERASED_FIELDS)


def test_pipeline_moves_a_task_to_the_normalized_category(settings: Settings, database: Database) -> None:
    """Published hours count the task in its old category; the change moves the count to the new category."""
    old = PreviousRelease(database)
    old.task(old.user("ada@example.com"), "Water the plants", "cafe\u0301", ("e\u0301",))
    result = create_app(settings, database).test_cli_runner().invoke(args=["users", "normalize"])
    assert result.exit_code == 0, result.output
    (extracted,) = extract(database.changes, CREATED, datetime.now(UTC) + timedelta(hours=1))
    silver = conform(extracted.tasks, extracted.users)
    assert len(extracted.rejects) + len(silver.rejects) == 0
    rows = aggregate(silver.tasks, silver.users)[1].to_pylist()
    assert {row["category"]: row["pending_delta"] for row in rows} == {"cafe\u0301": 0, "caf\u00e9": 1}


def test_both_sides_have_the_same_personal_fields() -> None:
    assert frozenset(PERSONAL_FIELDS) == ERASED_FIELDS


@pytest.mark.parametrize("field", ["status", "priority"])
def test_pipeline_knows_every_value_of_the_api(written: Database, field: str) -> None:
    allowed = {"status": STATUSES, "priority": PRIORITIES}[field]
    task = written.tasks.find_one({"user_id": {"$exists": True}})
    assert task is not None
    now = datetime.now(UTC)
    for number, value in enumerate(allowed):
        done = now if value == "completed" else None
        image = {**task, "_id": f"t{number}", field: value, "completed_at": done, "version": 1}
        change: dict[str, Any] = {
            "_id": f"task:t{number}:1",
            "entity": "task",
            "entity_id": f"t{number}",
            "user_id": "u",
            "version": 1,
            "op": "created",
            "at": now,
            "time_zone": "UTC",
            "before": None,
            "after": image,
            "request_id": "r",
            "schema_version": SCHEMA_VERSION,
            "idempotency_key": f"k{number}",
        }
        written.changes.insert_one(change)
    (extracted,) = extract(written.changes, now - timedelta(hours=1), now + timedelta(hours=1))
    silver = conform(extracted.tasks, extracted.users)
    assert set(silver.tasks[f"{field}_after"].to_pylist()) >= set(allowed)
    assert len(silver.rejects) == 0


def test_bronze_images_are_whole_documents() -> None:
    columns = {field.name: field.type for field in BRONZE_TASKS.columns}
    assert columns["before"] == columns["after"] == TASK_IMAGE


def _names(image: pa.StructType) -> set[str]:
    return {field.name for field in image}
