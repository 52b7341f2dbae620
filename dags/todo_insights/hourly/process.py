"""Process: read the changes of one slice of an hour, and write its files of every lake table."""

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import count
from resource import RUSAGE_SELF, getrusage

import pyarrow as pa

from ..catalog.stores import Stores
from ..core.database import Database
from ..core.hours import from_text, to_text
from ..core.logs import LogEntry
from ..core.memory import release_memory
from ..lake.files import location_of, new_run_key
from ..lake.schema import (
    BRONZE_TASKS,
    BRONZE_USERS,
    GOLD_CATEGORIES,
    GOLD_USERS,
    SILVER_REJECTS,
    SILVER_TASKS,
    SILVER_USERS,
    LakeTable,
)
from ..lake.storage import Lake
from ..transform.aggregate import add_up, aggregate
from ..transform.bronze import Extracted
from ..transform.conform import conform
from ..transform.rejects import reasons, request_ids
from ..transform.verify import verify, verify_sum
from .extract import extract
from .manifest import Manifest, Slice, WrittenTable, hour_of, joined
from .reread import partitions_to_reread, reread
from .write_table import write_table

logger = logging.getLogger(__name__)

# A function that yields the changes from a start up to an end, in parts of bounded size.
Source = Callable[[datetime, datetime], Iterable[Extracted]]


@dataclass(frozen=True)
class _Part:
    """The results of one part that stay in memory after its Bronze and Silver rows are written.

    `written` maps physical table names to the written files. `golds` are the rows of user_activity and of
    category_activity.
    """

    source_count: int
    rejects: pa.Table
    written: dict[str, WrittenTable]
    golds: tuple[pa.Table, pa.Table]


def process(slice_: Slice, database: Database, stores: Stores, now: datetime) -> Manifest:
    """Read, conform, aggregate, verify and write one slice to a run folder of its own.

    The changes are read from the log. If the changes of an erased or damaged hour have expired in the log,
    they are read from the Bronze of the hour. `now` must be a time before this call: every change that was
    committed before `now` is in the result.
    """
    source: Source = partial(extract, database.changes)
    if slice_["reason"] in ("erased", "damaged") and (
        kept := partitions_to_reread(hour_of(slice_), database, stores)
    ):
        source = partial(reread, kept, database, stores.lake)
    return process_from(slice_, source, stores.lake, now)


def process_from(slice_: Slice, source: Source, lake: Lake, now: datetime) -> Manifest:
    """Process one slice; `source` yields the changes between two times, in parts of bounded size."""
    began = time.monotonic()
    run_key = new_run_key(now)
    write = partial(_write, lake, slice_, run_key)
    extracted = source(from_text(slice_["start"]), from_text(slice_["end"]))
    # `map` keeps no reference to a part that it has processed, so only one part at a time is in memory.
    parts = list(map(partial(_process_part, write), count(), extracted))
    rejects = pa.concat_tables([part.rejects for part in parts])
    tables = {
        name: joined(first["location"], [part.written[name] for part in parts])
        for name, first in parts[0].written.items()
    }
    for number, table in enumerate((GOLD_USERS, GOLD_CATEGORIES)):
        tables[table.physical] = write(table, _sum_of([part.golds[number] for part in parts], table), 0)
    manifest = Manifest(
        hour=slice_["hour"],
        slice=slice_["slice"],
        slices=slice_["slices"],
        reason=slice_["reason"],
        run_key=run_key,
        as_of=to_text(now),
        source_count=sum(part.source_count for part in parts),
        rejects=rejects.num_rows,
        seconds=round(time.monotonic() - began, 3),
        peak_mb=round(getrusage(RUSAGE_SELF).ru_maxrss / 1024, 1),
        tables=tables,
    )
    _log_slice(manifest, rejects)
    return manifest


def _process_part(write: Callable[..., WrittenTable], number: int, extracted: Extracted) -> _Part:
    silver = conform(extracted.tasks, extracted.users)
    golds = aggregate(silver.tasks, silver.users)
    release_memory()
    verify(extracted, silver, *golds)
    rejects = pa.concat_tables([extracted.rejects, silver.rejects])
    contents = (
        (BRONZE_TASKS, extracted.tasks),
        (BRONZE_USERS, extracted.users),
        (SILVER_TASKS, silver.tasks),
        (SILVER_USERS, silver.users),
        (SILVER_REJECTS, rejects),
    )
    written = {table.physical: write(table, rows, number) for table, rows in contents}
    return _Part(extracted.source_count, rejects, written, golds)


def _sum_of(parts: list[pa.Table], table: LakeTable) -> pa.Table:
    if len(parts) == 1:
        return parts[0]
    rows = add_up(parts, table)
    verify_sum(parts, rows, table)
    return rows


def _write(
    lake: Lake, slice_: Slice, run_key: str, table: LakeTable, rows: pa.Table, number: int
) -> WrittenTable:
    location = location_of(table, hour_of(slice_), run_key)
    suffix = f"-{number}" if number else ""
    name = f"part-{slice_['slice']:05}{suffix}.parquet"
    return write_table(rows, table, location, name, lake)


def _log_slice(manifest: Manifest, rejects: pa.Table) -> None:
    line = LogEntry(
        "slice processed",
        "process",
        duration_ms=round(manifest["seconds"] * 1000, 1),
        window=manifest["hour"],
        rows=manifest["source_count"],
        run_id=manifest["run_key"],
        metadata={
            "slice": manifest["slice"],
            "slices": manifest["slices"],
            "reason": manifest["reason"],
            "peak_mb": manifest["peak_mb"],
        },
    )
    logger.info(line)
    if rejects.num_rows:
        logger.warning(
            replace(
                line,
                message="changes rejected",
                duration_ms=None,
                table=SILVER_REJECTS.physical,
                rows=rejects.num_rows,
                metadata=reasons(rejects) | {"request_ids": request_ids(rejects)},
            )
        )
