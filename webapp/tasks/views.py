"""The views of tasks."""

from datetime import date
from functools import partial
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import request

from webapp.changes import Origin
from webapp.http.context import current_user_id, service, services
from webapp.rest import idempotency
from webapp.rest.cursors import Cursors
from webapp.rest.responses import ViewResponse, etag, requested_precondition, write_response
from webapp.rest.smorest import Blueprint
from webapp.tasks.batch import execute_batch
from webapp.tasks.batch_schemas import BatchResultsSchema, BatchSchema
from webapp.tasks.cursors import read_cursor, write_cursor
from webapp.tasks.fields import fingerprinted
from webapp.tasks.history import TaskHistory
from webapp.tasks.history_schemas import HistoryPageSchema, HistoryQuerySchema
from webapp.tasks.query import TaskQuery
from webapp.tasks.rendering import render
from webapp.tasks.schemas import (
    TaskInputSchema,
    TaskPageSchema,
    TaskPatchSchema,
    TaskQuerySchema,
    TaskReplacementSchema,
    TaskSchema,
)
from webapp.tasks.store import TaskStore
from webapp.users.store import UserStore

COLLECTION_PATH = "/api/v1/tasks"

blueprint = Blueprint("Tasks", __name__, url_prefix=COLLECTION_PATH, description="Your tasks.")


@blueprint.post("")
@blueprint.login_required
@blueprint.idempotent
@blueprint.arguments(TaskInputSchema)
@blueprint.response(201, TaskSchema)
def create_task(fields: dict[str, Any]) -> ViewResponse:
    """Create a task"""
    origin = _origin(fingerprinted(fields), status_code=201)
    return write_response(service(TaskStore).create(origin.user_id, fields, origin), COLLECTION_PATH)


@blueprint.get("")
@blueprint.login_required
@blueprint.supports_if_none_match
@blueprint.problems(400)
@blueprint.arguments(TaskQuerySchema, location="query")
@blueprint.response(200, TaskPageSchema, headers={"Link": "Link"})
def list_tasks(query: dict[str, Any]) -> Any:
    """List your tasks, page by page"""
    owner_id, limit, keys = current_user_id(), query.pop("limit"), services().signing_keys
    cursor, task_query = query.pop("cursor", None), TaskQuery(**query)
    after = read_cursor(keys, owner_id, task_query, cursor)
    page = service(TaskStore).page(owner_id, task_query, limit, partial(_today, owner_id), after)
    following = write_cursor(keys, owner_id, task_query, page.last)
    items = [render(task) for task in page.items]
    return {"items": items, "next_cursor": following}, _next_link(limit, following)


@blueprint.post("/batch")
@blueprint.login_required
@blueprint.idempotent
@blueprint.arguments(BatchSchema)
@blueprint.response(207, BatchResultsSchema)
def write_batch(body: dict[str, Any]) -> ViewResponse:
    """Create, update and delete many tasks at once

    The operations are executed in order and independently: a failed operation neither stops later operations
    nor undoes earlier operations. With an `Idempotency-Key` you can send the whole batch again: executed
    operations return their results again, and the other operations are retried. Use a new key for each batch.
    """
    origin = _origin(body, status_code=207)
    results, replayed = execute_batch(origin, body["operations"])
    return {"results": results}, 207, {"Idempotency-Replayed": "true"} if replayed else {}


@blueprint.get("/<task_id>")
@blueprint.login_required
@blueprint.supports_if_none_match
@blueprint.response(200, TaskSchema)
def get_task(task_id: str) -> Any:
    """Show a task"""
    task = service(TaskStore).get(current_user_id(), task_id)
    return task, {"ETag": etag(task["version"])}


@blueprint.put("/<task_id>")
@blueprint.login_required
@blueprint.conditional
@blueprint.idempotent
@blueprint.arguments(TaskReplacementSchema)
@blueprint.response(200, TaskSchema)
def replace_task(fields: dict[str, Any], task_id: str) -> ViewResponse:
    """Replace a task

    A field that is left out gets its default. You can send a body that GET returned: read-only fields may be
    sent, but not changed.
    """
    allowed, origin = requested_precondition(), _origin(fingerprinted(fields))
    return write_response(
        service(TaskStore).replace(origin.user_id, task_id, fields, origin, allowed), COLLECTION_PATH
    )


@blueprint.patch("/<task_id>")
@blueprint.login_required
@blueprint.conditional
@blueprint.idempotent
@blueprint.merge_patch(TaskPatchSchema)
@blueprint.response(200, TaskSchema)
def change_task(fields: dict[str, Any], task_id: str) -> ViewResponse:
    """Change some fields of a task

    A field that is left out stays unchanged; null clears a field.
    """
    allowed, origin = requested_precondition(), _origin(fields)
    return write_response(
        service(TaskStore).update(origin.user_id, task_id, fields, origin, allowed), COLLECTION_PATH
    )


@blueprint.delete("/<task_id>")
@blueprint.login_required
@blueprint.conditional
@blueprint.idempotent
@blueprint.response(204)
def delete_task(task_id: str) -> ViewResponse:
    """Delete a task"""
    allowed, origin = requested_precondition(), _origin({}, status_code=204)
    return write_response(
        service(TaskStore).delete(origin.user_id, task_id, origin, allowed), COLLECTION_PATH
    )


@blueprint.post("/<task_id>/restore")
@blueprint.login_required
@blueprint.idempotent
@blueprint.problems(409, description="The task is not deleted, so there is nothing to restore.")
@blueprint.response(200, TaskSchema)
def restore_task(task_id: str) -> ViewResponse:
    """Restore a deleted task"""
    origin = _origin({})
    return write_response(service(TaskStore).restore(origin.user_id, task_id, origin), COLLECTION_PATH)


@blueprint.get("/<task_id>/history")
@blueprint.login_required
@blueprint.supports_if_none_match
@blueprint.problems(400)
@blueprint.arguments(HistoryQuerySchema, location="query")
@blueprint.response(200, HistoryPageSchema)
def show_history(query: dict[str, Any], task_id: str) -> dict[str, Any]:
    """List the changes of a task, newest first"""
    owner_id, cursor = current_user_id(), query.get("cursor")
    cursors = Cursors(services().signing_keys, f"history|{task_id}")
    below = None if cursor is None else cursors.loads(owner_id, cursor)
    steps, more = service(TaskHistory).page(owner_id, task_id, query["limit"], below)
    return {"items": steps, "next_cursor": cursors.dumps(owner_id, steps[-1].version) if more else None}


def _origin(body: dict[str, Any], status_code: int = 200) -> Origin:
    """Return the origin of a change by the current request; raises InvalidToken when its user was erased."""
    user_id = current_user_id()
    return idempotency.origin(user_id, service(UserStore).time_zone(user_id), body, status_code)


def _today(owner_id: str) -> date:
    """Return the current date in the user's time zone."""
    time_zone = service(UserStore).time_zone(owner_id)
    return services().clock().astimezone(ZoneInfo(time_zone)).date()


def _next_link(limit: int, cursor: str | None) -> dict[str, str]:
    if cursor is None:
        return {}
    asked: dict[str, Any] = request.args.to_dict(flat=False) | {"limit": limit, "cursor": cursor}
    return {"Link": f'<{COLLECTION_PATH}?{urlencode(asked, doseq=True)}>; rel="next"'}
