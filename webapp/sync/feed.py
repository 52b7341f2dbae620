"""The feed of a user's changes: first everything there is, then whatever changes, in the order of the log.

The feed keeps LAG away from the present, so that it overlooks no change that is still on its way into the log
(docs/decisions/0012).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from webapp.changes import ChangeLog, Entity
from webapp.changes.log import KEYS, LAG
from webapp.changes.repair import RECENT, sweep_owner
from webapp.core.clock import Clock, stamp
from webapp.core.database import Database, Document
from webapp.core.errors import Gone
from webapp.users.store import UserStore


@dataclass(frozen=True)
class Place:
    """Where a client stands: after this position of the log.

    While it still reads the snapshot, `task_id` is the last task that it got, "" before the first; the log is
    then read from `position` on once the snapshot is over.
    """

    position: str
    task_id: str | None = None


@dataclass(frozen=True)
class Item:
    """A change, or a thing as it is ("snapshot"); `image` is None for a delete."""

    entity: Entity
    id: str
    op: str
    version: int
    at: datetime
    image: Document | None


@dataclass(frozen=True)
class Page:
    """Some items, the place after them, and whether there is more to read right now."""

    items: list[Item]
    place: Place
    has_more: bool


class Feed:
    """Reads feeds; a client that applies every item in order holds what the server holds."""

    def __init__(
        self, database: Database, log: ChangeLog, users: UserStore, clock: Clock, retention_days: int
    ) -> None:
        self._database = database
        self._log = log
        self._users = users
        self._clock = clock
        self._retention = timedelta(days=retention_days)

    def page(self, owner_id: str, place: Place | None, limit: int) -> Page:
        """Return up to `limit` items after a place; without one, the beginning of a snapshot.

        Raises Gone when the log no longer reaches back to the place.
        """
        now = self._clock()
        horizon = stamp(now - LAG)
        if place is None:
            return self._begin(owner_id, now, horizon, limit)
        if place.position < stamp(now - self._retention):
            raise Gone("This cursor is older than the log of changes; start again without a cursor.")
        if place.task_id is None:
            return self._changes(owner_id, place, horizon, limit)
        return self._tasks(owner_id, place.position, place.task_id, horizon, limit)

    def _begin(self, owner_id: str, now: datetime, horizon: str, limit: int) -> Page:
        """Begin a snapshot with the profile; it stands for every change up to the horizon."""
        # The snapshot would lack what a crash left unfinished, and the log is read from a later place on.
        sweep_owner(self._database, self._log, owner_id, since=now - LAG - RECENT)
        profile = _shown(Entity.USER, self._users.signed_in(owner_id))
        tasks = self._tasks(owner_id, horizon, "", horizon, limit - 1)
        return Page([profile, *tasks.items], tasks.place, tasks.has_more)

    def _tasks(self, owner_id: str, position: str, after: str, horizon: str, limit: int) -> Page:
        query = {"user_id": owner_id, "_id": {"$gt": after}}
        found = list(self._database.tasks.find(query, {KEYS: 0}).sort("_id", 1).limit(limit + 1))
        items = [_shown(Entity.TASK, task) for task in found[:limit]]
        if len(found) > limit:
            return Page(items, Place(position, items[-1].id if items else after), has_more=True)
        return Page(items, Place(position), has_more=position < horizon)

    def _changes(self, owner_id: str, place: Place, horizon: str, limit: int) -> Page:
        query = {"user_id": owner_id, "position": {"$gt": place.position, "$lt": horizon}}
        changes = self._database.changes.find(query, {"before": 0}).sort("position", 1)
        found = list(changes.limit(limit + 1))
        items = [_changed(change) for change in found[:limit]]
        if len(found) > limit:
            return Page(items, Place(found[limit - 1]["position"]), has_more=True)
        # At the horizon, so that the cursor of a client that sees no changes does not grow old.
        return Page(items, Place(horizon), has_more=False)


def _shown(entity: Entity, image: Document) -> Item:
    return Item(entity, image["_id"], "snapshot", image["version"], image["updated_at"], image)


def _changed(change: dict[str, Any]) -> Item:
    return Item(
        entity=Entity(change["entity"]),
        id=change["entity_id"],
        op=change["op"],
        version=change["version"],
        at=change["at"],
        image=change["after"],
    )
