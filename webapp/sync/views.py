"""The view of the change feed."""

from dataclasses import astuple
from typing import Any

from webapp.changes import Entity
from webapp.http.context import current_user_id, service, services
from webapp.rest.cursors import Cursors
from webapp.rest.smorest import Blueprint
from webapp.sync.feed import Feed, FeedItem, FeedPosition
from webapp.sync.schemas import FeedPageSchema, FeedQuerySchema

blueprint = Blueprint(
    "Sync", __name__, url_prefix="/api/v1/changes", description="Keep a copy of your tasks up to date."
)


@blueprint.get("")
@blueprint.login_required
@blueprint.problems(400)
@blueprint.problems(
    410, description="This cursor is older than the log of changes; start again without a cursor."
)
@blueprint.arguments(FeedQuerySchema, location="query")
@blueprint.response(200, FeedPageSchema)
def list_changes(query: dict[str, Any]) -> dict[str, Any]:
    """List the changes since the cursor

    Without a cursor you get a snapshot first: your profile, then every task, in its current state (`op` is
    `snapshot`). Then you get every change of your tasks and your profile, including deletes. While `has_more`
    is true, continue with `next_cursor` at once; then continue at any later time. A page without items has a
    new cursor as well. A change appears about five seconds after it was made.

    Apply the items in their order. Ignore an item if its `version` is not greater than the last version that
    you received with the same `id`, even if you received a delete: a change may be repeated, and a snapshot
    may be newer than the changes after it. A cursor that is older than the log gets 410: start again without
    a cursor, and remove the documents that are not in the new snapshot.
    """
    owner_id, cursor = current_user_id(), query.get("cursor")
    cursors = Cursors(services().signing_keys, "changes")
    place = None if cursor is None else FeedPosition(*cursors.loads(owner_id, cursor))
    page = service(Feed).page(owner_id, place, query["limit"])
    following = cursors.dumps(owner_id, astuple(page.place))
    return {"items": map(_serialize, page.items), "next_cursor": following, "has_more": page.has_more}


def _serialize(item: FeedItem) -> dict[str, Any]:
    task, user = (item.image if item.entity is kind else None for kind in (Entity.TASK, Entity.USER))
    return {**vars(item), "task": task, "user": user}
