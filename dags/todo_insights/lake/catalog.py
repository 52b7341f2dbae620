"""The catalog: which files are the published content of each partition. Readers use nothing else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from ..core.errors import ShrunkSourceError, StorageError
from .files import WrittenFile

# A date that is later than the date of any partition.
LAST_DAY = "9999-12-31"


class Outcome(StrEnum):
    """The result of publishing a partition."""

    PUBLISHED = "published"
    UNCHANGED = "unchanged"
    SUPERSEDED = "superseded"


@dataclass(frozen=True)
class Partition:
    """One hour of an hourly table, or one day of a daily table; `hour` is None for a day.

    `location` is relative to the zone, `table` is the physical name. `as_of` is the time of the pipeline's
    clock before the log was read; `provisional` is true if the hour had not settled then. `source_count` and
    `rejects` count the whole hour and are the same in each of its tables. `published_at` is the time at which
    the files were published, and None before.
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
    """The outcome for one partition; `current` is the partition that was published before, or None.

    If `unneeded`, the new files were never published and may be deleted at once.
    """

    partition: Partition
    outcome: Outcome
    unneeded: bool
    current: Partition | None = None

    def result(self, now: datetime) -> Partition:
        """The partition that the catalog contains after this publication."""
        if self.outcome is Outcome.PUBLISHED or self.current is None:
            return replace(self.partition, published_at=now)
        return self.current if self.outcome is Outcome.SUPERSEDED else refreshed(self.current, self.partition)


# A function that is called with the outcomes right before the catalog changes; if it raises, nothing changes.
Record = Callable[[Sequence[Publication]], None]


def no_record(publications: Sequence[Publication]) -> None:
    """Write no record: a compacted day can be computed again from its hours."""


class Catalog(Protocol):
    """The published partitions; SqliteCatalog stores them in a file, GlueCatalog in AWS."""

    def publish(
        self,
        partitions: Sequence[Partition],
        now: datetime,
        confirm: Callable[[Partition], None],
        record: Record = no_record,
    ) -> list[Publication]:
        """Set the locations of partitions: in SQLite in one transaction, in Glue by one call each, in order.

        If `confirm` raises an error for a partition, no location is set. Raises ShrunkSourceError, and sets
        no location, when fewer changes were read than are published.
        """

    def withdraw(self, table: str, dt: str) -> None:
        """Remove the partition of a day from the catalog; the day must be later than the cutoff."""

    def cutoff(self) -> str:
        """The date up to which the day views read the daily tables; NO_CUTOFF when they read only hours.

        If the views have different cutoffs, the latest one. Read the cutoff before a snapshot: a day gets its
        daily partition before the cutoff is moved to this day.
        """

    def move_cutoff(self, dt: str) -> None:
        """Set this cutoff in the day views: in SQLite in one transaction, in Glue by one call per view."""

    def snapshot(
        self, tables: Sequence[str] | None = None, since: str = "", until: str = LAST_DAY
    ) -> list[Partition]:
        """The published partitions, in order: of these tables or of all, from `since` to `until`.

        `since` and `until` are dates, and both are included. With these dates, the cost does not grow with
        the age of the lake. SQLite returns one state of all tables; Glue returns one state per table.
        """

    def is_missing(self) -> bool:
        """Return whether the catalog is lost, or nothing was ever published to it."""


def outcome_of(current: Partition | None, new: Partition, confirm: Callable[[Partition], None]) -> Outcome:
    """The result of publishing `new`: neither equal nor older content replaces the present content.

    `confirm` raises StorageError for a partition with missing files. If the present partition has lost files,
    even equal content replaces it. Raises ShrunkSourceError if a later reading found fewer changes, including
    rejects: changes only leave the log when they expire, so the log has expired, or it is the wrong log.
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

    If `new` has equal content at another location, its files were never published: a publication that
    replaced them would have a later `as_of`. If `new` is superseded, its files may have been published
    before, so maintenance removes them later.
    """
    return outcome is Outcome.UNCHANGED and current is not None and current.location != new.location


def refreshed(current: Partition, new: Partition) -> Partition:
    """The present partition with `as_of`, counts and other facts of a newer reading with equal content."""
    return replace(
        current,
        as_of=new.as_of,
        provisional=new.provisional,
        source_count=new.source_count,
        rejects=new.rejects,
    )
