"""How far a rebuild has come: one document, so that a rebuild that was killed goes on where it stopped."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from webapp.changes import Entity
from webapp.core.database import Database, Document
from webapp.rebuild.checksum import Tally
from webapp.rebuild.errors import AlreadyRebuiltError, RebuildError

HOUR_FORMAT = "%Y-%m-%dT%H"
_ID = "lake"
# What a rebuild from the lake writes.
_WRITTEN = ("changes", "users", "tasks", "emails", "erasures")
# The database may expire changes of the log's last day while the rebuild goes on.
_MARGIN = timedelta(days=1)
# What a head tells of the whole lake, whichever hours follow it.
_LAKE = ("covers_from", "covers_until", "missing_hours", "rejected")


@dataclass
class Marker:
    """The document in `rebuilds`, and the database that it is about."""

    database: Database
    document: Document

    @classmethod
    def begin(cls, database: Database, now: datetime, retention_days: int) -> "Marker":
        """Begin a rebuild, go on with the one that was interrupted, or meet the one that is finished.

        Raises RebuildError for a database that is not empty and was never rebuilt.
        """
        found = database.rebuilds.find_one({"_id": _ID})
        if found is not None and (found["finished_at"] is None or _first_in_use(database)):
            return cls(database, found)
        _require_empty(database)
        oldest = now - timedelta(days=retention_days) + _MARGIN
        nothing = {entity.value: Tally().summary() for entity in Entity}
        marker = cls(database, {"_id": _ID, "started_at": now, "finished_at": None})
        keep_from = oldest.replace(minute=0, second=0, microsecond=0)
        marker.save(keep_from=keep_from, after=None, head=None, kept=nothing, outdated=0, odd=0)
        return marker

    @property
    def keep_from(self) -> datetime:
        """The log keeps the changes from this whole hour on; of older ones it keeps what they left."""
        moment: datetime = self.document["keep_from"]
        return moment

    @property
    def after(self) -> str | None:
        """The last hour that was restored whole."""
        hour: str | None = self.document["after"]
        return hour

    @property
    def kept(self) -> dict[str, Tally]:
        """What the lake gave the log, by entity."""
        return {entity: Tally.from_summary(each) for entity, each in self.document["kept"].items()}

    @property
    def odd(self) -> int:
        """How many changes made no sense; a rebuild that an older release began has not counted them."""
        return int(self.document.get("odd", 0))

    def require_unfinished(self, head: Document) -> None:
        """Raise when the rebuild is finished: AlreadyRebuiltError if the head tells of the same lake.

        Otherwise it is RebuildError, since the database is in use.
        """
        if self.document["finished_at"] is None:
            return
        known = self.document["head"]
        # What is in use beside an empty lake did not come from there.
        if head["covers_until"] is None or any(known[name] != head[name] for name in _LAKE):
            _require_empty(self.database)
        raise AlreadyRebuiltError(
            f"The database {self.database.name} was already rebuilt from this lake, up to "
            f"{head['covers_until']:%Y-%m-%d at %H:%M:%S} UTC; there is nothing to do. "
            "`flask changes rebuild` without options makes good what was lost of it since."
        )

    def save(self, **fields: object) -> None:
        """Write down how far it has come."""
        self.document = {**self.document, **fields}
        self.database.rebuilds.replace_one({"_id": _ID}, self.document, upsert=True)


def require_none_begun(database: Database) -> None:
    """Raise RebuildError when a rebuild from the lake was begun and is not finished."""
    if database.rebuilds.find_one({"_id": _ID, "finished_at": None}) is not None:
        raise RebuildError(
            "A rebuild from the lake was begun here and is not finished: go on with --from-lake or "
            "--from-file, or drop the database."
        )


def _first_in_use(database: Database) -> str | None:
    return next((name for name in _WRITTEN if database[name].find_one({}, {"_id": 1}) is not None), None)


def _require_empty(database: Database) -> None:
    name = _first_in_use(database)
    if name is not None:
        raise RebuildError(
            f"The database {database.name} is not empty: there are {name}. A rebuild mixes with nothing; "
            "name an empty database in MONGODB_DATABASE, or drop this one if you mean to lose it."
        )
