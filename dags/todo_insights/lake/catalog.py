"""The catalog: which files are the published content of each partition. Readers use nothing else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from ..core.errors import ShrunkSourceError, StorageError
from .files import WrittenFile

# Later than any date of a partition.
LAST_DAY = "9999-12-31"


class Outcome(StrEnum):
    """The result of publishing a partition."""

    PUBLISHED = "published"
    UNCHANGED = "unchanged"
    SUPERSEDED = "superseded"


@dataclass(frozen=True)
class Partition:
    """One hour of one table, or one day of a daily one, whose `hour` is None.

    `location` is relative to the zone, `table` is the physical name. `as_of` is the pipeline's clock before
    the log was read; `provisional` says the hour was still open then. `source_count` and `rejects` are those
    of the whole hour, the same in each of its tables. `published_at` is when the catalog came to name these
    files, and None before.
    """

    table: str
    dt: str
    hour: str | None
    location: str
    files: tuple[WrittenFile, ...]
    row_count: int
    source_count: int
    rejects: int
    min_at: datetime | None
    max_at: datetime | None
    checksum: str
    schema_version: int
    code_version: str
    as_of: datetime
    run_id: str
    provisional: bool
    published_at: datetime | None = None


@dataclass(frozen=True)
class Publication:
    """The outcome for one partition; `current` is what was published before, or None.

    `unneeded` files were never published and may be deleted at once.
    """

    partition: Partition
    outcome: Outcome
    unneeded: bool
    current: Partition | None = None

    def result(self, now: datetime) -> Partition:
        """The partition that the catalog names afterwards."""
        if self.outcome is Outcome.PUBLISHED or self.current is None:
            return replace(self.partition, published_at=now)
        return self.current if self.outcome is Outcome.SUPERSEDED else refreshed(self.current, self.partition)


# Called with the outcomes of a publication right before the catalog changes; an error prevents the change.
Record = Callable[[Sequence[Publication]], None]


def no_record(publications: Sequence[Publication]) -> None:
    """Record nothing: a compacted day can be computed again from its hours."""


class Catalog(Protocol):
    """The published partitions; SqliteCatalog stores them in a file, GlueCatalog in AWS."""

    def publish(
        self,
        partitions: Sequence[Partition],
        now: datetime,
        confirm: Callable[[Partition], None],
        record: Record = no_record,
    ) -> list[Publication]:
        """Point partitions: all at once in SQLite, in this order and each by one call in Glue.

        `confirm` raises for one that must not be pointed; then none is. Raises ShrunkSourceError, and points
        none, when fewer changes were read than of the present content.
        """

    def withdraw(self, table: str, dt: str) -> None:
        """Remove the partition of a day from the catalog; the day must be later than the cutoff."""

    def cutoff(self) -> str:
        """The date up to which the day views read the daily tables; NO_CUTOFF when they read hours only.

        Of several views the latest date. Read it before a snapshot: a day has its daily partition before
        the cutoff reaches it.
        """

    def move_cutoff(self, dt: str) -> None:
        """Replace the day views by ones with this cutoff: in SQLite all at once, in Glue each by one call."""

    def snapshot(
        self, tables: Sequence[str] | None = None, since: str = "", until: str = LAST_DAY
    ) -> list[Partition]:
        """The published partitions, in order; of these tables only when named, from `since` to `until`.

        Both are dates and included. A reader that names them costs the same however old the lake is.

        SQLite's are all as of one moment; Glue's are as of one moment for each table.
        """

    def is_missing(self) -> bool:
        """Return whether nothing was ever published to this catalog, or the catalog is lost."""


def outcome_of(current: Partition | None, new: Partition, confirm: Callable[[Partition], None]) -> Outcome:
    """The result of publishing `new`: equal content stays in place, and older content never replaces newer.

    `confirm` raises StorageError for a partition whose files are not there; a present one that lost its files
    is replaced even by equal content. Raises ShrunkSourceError for a later reading that found fewer changes,
    rejects included: nothing leaves the log while it is kept, so it has expired, or it is not the right one.
    """
    if current is None:
        return Outcome.PUBLISHED
    if new.as_of < current.as_of:
        return Outcome.SUPERSEDED
    if new.source_count < current.source_count:
        raise ShrunkSourceError(
            f"{new.table} {new.dt} {new.hour or ''}: {new.source_count} changes were read, but "
            f"{current.source_count} are published, and stay; point MONGODB_URI and MONGODB_DATABASE at the "
            "right log, and leave hours alone that it has already let go"
        )
    if new.checksum != current.checksum:
        return Outcome.PUBLISHED
    try:
        confirm(current)
    except StorageError:
        return Outcome.PUBLISHED
    return Outcome.UNCHANGED


def is_unneeded(current: Partition | None, new: Partition, outcome: Outcome) -> bool:
    """Return whether no reader can have read the files of `new`.

    Equal content at another location was never published: if it had been replaced since, the replacement
    would have a later `as_of`. Superseded files may have been current before, so maintenance removes them
    later.
    """
    return outcome is Outcome.UNCHANGED and current is not None and current.location != new.location


def refreshed(current: Partition, new: Partition) -> Partition:
    """The present files with the newer facts about their hour."""
    return replace(
        current,
        as_of=new.as_of,
        provisional=new.provisional,
        source_count=new.source_count,
        rejects=new.rejects,
    )
