"""The two kinds of rebuild, from the lake and from the log; both compare the result with its source."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from webapp.changes import Change, ChangeLog, Entity
from webapp.changes.log import SORT_KEYS_FIELD
from webapp.core.text import address_key
from webapp.database.connection import Database, Document, batches
from webapp.database.registry import Services
from webapp.rebuild.checkpoint import Checkpoint, require_none_started
from webapp.rebuild.checksum import Checksum, as_in_lake
from webapp.rebuild.lake import LakeReader, Progress
from webapp.rebuild.writer import RebuildWriter, defines_state, is_valid
from webapp.users.erasure import Eraser


@dataclass(frozen=True)
class Comparison:
    """The expected and the found checksum of a collection, or of the changes of an entity."""

    name: str
    expected: Checksum
    found: Checksum

    @property
    def matches(self) -> bool:
        """Whether the two checksums are equal, so the documents are the same."""
        return self.expected == self.found


@dataclass(frozen=True)
class RebuildResult:
    """The result of a rebuild.

    `head` is the header of the stream, which describes the lake (None for a rebuild from the log).
    `oldest` and `newest` are the times of the oldest and newest change in the log. The other fields are
    numbers: `outdated` of changes that were too old for the log, `invalid` of changes that the API cannot
    have written, `erased` of erased users, and `without_password` of users who cannot log in.
    """

    comparisons: list[Comparison]
    head: Document | None
    oldest: datetime | None
    newest: datetime | None
    outdated: int
    invalid: int
    erased: int
    without_password: int

    @property
    def matches(self) -> bool:
        """Whether the database contains exactly the expected documents."""
        return all(each.matches for each in self.comparisons)


class LakeRebuild:
    """Rebuilds an empty database from the lake; an interrupted rebuild can be resumed.

    Raises RebuildError for a database that is not empty.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        retention_days = services.settings.change_retention_days
        self._checkpoint = Checkpoint.begin(services.database, services.clock(), retention_days)

    @property
    def after(self) -> str | None:
        """The last hour that was restored completely; None before the first hour."""
        return self._checkpoint.after

    def run(
        self, documents: Iterator[Document], started: Callable[[Document], None], progress: Progress
    ) -> None:
        """Restore the log, users and tasks from the stream of changes that the pipeline exported.

        `started` is called with the header of the stream (its first document), which describes the lake.

        Raises AlreadyRebuiltError if an earlier rebuild from the same lake has finished.
        """
        writer = RebuildWriter(self._services.database, self._services.get(ChangeLog))
        LakeReader(self._checkpoint, writer, progress).run(documents, started)

    def finish(self) -> RebuildResult:
        """Restore addresses, compare the restored data with the log, and finish erasures.

        If the comparison finds differences, the rebuild stays unfinished.
        """
        checkpoint, database = self._checkpoint, self._services.database
        writer = RebuildWriter(database, self._services.get(ChangeLog))
        writer.restore_addresses()
        comparisons = compare(database, checkpoint.keep_from, checkpoint.kept)
        document = checkpoint.document
        result = _result(
            self._services, comparisons, document["outdated"], checkpoint.invalid, document["head"]
        )
        if result.matches:
            writer.record_erasures()
            checkpoint.save(finished_at=self._services.clock())
            # Erasures are finished after the comparison, because finishing an interrupted erasure adds
            # changes. If this process stops before that, the next start of the API finishes the erasures.
            self._services.get(Eraser).finish_all()
        return result


def rebuild_from_log(services: Services, progress: Progress) -> RebuildResult:
    """Update users, tasks and addresses to the state in the log, while the API is stopped.

    If the API writes at the same time, no write is lost, but the comparison reports a difference.
    A document that the log does not contain, or contains only in an older version, is not changed. Such a
    document also makes the comparison fail. Raises RebuildError while a rebuild from the lake is unfinished.
    """
    database = services.database
    require_none_started(database)
    writer, invalid = RebuildWriter(database, services.get(ChangeLog)), 0
    for batch in batches(database.changes.find({}).sort("at", 1)):
        writer.project(batch)
        invalid += sum(not is_valid(each) for each in batch)
        progress(0, len(batch))
    writer.restore_addresses()
    since = _first_change_time(database, 1) or services.clock()
    comparisons = compare(database, since.replace(microsecond=0), None)
    result = _result(services, comparisons, outdated=0, invalid=invalid)
    writer.record_erasures()
    services.get(Eraser).finish_all()
    return result


def compare(database: Database, since: datetime, kept: Mapping[str, Checksum] | None) -> list[Comparison]:
    """Compare users, tasks and addresses with the log, which contains the changes since `since`.

    `since` is a whole second. `kept` maps each entity to the expected checksum of its changes in the log; it
    is None when the log itself is the source of the rebuild.
    """
    comparisons = []
    for entity in Entity:
        logged, newest = _read_log(database, entity)
        if kept is not None:
            comparisons.append(Comparison(f"changes of {entity.collection}", kept[entity], logged))
        existing = Checksum.of(_existing(database, entity, since))
        comparisons.append(Comparison(entity.collection, newest, existing))
    return [*comparisons, _compare_addresses(database)]


def _read_log(database: Database, entity: Entity) -> tuple[Checksum, Checksum]:
    """Return two checksums: of all changes of an entity, and of the newest image of each document."""
    logged, newest = Checksum(), Checksum()
    for batch in batches(database.changes.find({"entity": entity.value})):
        ids = list({each.get("entity_id") for each in batch})
        found = database[entity.collection].find({"_id": {"$in": ids}}, {"version": 1})
        versions = {each["_id"]: each["version"] for each in found}
        for document in batch:
            logged.add(as_in_lake(document))
            change = Change(document)
            if not defines_state(document) or change.after is None:
                continue
            if _is_newest(change, versions.get(change.entity_id, 0), database):
                newest.add(change.after)
    return logged, newest


def _is_newest(change: Change, projected: int, database: Database) -> bool:
    """Return whether this is the newest change; `projected` is the version in the projection, or 0."""
    if projected >= change.version:
        return projected == change.version
    return database.changes.find_one({"_id": change.next_id()}, {"_id": 1}) is None


def _compare_addresses(database: Database) -> Comparison:
    """Compare the addresses in the profiles with the addresses that users can log in with."""
    users = database.users.find({"deleted_at": {"$exists": False}, "email": {"$ne": None}}, {"email": 1})
    claims = database.emails.find({}, {"user_id": 1})
    return Comparison(
        "e-mail addresses",
        Checksum.of({"_id": address_key(each["email"]), "user_id": each["_id"]} for each in users),
        Checksum.of({"_id": each["_id"], "user_id": each["user_id"]} for each in claims),
    )


def _existing(database: Database, entity: Entity, since: datetime) -> Iterator[Document]:
    """Yield the documents of a collection that are neither tombstones nor older than the log."""
    query = {"deleted_at": {"$exists": False}, "updated_at": {"$gte": since}}
    return iter(database[entity.collection].find(query, {SORT_KEYS_FIELD: 0}))


def _result(
    services: Services,
    comparisons: list[Comparison],
    outdated: int,
    invalid: int,
    head: Document | None = None,
) -> RebuildResult:
    database = services.database
    existing = database.users.count_documents({"deleted_at": {"$exists": False}})
    return RebuildResult(
        comparisons,
        head,
        oldest=_first_change_time(database, 1),
        newest=_first_change_time(database, -1),
        outdated=outdated,
        invalid=invalid,
        erased=database.users.count_documents({}) - existing,
        without_password=existing - database.credentials.count_documents({}),
    )


def _first_change_time(database: Database, direction: int) -> datetime | None:
    """Return the time of the oldest (1) or newest (-1) change in the log, or None when the log is empty."""
    found = database.changes.find_one({}, {"at": 1}, sort=[("at", direction)])
    return None if found is None else found["at"]
