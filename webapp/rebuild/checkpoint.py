"""The progress of a rebuild, stored in one document, so that an interrupted rebuild can resume."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from webapp.changes import Entity
from webapp.database.connection import Database, Document
from webapp.rebuild.checksum import Checksum

_ID = "lake"
# The collections that a rebuild from the lake writes.
_WRITTEN = ("changes", "users", "tasks", "emails", "erasures")
# Changes that would expire within _MARGIN are not written to the log, because they may expire while the
# rebuild runs.
_MARGIN = timedelta(days=1)
# The fields in the header of the stream (its first document) that describe the whole lake. The field `hours`
# counts only the hours in the stream, so it is not among these fields.
_LAKE = ("covers_from", "covers_until", "missing_hours", "rejected")


class RebuildError(Exception):
    """The database cannot be rebuilt; the message states what the operator has to do."""


class AlreadyRebuiltError(Exception):
    """The database was already rebuilt from this lake; this is not a failure.

    The message states the time up to which the data was restored.
    """


@dataclass
class Checkpoint:
    """The progress of a rebuild, stored as a document in the collection `rebuilds`."""

    database: Database
    document: Document

    @classmethod
    def begin(cls, database: Database, now: datetime, retention_days: int) -> "Checkpoint":
        """Start a rebuild, or return the checkpoint of an interrupted or finished rebuild.

        Raises RebuildError for a database that is not empty and was never rebuilt.
        """
        found = database.rebuilds.find_one({"_id": _ID})
        if found is not None and (found["finished_at"] is None or _first_in_use(database)):
            return cls(database, found)
        _require_empty(database)
        oldest = now - timedelta(days=retention_days) + _MARGIN
        empty = {entity.value: Checksum().summary() for entity in Entity}
        checkpoint = cls(database, {"_id": _ID, "started_at": now, "finished_at": None})
        keep_from = oldest.replace(minute=0, second=0, microsecond=0)
        checkpoint.save(keep_from=keep_from, after=None, head=None, kept=empty, outdated=0, odd=0)
        return checkpoint

    @property
    def keep_from(self) -> datetime:
        """The start of the oldest hour whose changes are stored in the log.

        Older changes are used only to restore users and tasks.
        """
        moment: datetime = self.document["keep_from"]
        return moment

    @property
    def after(self) -> str | None:
        """The last hour that was restored completely; None before the first hour."""
        hour: str | None = self.document["after"]
        return hour

    @property
    def kept(self) -> dict[str, Checksum]:
        """The checksum of the changes that were stored in the log, by entity."""
        return {entity: Checksum.from_summary(each) for entity, each in self.document["kept"].items()}

    @property
    def invalid(self) -> int:
        """The number of invalid changes; 0 if a release that did not count them started the rebuild."""
        return int(self.document.get("odd", 0))

    def require_unfinished(self, head: Document) -> None:
        """Raise AlreadyRebuiltError if a finished rebuild has restored the lake that `head` describes.

        Raises RebuildError if a finished rebuild has restored another lake, because then the database is in
        use.
        """
        if self.document["finished_at"] is None:
            return
        known = self.document["head"]
        # A rebuild from an empty lake writes no data, so any data in this database was written afterwards.
        if head["covers_until"] is None or any(known[name] != head[name] for name in _LAKE):
            _require_empty(self.database)
        raise AlreadyRebuiltError(
            f"The database {self.database.name} was already rebuilt from this lake, up to "
            f"{head['covers_until']:%Y-%m-%d at %H:%M:%S} UTC; there is nothing to do. "
            "To repair later damage, run `flask changes rebuild` without options."
        )

    def save(self, **fields: object) -> None:
        """Store the progress in the database, so that a later process can resume."""
        self.document = {**self.document, **fields}
        self.database.rebuilds.replace_one({"_id": _ID}, self.document, upsert=True)


def require_none_started(database: Database) -> None:
    """Raise RebuildError if a rebuild from the lake was started and is not finished."""
    if database.rebuilds.find_one({"_id": _ID, "finished_at": None}) is not None:
        raise RebuildError(
            "A rebuild from the lake was started in this database and is not finished: continue it with "
            "--from-lake or --from-file, or drop the database."
        )


def _first_in_use(database: Database) -> str | None:
    return next((name for name in _WRITTEN if database[name].find_one({}, {"_id": 1}) is not None), None)


def _require_empty(database: Database) -> None:
    name = _first_in_use(database)
    if name is not None:
        raise RebuildError(
            f"The database {database.name} is not empty: it has {name}. A rebuild needs an empty database: "
            "name a new one in MONGODB_DATABASE, or drop this one if you no longer need its data."
        )
