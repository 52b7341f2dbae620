"""How far a rebuild has come: one document, so that a rebuild that was killed goes on where it stopped."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from webapp.changes import Entity
from webapp.database import Database, Document
from webapp.rebuild.errors import RebuildError
from webapp.rebuild.tally import Tally

HOUR_FORMAT = "%Y-%m-%dT%H"
_ID = "lake"
# What a rebuild from the lake writes.
_WRITTEN = ("changes", "users", "tasks", "emails", "erasures")
# The database may expire changes of the log's last day while the rebuild goes on.
_MARGIN = timedelta(days=1)


@dataclass
class Marker:
    """The document in `rebuilds`, and the database that it is about."""

    database: Database
    document: Document

    @classmethod
    def begin(cls, database: Database, now: datetime, retention_days: int) -> "Marker":
        """Begin a rebuild, or go on with the one that was interrupted.

        Raises RebuildError for a database that is not empty.
        """
        found = database.rebuilds.find_one({"_id": _ID, "finished_at": None})
        if found is not None:
            return cls(database, found)
        _require_empty(database)
        oldest = now - timedelta(days=retention_days) + _MARGIN
        nothing = {entity.value: Tally().summary() for entity in Entity}
        marker = cls(database, {"_id": _ID, "started_at": now, "finished_at": None})
        keep_from = oldest.replace(minute=0, second=0, microsecond=0)
        marker.save(keep_from=keep_from, after=None, head=None, kept=nothing, outdated=0)
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


def _require_empty(database: Database) -> None:
    for name in _WRITTEN:
        if database[name].find_one({}, {"_id": 1}) is not None:
            raise RebuildError(
                f"The database {database.name} is not empty: there are {name}. A rebuild mixes with nothing; "
                "name an empty database in MONGODB_DATABASE, or drop this one if you mean to lose it."
            )
