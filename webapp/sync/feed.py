"""The change feed of a user: a snapshot of the user's data, then every change in the order of the log.

A change is in the log at most SAFETY_LAG after its time. So the feed returns only changes that are older than
SAFETY_LAG, and misses no change (docs/decisions/0012).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from webapp.changes import ChangeLog, Entity
from webapp.changes.log import SAFETY_LAG, SORT_KEYS_FIELD
from webapp.changes.repair import REPAIR_WINDOW, sweep_owner
from webapp.core.clock import Clock, sortable_timestamp
from webapp.core.errors import Gone
from webapp.database.connection import Database, Document
from webapp.users.store import UserStore


@dataclass(frozen=True)
class FeedPosition:
    """The position in the feed up to which a client has read.

    While the client reads the snapshot, `task_id` is the last task that it received ("" before the first).
    After the snapshot, `task_id` is None, and the client reads the changes in the log after `position`.
    """

    position: str
    task_id: str | None = None


@dataclass(frozen=True)
class FeedItem:
    """A change, or a document of the snapshot (`op` is "snapshot"); `image` is None for a delete."""

    entity: Entity
    id: str
    op: str
    version: int
    at: datetime
    image: Document | None


@dataclass(frozen=True)
class FeedPage:
    """A page of items, the position after the last item, and whether more items are available now."""

    items: list[FeedItem]
    place: FeedPosition
    has_more: bool


class Feed:
    """Reads the feeds of users; a client that applies all items has the same documents as the server."""

    def __init__(
        self, database: Database, log: ChangeLog, users: UserStore, clock: Clock, retention_days: int
    ) -> None:
        self._database = database
        self._log = log
        self._users = users
        self._clock = clock
        self._retention = timedelta(days=retention_days)

    def page(self, owner_id: str, place: FeedPosition | None, limit: int) -> FeedPage:
        """Return up to `limit` items after a position; without a position, begin with a snapshot.

        Raises Gone when the log no longer contains the position.
        """
        now = self._clock()
        safe_position = sortable_timestamp(now - SAFETY_LAG)
        if place is None:
            return self._begin(owner_id, now, safe_position, limit)
        if place.position < sortable_timestamp(now - self._retention):
            raise Gone("This cursor is older than the log of changes; start again without a cursor.")
        if place.task_id is None:
            return self._changes(owner_id, place, safe_position, limit)
        return self._tasks(owner_id, place.position, place.task_id, safe_position, limit)

    def _begin(self, owner_id: str, now: datetime, safe_position: str, limit: int) -> FeedPage:
        """Return the first page of a snapshot; the snapshot includes every change before `safe_position`."""
        # A crash may leave a change committed but not rolled forward. Without this repair, the change would
        # be missing in the snapshot, and in the part of the log that the client reads after the snapshot.
        sweep_owner(self._database, self._log, owner_id, since=now - SAFETY_LAG - REPAIR_WINDOW)
        profile = _snapshot_item(Entity.USER, self._users.get_signed_in(owner_id))
        tasks = self._tasks(owner_id, safe_position, "", safe_position, limit - 1)
        return FeedPage([profile, *tasks.items], tasks.place, tasks.has_more)

    def _tasks(self, owner_id: str, position: str, after: str, safe_position: str, limit: int) -> FeedPage:
        query = {"user_id": owner_id, "_id": {"$gt": after}}
        found = list(self._database.tasks.find(query, {SORT_KEYS_FIELD: 0}).sort("_id", 1).limit(limit + 1))
        items = [_snapshot_item(Entity.TASK, task) for task in found[:limit]]
        if len(found) > limit:
            return FeedPage(items, FeedPosition(position, items[-1].id if items else after), has_more=True)
        return FeedPage(items, FeedPosition(position), has_more=position < safe_position)

    def _changes(self, owner_id: str, place: FeedPosition, safe_position: str, limit: int) -> FeedPage:
        query = {"user_id": owner_id, "position": {"$gt": place.position, "$lt": safe_position}}
        changes = self._database.changes.find(query, {"before": 0}).sort("position", 1)
        found = list(changes.limit(limit + 1))
        items = [_change_item(change) for change in found[:limit]]
        if len(found) > limit:
            return FeedPage(items, FeedPosition(found[limit - 1]["position"]), has_more=True)
        # The position advances even without changes, so that the cursor of the client does not expire.
        return FeedPage(items, FeedPosition(safe_position), has_more=False)


def _snapshot_item(entity: Entity, image: Document) -> FeedItem:
    return FeedItem(entity, image["_id"], "snapshot", image["version"], image["updated_at"], image)


def _change_item(change: dict[str, Any]) -> FeedItem:
    return FeedItem(
        entity=Entity(change["entity"]),
        id=change["entity_id"],
        op=change["op"],
        version=change["version"],
        at=change["at"],
        image=change["after"],
    )
