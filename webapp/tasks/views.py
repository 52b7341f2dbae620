"""Tasks over HTTP."""

from datetime import date
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app, request, url_for

from webapp.changes import Origin
from webapp.extensions import idempotency
from webapp.extensions.cursors import Cursors
from webapp.extensions.identity import signed_in
from webapp.extensions.replies import Reply, etag, if_match, reply
from webapp.extensions.smorest import Blueprint
from webapp.rooms import Rooms, rooms
from webapp.tasks.batch import carry_out
from webapp.tasks.batch_schemas import BatchResultsSchema, BatchSchema
from webapp.tasks.cursors import read_cursor, write_cursor
from webapp.tasks.history_schemas import HistoryPageSchema, HistoryQuerySchema
from webapp.tasks.listing import Listing
from webapp.tasks.schemas import (
    TaskInputSchema,
    TaskPageSchema,
    TaskPatchSchema,
    TaskQuerySchema,
    TaskSchema,
)

PLACE = "/api/v1/tasks"

blueprint = Blueprint("Tasks", __name__, url_prefix=PLACE, description="Your things to do.")


@blueprint.post("")
@blueprint.login_required
@blueprint.idempotent
@blueprint.arguments(TaskInputSchema)
@blueprint.response(201, TaskSchema)
def create_task(fields: dict[str, Any]) -> Reply:
    """Create a task"""
    here, origin = _writer(fields, status_code=201)
    return reply(here.tasks.create(origin.user_id, fields, origin), PLACE)


@blueprint.get("")
@blueprint.login_required
@blueprint.problems(400)
@blueprint.arguments(TaskQuerySchema, location="query")
@blueprint.response(200, TaskPageSchema, headers={"Link": "Link"})
def list_tasks(query: dict[str, Any]) -> Any:
    """List your tasks, page by page"""
    here, owner_id, limit = rooms(current_app), signed_in(), query.pop("limit")
    cursor, listing = query.pop("cursor", None), Listing(**query)
    after = read_cursor(here.keys, owner_id, listing, cursor)
    page = here.tasks.page(owner_id, listing, limit, partial(_today, here, owner_id), after)
    following = write_cursor(here.keys, owner_id, listing, page.last)
    return {"items": page.items, "next_cursor": following}, _next_link(limit, following)


@blueprint.post("/batch")
@blueprint.login_required
@blueprint.idempotent
@blueprint.arguments(BatchSchema)
@blueprint.response(207, BatchResultsSchema)
def write_batch(body: dict[str, Any]) -> Reply:
    """Create, update and delete many tasks at once

    The operations are carried out in their order, each by itself: one that is refused does not stop the
    next and undoes none before it. With an `Idempotency-Key` the whole batch may be sent again: what was
    carried out is answered again, what was not is tried again. Use a key of its own for each batch.
    """
    here, origin = _writer(body, status_code=207)
    results, replayed = carry_out(here, origin, body["operations"])
    return {"results": results}, 207, {"Idempotency-Replayed": "true"} if replayed else {}


@blueprint.get("/<task_id>")
@blueprint.login_required
@blueprint.revalidated
@blueprint.response(200, TaskSchema)
def get_task(task_id: str) -> Any:
    """Show a task"""
    task = rooms(current_app).tasks.get(signed_in(), task_id)
    return task, {"ETag": etag(task["version"])}


@blueprint.put("/<task_id>")
@blueprint.login_required
@blueprint.conditional
@blueprint.idempotent
@blueprint.arguments(TaskInputSchema)
@blueprint.response(200, TaskSchema)
def replace_task(fields: dict[str, Any], task_id: str) -> Reply:
    """Replace a task as a whole

    What is left out gets its default.
    """
    here, origin = _writer(fields)
    return reply(here.tasks.update(origin.user_id, task_id, fields, origin, if_match), PLACE)


@blueprint.patch("/<task_id>")
@blueprint.login_required
@blueprint.conditional
@blueprint.idempotent
@blueprint.merge_patch(TaskPatchSchema)
@blueprint.response(200, TaskSchema)
def change_task(fields: dict[str, Any], task_id: str) -> Reply:
    """Change some fields of a task

    What is left out stays, null clears.
    """
    here, origin = _writer(fields)
    return reply(here.tasks.update(origin.user_id, task_id, fields, origin, if_match), PLACE)


@blueprint.delete("/<task_id>")
@blueprint.login_required
@blueprint.conditional
@blueprint.idempotent
@blueprint.response(204)
def delete_task(task_id: str) -> Reply:
    """Delete a task"""
    here, origin = _writer({}, status_code=204)
    return reply(here.tasks.delete(origin.user_id, task_id, origin, if_match), PLACE)


@blueprint.post("/<task_id>/restore")
@blueprint.login_required
@blueprint.idempotent
@blueprint.problems(409, because="The task is not deleted, so there is nothing to restore.")
@blueprint.response(200, TaskSchema)
def restore_task(task_id: str) -> Reply:
    """Restore a deleted task as it was"""
    here, origin = _writer({})
    return reply(here.tasks.restore(origin.user_id, task_id, origin), PLACE)


@blueprint.get("/<task_id>/history")
@blueprint.login_required
@blueprint.problems(400)
@blueprint.arguments(HistoryQuerySchema, location="query")
@blueprint.response(200, HistoryPageSchema)
def show_history(query: dict[str, Any], task_id: str) -> dict[str, Any]:
    """Show every change of a task, newest first"""
    here, owner_id = rooms(current_app), signed_in()
    cursors, cursor = Cursors(here.keys, f"history|{task_id}"), query.get("cursor")
    below = None if cursor is None else cursors.loads(owner_id, cursor)
    steps, more = here.history.page(owner_id, task_id, query["limit"], below)
    return {"items": steps, "next_cursor": cursors.dumps(owner_id, steps[-1].version) if more else None}


def _writer(body: dict[str, Any], status_code: int = 200) -> tuple[Rooms, Origin]:
    """Who writes: a signed-in user that still exists, in their own time zone."""
    here, user_id = rooms(current_app), signed_in()
    user = here.users.signed_in(user_id)
    return here, idempotency.origin(user_id, user["time_zone"], body, status_code)


def _today(here: Rooms, owner_id: str) -> date:
    """The day it is where the user lives."""
    time_zone = here.users.signed_in(owner_id)["time_zone"]
    return here.clock().astimezone(ZoneInfo(time_zone)).date()


def _next_link(limit: int, cursor: str | None) -> dict[str, str]:
    if cursor is None:
        return {}
    asked: dict[str, Any] = request.args.to_dict(flat=False) | {"limit": limit, "cursor": cursor}
    return {"Link": f'<{url_for("Tasks.list_tasks", **asked)}>; rel="next"'}
