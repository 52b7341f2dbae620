"""Authorization: every operation with every kind of invalid token, and with resources of other users.

Add one row to OPERATIONS for a new operation; without this row, the first test fails.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.webapp import forged_tokens
from tests.webapp.conftest import PASSWORD, MovableClock, Person
from webapp.app import create_app
from webapp.auth.sessions import ENDED, GONE, OUTDATED
from webapp.auth.tokens import EXPIRED, INVALID, MISSING, WRONG_KIND
from webapp.core.settings import Settings
from webapp.credentials.signing_keys import key_id
from webapp.database.connection import Database
from webapp.http.context import services
from webapp.users.erasure import Eraser

OTHER_SECRET = "another secret, of more than 32 bytes as well"
NO_TASK, NO_USER = "This task does not exist.", "This user does not exist."


@dataclass(frozen=True)
class Operation:
    """An operation with a valid body, and the error if the resource belongs to another user.

    `token` is the kind of token that the operation requires. `token` is None for a public operation, which
    answers this body with `status`.
    """

    method: str
    path: str
    body: Any = None
    foreign: str | None = None
    token: str | None = "access"
    status: int = 200

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


RESTORE = "/api/v1/tasks/{task_id}/restore"
TASK, TASKS, USER = "/api/v1/tasks/{task_id}", "/api/v1/tasks", "/api/v1/users/{user_id}"
PASSWORDS = {"old_password": PASSWORD, "new_password": "a better horse battery"}

OPERATIONS = (
    Operation("GET", "/", token=None),
    Operation("GET", "/health", token=None),
    Operation("GET", "/health/ready", token=None),
    Operation("POST", "/api/v1/users", {}, token=None, status=422),
    Operation("POST", "/api/v1/auth/login", {}, token=None, status=422),
    Operation("POST", "/api/v1/auth/refresh", token="refresh"),
    Operation("POST", "/api/v1/auth/logout"),
    Operation("GET", USER, foreign=NO_USER),
    Operation("PATCH", USER, {"name": "Eve"}, foreign=NO_USER),
    Operation("DELETE", USER, {"password": PASSWORD}, foreign=NO_USER),
    Operation("PUT", "/api/v1/users/me/password", PASSWORDS),
    Operation("POST", TASKS, {"title": "Mine now"}),
    Operation("GET", TASKS),
    Operation("GET", TASK, foreign=NO_TASK),
    Operation("PUT", TASK, {"title": "Mine now"}, foreign=NO_TASK),
    Operation("PATCH", TASK, {"title": "Mine now"}, foreign=NO_TASK),
    Operation("DELETE", TASK, foreign=NO_TASK),
    Operation("POST", "/api/v1/tasks/batch", {"operations": [{"op": "create", "task": {"title": "Mine"}}]}),
    Operation("POST", RESTORE, foreign=NO_TASK),
    Operation("GET", "/api/v1/tasks/{task_id}/history", foreign=NO_TASK),
    Operation("GET", "/api/v1/changes"),
    Operation("GET", "/api/v1/insights/me"),
    Operation("GET", "/api/v1/insights/me/daily"),
    Operation("GET", "/api/v1/insights/me/period"),
)
OPEN = [each for each in OPERATIONS if each.token is None]
GUARDED = [each for each in OPERATIONS if each.token is not None]
OWNED = [each for each in OPERATIONS if each.foreign is not None]


@dataclass
class Target:
    """Ada's account with a task and a deleted task; the tests use app and clock to invalidate her tokens."""

    ada: Person
    task_id: str
    deleted_id: str
    app: Flask
    clock: MovableClock

    def token(self, kind: str) -> str:
        return self.ada.refresh_token if kind == "refresh" else self.ada.token

    def ask(self, operation: Operation, token: str | None, client: FlaskClient | None = None) -> TestResponse:
        task_id = self.deleted_id if operation.path == RESTORE else self.task_id
        path = operation.path.format(task_id=task_id, user_id=self.ada.user_id)
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        asked = client or self.ada.client
        return asked.open(path, method=operation.method, json=operation.body, headers=headers)


def expired(target: Target, good: str) -> str:
    target.clock.advance(days=40_000)
    return good


def ended(target: Target, good: str) -> str:
    assert target.ada.send("POST", "/api/v1/auth/logout").status_code == 204
    return good


def outdated(target: Target, good: str) -> str:
    assert target.ada.send("POST", "/api/v1/auth/logout?everywhere=true").status_code == 204
    return good


def erased(target: Target, good: str) -> str:
    services(target.app).get(Eraser).erase(target.ada.user_id)
    return good


def of_the_other_kind(target: Target, good: str) -> str:
    return target.ada.token if good == target.ada.refresh_token else target.ada.refresh_token


# Functions that each make a token invalid, with the error that the API then returns.
INVALIDATIONS: dict[str, tuple[Callable[[Target, str], str | None], str]] = {
    "none": (lambda target, good: None, MISSING),
    "garbage": (lambda target, good: "garbage", INVALID),
    "expired": (expired, EXPIRED),
    "alg-none": (lambda target, good: forged_tokens.unsigned(good), INVALID),
    "rsa": (lambda target, good: forged_tokens.signed_with_rsa(good), INVALID),
    "public-key-as-secret": (lambda target, good: forged_tokens.signed_with_public_key(good), INVALID),
    "other-secret": (
        lambda target, good: forged_tokens.signed(forged_tokens.claims_of(good), secret=OTHER_SECRET),
        INVALID,
    ),
    "unknown-kid": (
        lambda target, good: forged_tokens.signed(forged_tokens.claims_of(good), kid=key_id(OTHER_SECRET)),
        INVALID,
    ),
    "missing-kid": (
        lambda target, good: forged_tokens.signed(forged_tokens.claims_of(good), kid="(none)"),
        INVALID,
    ),
    "other-kind": (of_the_other_kind, WRONG_KIND),
    "ended-session": (ended, ENDED),
    "older-generation": (outdated, OUTDATED),
    "erased-user": (erased, GONE),
}


@pytest.fixture
def target(register: Callable[..., Person], app: Flask, clock: MovableClock) -> Target:
    ada = register("ada@example.com")
    deleted_id = ada.create()["id"]
    assert ada.send("DELETE", f"{TASKS}/{deleted_id}").status_code == 204
    return Target(ada, ada.create()["id"], deleted_id, app, clock)


def contents(database: Database) -> dict[str, list[Any]]:
    return {name: list(database[name].find({})) for name in sorted(database.list_collection_names())}


def documented(client: FlaskClient) -> Iterator[tuple[str, str, list[dict[str, Any]]]]:
    for path, item in dict(client.get("/openapi.json").json or {})["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                yield method.upper(), path, operation.get("security", [])


def test_every_operation_has_a_row(client: FlaskClient) -> None:
    schemes: dict[str | None, list[dict[str, list[str]]]] = {
        None: [],
        "access": [{"bearerAuth": []}],
        "refresh": [{"refreshAuth": []}],
    }
    rows = {(each.method, each.path): schemes[each.token] for each in OPERATIONS}
    assert rows == {(method, path): security for method, path, security in documented(client)}


@pytest.mark.parametrize("operation", GUARDED, ids=str)
def test_valid_token_is_accepted(target: Target, operation: Operation) -> None:
    """With a valid token, the requests of the tests below succeed, so the token causes their errors."""
    assert target.ask(operation, target.token(operation.token or "")).status_code in range(200, 300)


@pytest.mark.parametrize("invalidation", INVALIDATIONS)
@pytest.mark.parametrize("kind", ["access", "refresh"])
def test_invalid_token_is_refused(target: Target, database: Database, kind: str, invalidation: str) -> None:
    invalidate, detail = INVALIDATIONS[invalidation]
    token = invalidate(target, target.token(kind))
    error = "" if token is None else ', error="invalid_token"'
    before = contents(database)
    for operation in (each for each in GUARDED if each.token == kind):
        answer = target.ask(operation, token)
        assert (answer.status_code, answer.json["detail"]) == (401, detail), operation
        assert answer.headers["WWW-Authenticate"] == f'Bearer realm="todo"{error}', operation
        assert contents(database) == before, operation


@pytest.mark.parametrize("operation", OWNED, ids=str)
def test_foreign_resource_looks_like_a_missing_one(
    target: Target, register: Callable[..., Person], database: Database, operation: Operation
) -> None:
    eve = register("eve@example.com")
    before = contents(database)
    answer = target.ask(operation, eve.token)
    assert (answer.status_code, answer.json["detail"]) == (404, operation.foreign)
    assert contents(database) == before
    unknown = "01a1fd9e-0000-7000-8000-000000000000"
    nothing = replace(target, task_id=unknown, deleted_id=unknown, ada=replace(target.ada, user_id=unknown))
    missing = {**dict(nothing.ask(operation, eve.token).json or {}), "instance": "", "request_id": ""}
    assert missing == {**dict(answer.json or {}), "instance": "", "request_id": ""}


@pytest.mark.parametrize("token", [None, "garbage"])
@pytest.mark.parametrize("operation", OPEN, ids=str)
def test_public_operation_needs_no_token(target: Target, operation: Operation, token: str | None) -> None:
    assert target.ask(operation, token).status_code == operation.status


def test_tokens_of_another_service_are_refused(
    target: Target, settings: Settings, database: Database, clock: MovableClock
) -> None:
    """A deployment with another secret refuses the tokens of this deployment, even with the same database."""
    other = create_app(replace(settings, jwt_secret=OTHER_SECRET), database, clock).test_client()
    answer = target.ask(Operation("GET", TASKS), target.ada.token, other)
    assert (answer.status_code, answer.json["detail"]) == (401, INVALID)
