"""A request is retried across an upgrade to a release that has added an optional field to tasks."""

import hashlib
import importlib
import json
import sys
from collections.abc import Callable
from typing import Any

import marshmallow as ma
import pytest

from tests.webapp.conftest import PASSWORD, MovableClock, Person
from webapp.app import create_app
from webapp.core.settings import Settings
from webapp.database.connection import Database
from webapp.rest.smorest import DOC_METADATA
from webapp.tasks.fields import WRITABLE, TaskField

TASKS = "/api/v1/tasks"
# The values of absent fields in the fingerprints of the first release. They are repeated on purpose, and not
# taken from webapp/tasks/fields.py, so that a test fails if they change there.
FINGERPRINTED: dict[str, Any] = {
    "description": None,
    "status": "pending",
    "priority": "medium",
    "category": None,
    "tags": [],
    "due_date": None,
}
# The modules that build schemas from the fields of a task, or use these schemas.
BUILT = ("tasks.schemas", "tasks.batch", "tasks.batch_schemas", "tasks.rendering", "tasks.views", "app")


@pytest.fixture
def upgrade(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, database: Database, clock: MovableClock
) -> Callable[[Person], Person]:
    """Return a function that starts the later release and returns the same signed-in person there."""

    def connect(person: Person) -> Person:
        added = TaskField(
            lambda **options: ma.fields.Integer(strict=True, **options),
            description="A field of the later release.",
            example=30,
            clearable=True,
        )
        monkeypatch.setitem(WRITABLE, "added_later", added)
        for name in BUILT:
            package, _, module = f"webapp.{name}".rpartition(".")
            # `from package import module` returns the attribute of the package if there is one.
            monkeypatch.delattr(sys.modules[package], module)
            monkeypatch.delitem(sys.modules, f"webapp.{name}")
        later = importlib.import_module("webapp.app").create_app(settings, database, clock)
        return Person(later.test_client(), person.user_id, person.token)

    return connect


def test_retry_across_the_upgrade_is_a_replay(
    ada: Person, upgrade: Callable[[Person], Person], database: Database
) -> None:
    task = f"{TASKS}/{ada.create()['id']}"
    requests = [
        ("POST", TASKS, {"title": "Mow", "tags": ["b"]}),
        ("PUT", task, {"title": "Rake"}),
        ("PATCH", task, {"priority": "high"}),
        ("POST", f"{TASKS}/batch", {"operations": [{"op": "create", "task": {"title": "Dig"}}]}),
    ]
    first = [ada.send(*each, Idempotency_Key=str(n)) for n, each in enumerate(requests)]
    written = database.changes.count_documents({})
    ada = upgrade(ada)
    again = [ada.send(*each, Idempotency_Key=str(n)) for n, each in enumerate(requests)]
    assert [each.headers.get("Idempotency-Replayed") for each in again] == ["true"] * len(requests)
    # Tasks that the earlier release wrote are shown with the default of the added field.
    added = {"added_later": None}
    assert [each.json for each in again[:3]] == [{**dict(each.json or {}), **added} for each in first[:3]]
    assert ada.send("GET", task).json == again[2].json
    assert {each["added_later"] for each in ada.send("GET", TASKS).json["items"]} == {None}
    assert database.changes.count_documents({}) == written


@pytest.mark.parametrize(
    ("method", "sent", "different"),
    [
        ("POST", {"title": "Mow"}, {"title": "Mow", "added_later": 30}),
        ("PUT", {"title": "Mow"}, {"title": "Mow", "added_later": 30}),
        ("PATCH", {"title": "Mow"}, {"title": "Mow", "added_later": None}),
        ("PATCH", {"title": "Mow", "added_later": 30}, {"title": "Mow", "added_later": None}),
        ("PATCH", {"title": "Mow", "description": None}, {"title": "Mow"}),
    ],
)
def test_request_with_another_meaning_is_refused(
    ada: Person, upgrade: Callable[[Person], Person], method: str, sent: Any, different: Any
) -> None:
    """PATCH with null clears the field, and PATCH without the field leaves it unchanged."""
    path = TASKS if method == "POST" else f"{TASKS}/{ada.create(description='twice a week')['id']}"
    ada = upgrade(ada)
    assert ada.send(method, path, sent, Idempotency_Key="k").status_code < 300
    assert ada.send(method, path, different, Idempotency_Key="k").status_code == 422
    assert "Idempotency-Replayed" in ada.send(method, path, sent, Idempotency_Key="k").headers


def test_added_field_is_stored_and_has_its_default(ada: Person, upgrade: Callable[[Person], Person]) -> None:
    ada = upgrade(ada)
    task = ada.create(added_later=30)
    assert (task["added_later"], ada.create()["added_later"]) == (30, None)
    assert ada.send("PUT", f"{TASKS}/{task['id']}", {"title": "Mow"}).json["added_later"] is None


def test_fingerprints_are_those_of_the_first_release(ada: Person, database: Database) -> None:
    """The log of an installation contains such fingerprints for 400 days."""
    task = f"{TASKS}/{ada.create()['id']}"
    user = {"email": "eve@example.com", "name": "Eve"}
    ada.send("POST", TASKS, {"title": "Mow", "category": "garden"}, Idempotency_Key="post")
    ada.send("PUT", task, {"title": "Rake"}, Idempotency_Key="put")
    ada.send("PATCH", task, {"priority": "high"}, Idempotency_Key="patch")
    ada.client.post(
        "/api/v1/users", json={**user, "password": PASSWORD}, headers={"Idempotency-Key": "register"}
    )
    stored = {
        each["idempotency_key"].rpartition(":")[2]: each["fingerprint"]
        for each in database.changes.find({"idempotency_key": {"$regex": "[a-z]$"}})
    }
    assert stored == {
        "post": _digest("POST", TASKS, {**FINGERPRINTED, "title": "Mow", "category": "garden"}),
        "put": _digest("PUT", task, {**FINGERPRINTED, "title": "Rake"}),
        "patch": _digest("PATCH", task, {"priority": "high"}),
        "register": _digest("POST", "/api/v1/users", {**user, "time_zone": "UTC"}),
    }


def test_loading_a_body_sets_no_defaults(settings: Settings, database: Database) -> None:
    """If loading set a default, it would be part of the fingerprint; the store has to set the defaults."""
    views = create_app(settings, database).view_functions.values()
    documented = [getattr(view, "_apidoc", {}) for view in views]
    bodies = [
        each["schema"]
        for notes in documented
        if "Idempotency-Key" in notes.get(DOC_METADATA, {}).get("headers", {})
        for each in notes.get("arguments", {}).get("parameters", [])
        if each["in"] != "query"
    ]
    assert len(bodies) >= 6
    assert [
        f"{type(schema).__name__}.{name} has a load_default: let the store set the default"
        for schema in bodies
        for name, field in schema.load_fields.items()
        if field.load_default is not ma.missing
    ] == []


def _digest(*request: Any) -> str:
    return hashlib.sha256(json.dumps(request, sort_keys=True, default=str).encode()).hexdigest()
