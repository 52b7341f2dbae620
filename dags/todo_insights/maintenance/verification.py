"""Verification: check the checksums of published files; the date decides which files are due.

S3 stores the SHA-256 of an object and returns it without the content. Files without a stored checksum are
read, up to a number of bytes per run.
"""

import hashlib
import logging
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from ..catalog.base import Partition
from ..core.database import Database
from ..core.errors import StorageError
from ..core.hours import Hour
from ..hourly.counts import count_by_hour
from ..lake.schema import BRONZE_TASKS, BRONZE_USERS, BY_NAME, SILVER_REJECTS
from ..lake.storage import Lake
from .checks import LakeFinding, key_of, partition_finding, remedy_of
from .orphans import Key
from .reprocessing import is_turn_of

logger = logging.getLogger(__name__)

# The default limit of the bytes that one run reads; one machine reads them in about a minute.
MAX_BYTES_READ = 10_000_000_000
# If the changes of an hour have expired in the log, the hour is processed again from these tables.
_SOURCES = {table.physical for table in (BRONZE_TASKS, BRONZE_USERS, SILVER_REJECTS)}


def verify_files(
    partitions: Iterable[Partition],
    lake: Lake,
    now: datetime,
    max_bytes: int = MAX_BYTES_READ,
) -> dict[Key, LakeFinding]:
    """The partitions with a damaged file, of the days that are due today; each day is due once in 30 days.

    A run reads at most about `max_bytes`. The order of the files differs from run to run, so that a file that
    is skipped today is probably read when its day is due again.
    """
    turn = [each for each in partitions if is_turn_of(each.dt, now.date())]
    found: dict[Key, LakeFinding] = {}
    read = 0
    for number, partition in enumerate(sorted(turn, key=lambda each: _order(each, now))):
        if read >= max_bytes:
            logger.warning("%d of %d due partitions are not verified today", len(turn) - number, len(turn))
            break
        for file in partition.files:
            try:
                read += lake.verify_stored(BY_NAME[partition.table].zone, partition.location, file)
            except StorageError as error:
                found[key_of(partition)] = partition_finding(
                    partition,
                    str(error),
                    f"restore the former version in the bucket, or {remedy_of(partition)}",
                )
    return found


def repairable_hours(
    damaged: Collection[Key], partitions: Iterable[Partition], database: Database
) -> list[Hour]:
    """The damaged hours that can be processed again from the log, or from undamaged Bronze and rejects."""
    counts_published = _source_counts(partitions, {(dt, hour) for _, dt, hour in damaged if hour})
    counts = count_by_hour(database.changes, counts_published)
    return [
        hour
        for hour, count in sorted(counts_published.items())
        if counts[hour] >= count or not any((table, hour.dt, hour.hour) in damaged for table in _SOURCES)
    ]


def _source_counts(
    partitions: Iterable[Partition], hours: Collection[tuple[str, str | None]]
) -> Mapping[Hour, int]:
    return {
        Hour.parse(f"{each.dt}T{each.hour}"): each.source_count
        for each in partitions
        if each.hour is not None and (each.dt, each.hour) in hours
    }


def _order(partition: Partition, now: datetime) -> str:
    return hashlib.sha256(f"{now.date()} {partition.location}".encode()).hexdigest()
