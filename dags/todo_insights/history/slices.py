"""Slices of a rebuild: find the Bronze files of published hours, and compute Silver and Gold of each file."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from resource import RUSAGE_SELF, getrusage
from typing import TypedDict

import pyarrow as pa
import pyarrow.compute as pc

from ..catalog.base import Partition
from ..catalog.stores import Stores
from ..core.hours import Hour, from_text, to_text
from ..hourly.manifest import Manifest, WrittenTable
from ..hourly.write_table import write_table
from ..lake.files import location_of, new_run_key
from ..lake.schema import (
    BRONZE_TASKS,
    BRONZE_USERS,
    GOLD_CATEGORIES,
    GOLD_USERS,
    SILVER_REJECTS,
    SILVER_TASKS,
    SILVER_USERS,
    TABLES,
    LakeTable,
)
from ..lake.storage import Lake
from ..transform.aggregate import aggregate
from ..transform.bronze import Extracted
from ..transform.conform import conform
from ..transform.verify import verify

# The tables that a rebuild reads, and the tables that it writes.
SOURCES = (BRONZE_TASKS, BRONZE_USERS, SILVER_REJECTS)
REBUILT = (SILVER_TASKS, SILVER_USERS, SILVER_REJECTS, GOLD_USERS, GOLD_CATEGORIES)


class SliceSource(TypedDict):
    """The source files of one slice: for each source table with a file `name`, the location of this file.

    `as_of` is the time at which the log was read for the hour of the slice.
    """

    hour: str
    slice: int
    slices: int
    as_of: str
    name: str
    locations: dict[str, str]


@dataclass(frozen=True)
class PublishedHour:
    """One hour in the catalog: the partition of each table, by physical name."""

    hour: Hour
    partitions: Mapping[str, Partition]

    def sources(self) -> list[SliceSource]:
        """The slices of the hour, in order of file names; a slice has the same file name in every table."""
        tables = {table.physical: self.partitions[table.physical] for table in SOURCES}
        names = list(dict.fromkeys(file.name for each in tables.values() for file in each.files))
        as_of = to_text(self.partitions[BRONZE_TASKS.physical].as_of)
        return [
            SliceSource(
                hour=str(self.hour),
                slice=number,
                slices=len(names),
                as_of=as_of,
                name=name,
                locations={
                    table: each.location
                    for table, each in tables.items()
                    if any(file.name == name for file in each.files)
                },
            )
            for number, name in enumerate(names)
        ]


def published_hours(dt: str, stores: Stores) -> list[PublishedHour]:
    """The hours of a day, in order, for which all tables are published."""
    hours: dict[str, dict[str, Partition]] = {}
    for each in stores.catalog.snapshot([table.physical for table in TABLES], since=dt, until=dt):
        hours.setdefault(str(each.hour), {})[each.table] = each
    return [
        PublishedHour(Hour.parse(f"{dt}T{hour}"), partitions)
        for hour, partitions in sorted(hours.items())
        if len(partitions) == len(TABLES)
    ]


def rebuild_slice(source: SliceSource, lake: Lake) -> Manifest:
    """Compute, verify and write Silver and Gold of one slice to a run folder of its own.

    The name of the run folder contains the time at which the log was read for Bronze. An erasure uses this
    time to find folders that may contain data of the user. Raises StorageError for a missing or damaged file,
    and VerificationError if the tables contradict each other.
    """
    began = time.monotonic()
    extracted = _read(source, lake)
    silver = conform(extracted.tasks, extracted.users)
    golds = aggregate(silver.tasks, silver.users)
    verify(extracted, silver, *golds)
    rejects = pa.concat_tables([extracted.rejects, silver.rejects])
    contents = (silver.tasks, silver.users, rejects, *golds)
    run_key = new_run_key(from_text(source["as_of"]))
    tables = {
        table.physical: _write(lake, table, rows, source, run_key)
        for table, rows in zip(REBUILT, contents, strict=True)
    }
    return Manifest(
        hour=source["hour"],
        slice=source["slice"],
        slices=source["slices"],
        reason="scheduled",
        run_key=run_key,
        as_of=source["as_of"],
        source_count=extracted.source_count,
        rejects=rejects.num_rows,
        seconds=round(time.monotonic() - began, 3),
        peak_mb=round(getrusage(RUSAGE_SELF).ru_maxrss / 1024, 1),
        tables=tables,
    )


def _read(source: SliceSource, lake: Lake) -> Extracted:
    tasks, users, rejects = (_rows(table, source, lake) for table in SOURCES)
    # Only the rejects of the step extract are read, because conform finds its own rejects again.
    carried = rejects.filter(pc.invert(pc.is_in(rejects["change_id"], value_set=_ids([tasks, users]))))
    return Extracted(tasks, users, carried, tasks.num_rows + users.num_rows + carried.num_rows)


def _rows(table: LakeTable, source: SliceSource, lake: Lake) -> pa.Table:
    location = source["locations"].get(table.physical)
    files = [(location, source["name"])] if location else []
    return lake.read(table, files, table.columns.names).cast(table.columns)


def _ids(tables: Iterable[pa.Table]) -> pa.ChunkedArray:
    chunks = [chunk for rows in tables for chunk in rows["change_id"].chunks]
    return pa.chunked_array(chunks, pa.string())


def _write(lake: Lake, table: LakeTable, rows: pa.Table, source: SliceSource, run_key: str) -> WrittenTable:
    location = location_of(table, Hour.parse(source["hour"]), run_key)
    # The files of a partition need different names. Each Silver file has the name of its Bronze file.
    return write_table(rows, table, location, source["name"], lake)
