"""What was to be restored against what is there, each collection read anew."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from webapp.changes import Change, Entity
from webapp.changes.log import KEYS
from webapp.core.database import Database, Document
from webapp.rebuild.checksum import Tally
from webapp.rebuild.load import as_in_lake
from webapp.rebuild.replay import batches
from webapp.rebuild.validity import tells_state
from webapp.users.emails import normalise


@dataclass(frozen=True)
class Line:
    """One collection, or one entity of it: what should be there, and what is."""

    name: str
    wanted: Tally
    found: Tally

    @property
    def agrees(self) -> bool:
        """Whether both are the same documents."""
        return self.wanted == self.found


def compare(database: Database, since: datetime, kept: Mapping[str, Tally] | None) -> list[Line]:
    """Compare users, tasks and addresses with the log, which begins at `since`, a whole second.

    `kept` is what the log should hold of each entity; None when the log itself is the source.
    """
    lines = []
    for entity in Entity:
        logged, newest = _read_log(database, entity)
        if kept is not None:
            lines.append(Line(f"changes of {entity.collection}", kept[entity], logged))
        lines.append(Line(entity.collection, newest, Tally.of(_living(database, entity, since))))
    return [*lines, _addresses(database)]


def _read_log(database: Database, entity: Entity) -> tuple[Tally, Tally]:
    """The tally of an entity's changes, and that of the images that the newest of them left."""
    logged, newest = Tally(), Tally()
    for batch in batches(database.changes.find({"entity": entity.value})):
        ids = list({each.get("entity_id") for each in batch})
        found = database[entity.collection].find({"_id": {"$in": ids}}, {"version": 1})
        versions = {each["_id"]: each["version"] for each in found}
        for document in batch:
            logged.add(as_in_lake(document))
            change = Change(document)
            if not tells_state(document) or change.after is None:
                continue
            if _is_newest(change, versions.get(change.entity_id, 0), database):
                newest.add(change.after)
    return logged, newest


def _is_newest(change: Change, shown: int, database: Database) -> bool:
    """Whether no change follows; `shown` is the version that the projection has, 0 for none."""
    if shown >= change.version:
        return shown == change.version
    return database.changes.find_one({"_id": change.next_id()}, {"_id": 1}) is None


def _addresses(database: Database) -> Line:
    """The addresses that users have, and those that they can log in with."""
    users = database.users.find({"deleted_at": {"$exists": False}, "email": {"$ne": None}}, {"email": 1})
    claims = database.emails.find({}, {"user_id": 1})
    return Line(
        "e-mail addresses",
        Tally.of({"_id": normalise(each["email"]), "user_id": each["_id"]} for each in users),
        Tally.of({"_id": each["_id"], "user_id": each["user_id"]} for each in claims),
    )


def _living(database: Database, entity: Entity, since: datetime) -> Iterator[Document]:
    """What is neither deleted nor older than the log."""
    query = {"deleted_at": {"$exists": False}, "updated_at": {"$gte": since}}
    return iter(database[entity.collection].find(query, {KEYS: 0}))
