"""The repair: rolls forward changes whose process stopped between the commit and the roll-forward."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from webapp.changes.change import Entity
from webapp.changes.log import ChangeLog
from webapp.core.clock import sortable_timestamp
from webapp.database.connection import Database, Document, batches

# The fields of a change that the repair reads.
FIELDS = {"entity": 1, "entity_id": 1, "version": 1}
# A starting process repairs the changes in the last REPAIR_WINDOW before the newest change, because a crash
# leaves only the newest changes without a roll-forward.
REPAIR_WINDOW = timedelta(hours=1)


@dataclass(frozen=True)
class Sweep:
    """The result of a repair: the numbers of changes that were checked and that were rolled forward."""

    checked: int = 0
    repaired: int = 0


def newest_change_time(database: Database) -> datetime | None:
    """Return the time of the newest change; None when the log is empty."""
    newest = database.changes.find_one({}, {"at": 1}, sort=[("at", -1)])
    return None if newest is None else newest["at"]


def sweep_recent(database: Database, log: ChangeLog) -> Sweep:
    """Repair the changes of the hour before the newest change; each process does this when it starts."""
    newest = newest_change_time(database)
    return Sweep() if newest is None else sweep(database, log, since=newest - REPAIR_WINDOW)


def sweep(
    database: Database,
    log: ChangeLog,
    since: datetime | None = None,
    progress: Callable[[int], None] = lambda checked: None,
) -> Sweep:
    """Roll forward the changes since `since` (by default all) that are missing in the projection.

    A repair may run at the same time as writers and other repairs, because a roll-forward is a conditional
    write. `progress` is called after each batch, with the number of changes in the batch.
    """
    query = {} if since is None else {"at": {"$gte": since}}
    return _sweep(database, log, database.changes.find(query, FIELDS).sort("at", 1), progress)


def sweep_owner(database: Database, log: ChangeLog, owner_id: str, since: datetime | None = None) -> Sweep:
    """Roll forward the user's changes since `since` (by default all) that are missing in the projection."""
    query: Document = {
        "user_id": owner_id,
        "position": {"$gte": "" if since is None else sortable_timestamp(since)},
    }
    return _sweep(database, log, database.changes.find(query, FIELDS).sort("position", 1))


def _sweep(
    database: Database,
    log: ChangeLog,
    rows: Iterable[Document],
    progress: Callable[[int], None] = lambda checked: None,
) -> Sweep:
    total = Sweep()
    for batch in batches(rows):
        repaired = sum(_repair(database, log, entity, batch) for entity in Entity)
        total = Sweep(total.checked + len(batch), total.repaired + repaired)
        progress(len(batch))
    return total


def _repair(database: Database, log: ChangeLog, entity: Entity, batch: list[Document]) -> int:
    newest: dict[str, int] = {}
    for row in batch:
        if row["entity"] == entity:
            newest[row["entity_id"]] = max(row["version"], newest.get(row["entity_id"], 0))
    projection = database[entity.collection]
    found = projection.find({"_id": {"$in": list(newest)}}, {"version": 1})
    known = {document["_id"]: document["version"] for document in found}
    behind = [key for key, version in newest.items() if known.get(key, 0) < version]
    changes = (log.find(entity, key, newest[key]) for key in behind)
    return sum(1 for change in changes if change is not None and log.complete(change))
