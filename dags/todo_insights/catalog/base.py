"""The catalog: the published files of each partition. Readers find files only through the catalog."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from ..core.errors import ShrunkSourceError, StorageError
from ..lake.files import WrittenFile

# A date that is later than the date of any partition.
LAST_DAY = "9999-12-31"


class Outcome(StrEnum):
    """The result of publishing a partition."""

    PUBLISHED = "published"
    UNCHANGED = "unchanged"
    SUPERSEDED = "superseded"


@dataclass(frozen=True)
class Partition:
    """One hour of an hourly table, or one day of a daily table; `hour` is None for a daily table.

    `location` is the folder relative to the zone, and `table` is the physical name. `as_of` is a time
    just before the log was read; `provisional` is true if the hour had not settled at this time.
    `source_count` and `rejects` count changes of the whole hour, so all tables of the hour have the same
    numbers.
    `published_at` is the time of publication; it is None for files that are not yet published.
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
    """The result of publishing one partition; `current` is the partition that was published before, or None.

    If `unneeded` is true, the new files were never published and may be deleted at once.
    """

    partition: Partition
    outcome: Outcome
    unneeded: bool
    current: Partition | None = None

    def result(self, now: datetime) -> Partition:
        """The partition in the catalog after this publication: the new partition, or the kept partition."""
        if self.outcome is Outcome.PUBLISHED or self.current is None:
            return replace(self.partition, published_at=now)
        return self.current if self.outcome is Outcome.SUPERSEDED else refreshed(self.current, self.partition)


# A function that gets the publications right before the catalog changes; if the function raises an error, the
# catalog does not change.
Record = Callable[[Sequence[Publication]], None]


def no_record(publications: Sequence[Publication]) -> None:
    """Write no publication record: days need none, because they can be computed again from their hours."""


class Catalog(Protocol):
    """The interface of the catalog; SqliteCatalog stores it in a file, and GlueCatalog stores it in AWS."""

    def publish(
        self,
        partitions: Sequence[Partition],
        now: datetime,
        confirm: Callable[[Partition], None],
        record: Record = no_record,
    ) -> list[Publication]:
        """Set the locations of partitions: in SQLite in one transaction, in Glue one after the other.

        If `confirm` raises an error for a partition, no location is set. Raises ShrunkSourceError, and sets
        no location, when the new partition was computed from fewer changes than the published partition.
        """

    def withdraw(self, table: str, dt: str) -> None:
        """Remove the partition of a day from the catalog; the day must be later than the cutoff."""

    def cutoff(self) -> str:
        """The last day that the day views read from the daily tables; NO_CUTOFF if there is no such day.

        If the views have different cutoffs, this is the latest one. Read the cutoff before a snapshot:
        a day is published in the daily tables before the cutoff moves to this day, so the snapshot then has
        the daily partitions of all days up to the cutoff.
        """

    def move_cutoff(self, dt: str) -> None:
        """Set the cutoff of the day views to `dt`: in SQLite in one transaction, in Glue view by view."""

    def snapshot(
        self, tables: Sequence[str] | None = None, since: str = "", until: str = LAST_DAY
    ) -> list[Partition]:
        """The published partitions of these tables, or of all tables, in order of table, day and hour.

        `since` and `until` are dates, and both are included; they limit the cost, which otherwise grows with
        the age of the lake. All tables are read at one moment in SQLite, and each table at a different moment
        in Glue.
        """

    def is_missing(self) -> bool:
        """Return whether the catalog has no published partition: it is lost, or nothing was published yet."""


def outcome_of(current: Partition | None, new: Partition, confirm: Callable[[Partition], None]) -> Outcome:
    """Decide whether `new` replaces `current`: the content of `new` must be newer and different.

    `confirm` raises StorageError for a partition with missing files. If files of `current` are missing, `new`
    replaces `current` even if the content is equal. Raises ShrunkSourceError if `new` was read later than
    `current` and has fewer changes, including rejects. Changes leave the log only when they expire, so either
    changes have expired, or the settings name the wrong log.
    """
    if current is None:
        return Outcome.PUBLISHED
    if new.as_of < current.as_of:
        return Outcome.SUPERSEDED
    if new.source_count < current.source_count:
        raise ShrunkSourceError(
            f"{new.table} {new.dt} {new.hour or ''}: {new.source_count} changes were read, but "
            f"{current.source_count} are published and are kept; correct MONGODB_URI and MONGODB_DATABASE, "
            "or leave the hour as it is if its changes have expired in the log"
        )
    if new.checksum != current.checksum:
        return Outcome.PUBLISHED
    try:
        confirm(current)
    except StorageError:
        return Outcome.PUBLISHED
    return Outcome.UNCHANGED


def is_unneeded(current: Partition | None, new: Partition, outcome: Outcome) -> bool:
    """Return whether the files of `new` were never published, so that they can be deleted at once.

    If `new` has equal content at another location, its files were never published: a publication that
    replaced them would have a later `as_of`. If `new` is superseded, its files may have been published
    before, so maintenance deletes them later.
    """
    return outcome is Outcome.UNCHANGED and current is not None and current.location != new.location


def refreshed(current: Partition, new: Partition) -> Partition:
    """Return `current` with the `as_of` and the counts of `new`, whose content is equal."""
    return replace(
        current,
        as_of=new.as_of,
        provisional=new.provisional,
        source_count=new.source_count,
        rejects=new.rejects,
    )
