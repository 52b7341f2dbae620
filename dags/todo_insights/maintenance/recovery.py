"""Recovery: write the entries of a lost catalog again, from the files of the lake and publication records.

The newest complete publication of each hour is published again. Files without a record stay unpublished,
because they belong to an attempt that was never published. Data of an erased user is not published again: an
hour with data of the user is recovered only from files that were read from the log after the erasure.
Compacted days are computed again from their hours.
"""

import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TypedDict

from ..catalog.base import Partition
from ..catalog.publications import (
    PublicationRecord,
    finish_recovery,
    read_records,
    record_locations,
    start_recovery,
)
from ..catalog.stores import Stores
from ..core.database import Database
from ..core.errors import StorageError
from ..core.hours import Hour
from ..hourly.counts import count_by_hour
from ..lake.schema import BY_NAME, TABLES
from ..lake.storage import Lake
from .compaction import compact
from .erasure_receipts import Erasure, receipts_since
from .hour_quality import record_due_days
from .reprocessing import request_reprocessing

logger = logging.getLogger(__name__)

_EVER = datetime.min.replace(tzinfo=UTC)

# The size in bytes of each file, by table, location and name.
_Sizes = Mapping[tuple[str, str, str], int]


class Recovered(TypedDict):
    """The result of a recovery.

    `reprocessed` are hours with fewer changes in the recovered files than in the log; the next run processes
    these hours again. `lost` are hours without a complete publication.
    """

    hours: int
    days: int
    reprocessed: list[str]
    lost: list[str]


def recover(stores: Stores, database: Database, now: datetime) -> Recovered:
    """Recover the catalog (SQLite or Glue) from the files; may be repeated, and interrupted at any time.

    Until the catalog is complete, readers get LostCatalogError. A partition that is still in the catalog is
    kept, unless a record is newer. Raises StorageError when the lake cannot be read.
    """
    clean_from = _clean_from(database)
    sizes = {
        (table.physical, each.location, each.name): each.size
        for table in TABLES
        for each in stores.lake.files(table)
    }
    locations = record_locations(stores.lake)
    chosen = {
        hour: record
        for hour, found in sorted(locations.items())
        if (record := _newest_usable(found, clean_from.get(hour, _EVER), sizes, stores.lake))
    }

    def confirm(partition: Partition) -> None:
        if not _has_files(partition, sizes):
            raise StorageError(f"a file is missing in {partition.table}/{partition.location}")

    start_recovery(stores.lake, now)
    partitions = [partition for record in chosen.values() for partition in record.partitions]
    stores.catalog.publish(partitions, now, confirm)
    finish_recovery(stores.lake)
    record_due_days(stores, now)
    logger.info("%d hours recovered", len(chosen))
    counts = count_by_hour(database.changes, locations)
    short = [hour for hour, record in chosen.items() if counts[hour] > record.source_count]
    request_reprocessing(dict.fromkeys(short, "late"), database, now)
    return Recovered(
        hours=len(chosen),
        days=len(compact(None, stores, now)) if chosen else 0,
        reprocessed=[str(hour) for hour in short],
        lost=[str(hour) for hour in sorted(locations.keys() - chosen.keys())],
    )


def _clean_from(database: Database) -> dict[Hour, datetime]:
    """For each hour that had data of erased users, the time from which the log no longer has the data."""
    found: dict[Hour, datetime] = {}
    for receipt in receipts_since(_EVER, database):
        moment = Erasure(receipt["_id"], receipt["finished_at"]).clean_from
        for hour in map(Hour.parse, receipt["hours"]):
            found[hour] = max(found.get(hour, moment), moment)
    return found


def _newest_usable(
    locations: Iterable[str], clean_from: datetime, sizes: _Sizes, lake: Lake
) -> PublicationRecord | None:
    for record in read_records(locations, lake):
        if record.as_of >= clean_from and all(_has_files(each, sizes) for each in record.partitions):
            return record
    return None


def _has_files(partition: Partition, sizes: _Sizes) -> bool:
    return partition.table in BY_NAME and all(
        sizes.get((partition.table, partition.location, file.name)) == file.size for file in partition.files
    )
