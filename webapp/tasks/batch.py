"""Executes many writes of tasks in one request; each write is atomic and independent of failed writes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask import Response, current_app
from marshmallow import Schema, ValidationError
from pymongo.errors import PyMongoError

from webapp.changes import ChangeLog, CommitResult, Origin
from webapp.core.errors import Busy, TodoError
from webapp.http.context import service, services
from webapp.rest.parsing import validation_error
from webapp.rest.responses import etag, precondition
from webapp.tasks.schemas import TaskInputSchema, TaskPatchSchema
from webapp.tasks.store import TaskStore

MAX_OPERATIONS = 100
# The time after which a batch starts no further operation, so that the client gets a response even if the
# database is slow.
TIME_LIMIT = timedelta(seconds=10)
# The maximum number of validation errors in the result of one operation, so that the response stays small.
MAX_ERRORS = 5

Operation = Mapping[str, Any]
Result = dict[str, Any]

SCHEMAS: dict[str, Schema] = {"create": TaskInputSchema(), "update": TaskPatchSchema()}
STATUS_CODES = {"create": 201, "update": 200, "delete": 204}


def execute_batch(origin: Origin, operations: Sequence[Operation]) -> tuple[list[Result], bool]:
    """Execute the operations in order; returns the result of each operation, and whether all are replays.

    Each operation is committed with its own idempotency key, derived from the key of the request. After a
    failure of the database, or after TIME_LIMIT, the remaining operations are not attempted. Raises Invalid
    when the key was used for another request, and PyMongoError when the database is unavailable for the first
    operation.
    """
    if origin.key is not None:
        # A registration with this key would not have claimed the key, because the user had no id yet. So the
        # keys are checked in the log as well.
        service(ChangeLog).check_keys([origin.key], origin.fingerprint)
    deadline = services().clock() + TIME_LIMIT
    results: list[Result] = []
    replays: list[bool] = []
    for number, operation in enumerate(operations):
        try:
            if services().clock() > deadline:
                raise Busy(
                    "The batch took too long to execute this operation; send the batch again.", retry_after=1
                )
            result = _write(origin, number, operation)
        except TodoError as error:
            results.append(_failure(operation, _answer(error)))
        except PyMongoError as error:
            if number == 0:
                raise
            away = _answer(error)
            return results + [_failure(each, away) for each in operations[number:]], False
        else:
            results.append(_success(result))
            replays.append(result.replayed)
    return results, bool(replays) and all(replays)


def _write(origin: Origin, number: int, operation: Operation) -> CommitResult:
    op, owner_id, task_id = operation["op"], origin.user_id, operation.get("id", "")
    own = replace(origin, key=_key(origin, number), status_code=STATUS_CODES[op])
    tasks, allowed = service(TaskStore), precondition(operation.get("if_match"))
    if op == "delete":
        return tasks.delete(owner_id, task_id, own, allowed)
    fields = _fields(number, operation)
    if op == "create":
        return tasks.create(owner_id, fields, own)
    return tasks.update(owner_id, task_id, fields, own, allowed)


def _fields(number: int, operation: Operation) -> dict[str, Any]:
    try:
        fields: dict[str, Any] = SCHEMAS[operation["op"]].load(operation["task"])
    except ValidationError as error:
        messages = {"json": {"operations": {number: {"task": error.messages}}}}
        raise validation_error(messages, MAX_ERRORS) from None
    return fields


def _key(origin: Origin, number: int) -> str | None:
    """Return the idempotency key of an operation; the first operation has the client's own key.

    The request has claimed the client's key. The keys of the other operations contain a control character, so
    that no client can send them.
    """
    return origin.key if origin.key is None or number == 0 else f"{origin.key}\x1f{number}"


def _success(result: CommitResult) -> Result:
    change = result.change
    item = {"status": result.status_code, "id": change.entity_id}
    if change.after is None:
        return item
    return item | {"etag": etag(change.version), "task": change.after}


def _failure(operation: Operation, answer: Response) -> Result:
    named = {"id": operation["id"]} if "id" in operation else {}
    return {"status": answer.status_code, **named, "problem": answer.get_json()}


def _answer(error: TodoError | PyMongoError) -> Response:
    """Return the problem response that a single request with this error would get."""
    return current_app.make_response(current_app.handle_user_exception(error))
