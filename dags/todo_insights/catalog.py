"""The catalog: which files are the published content of each partition. Readers trust nothing else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from .storage import WrittenFile


class Outcome(StrEnum):
    """What publishing a partition came to."""

    PUBLISHED = "published"
    UNCHANGED = "unchanged"
    SUPERSEDED = "superseded"


@dataclass(frozen=True)
class Partition:
    """One hour of one table; `location` is relative to the zone, `table` is the physical name.

    `as_of` is the pipeline's clock before the log was read; `provisional` says the hour was still open then.
    `source_count` and `rejects` are those of the whole hour, the same in each of its tables.
    """

    table: str
    dt: str
    hour: str
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


@dataclass(frozen=True)
class Publication:
    """The outcome for one partition; `unneeded` files were never published and may go at once."""

    partition: Partition
    outcome: Outcome
    unneeded: bool


class Catalog(Protocol):
    """Where partitions are pointed; the embedded one is SqliteCatalog, in AWS it is Glue."""

    def publish(
        self, partitions: Sequence[Partition], now: datetime, confirm: Callable[[Partition], None]
    ) -> list[Publication]:
        """Point all partitions of one hour at once; `confirm` raises for one whose files are not there."""

    def snapshot(self, tables: Sequence[str] | None = None) -> list[Partition]:
        """The published partitions, all as of one moment; of these tables only when named."""
