"""Process: one slice of an hour, from its source to files of every lake table."""

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from resource import RUSAGE_SELF, getrusage

import pyarrow as pa
import pyarrow.compute as pc

from ..core.database import Database
from ..core.hours import from_text, to_text
from ..core.logs import LogEntry
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
from ..lake.storage import Lake, encode
from ..lake.stores import Stores
from ..transform.aggregate import category_activity, user_activity
from ..transform.bronze import Extracted
from ..transform.conform import conform
from ..transform.rejects import reasons, request_ids
from ..transform.verify import verify
from .extract import extract
from .manifest import Manifest, Slice, WrittenTable, entry_of, hour_of
from .reread import partitions_to_reread, reread

logger = logging.getLogger(__name__)


def process(slice_: Slice, database: Database, stores: Stores, now: datetime) -> Manifest:
    """Read, conform, aggregate, verify and write one slice under a prefix that no other attempt uses.

    The source is the log, or, for an erased or damaged hour that the log no longer holds, its own Bronze.
    `now` is taken before the source is read: every change committed before it is in the result.
    """
    source = partial(extract, database.changes)
    if slice_["reason"] in ("erased", "damaged") and (
        kept := partitions_to_reread(hour_of(slice_), database, stores)
    ):
        source = partial(reread, kept, database, stores.lake)
    return process_from(slice_, source, stores.lake, now)


def process_from(
    slice_: Slice, source: Callable[[datetime, datetime], Extracted], lake: Lake, now: datetime
) -> Manifest:
    """Process one slice; `source` returns the changes from one moment up to another."""
    began = time.monotonic()
    extracted = source(from_text(slice_["start"]), from_text(slice_["end"]))
    silver = conform(extracted.tasks, extracted.users)
    users, categories = user_activity(silver.tasks, silver.users), category_activity(silver.tasks)
    verify(extracted, silver, users, categories)
    rejects = pa.concat_tables([extracted.rejects, silver.rejects])
    contents = (
        (BRONZE_TASKS, extracted.tasks),
        (BRONZE_USERS, extracted.users),
        (SILVER_TASKS, silver.tasks),
        (SILVER_USERS, silver.users),
        (SILVER_REJECTS, rejects),
        (GOLD_USERS, users),
        (GOLD_CATEGORIES, categories),
    )
    run_key = new_run_key(now)
    tables = {table.physical: _write(lake, table, rows, slice_, run_key) for table, rows in contents}
    manifest = Manifest(
        hour=slice_["hour"],
        slice=slice_["slice"],
        slices=slice_["slices"],
        reason=slice_["reason"],
        run_key=run_key,
        as_of=to_text(now),
        source_count=extracted.source_count,
        rejects=rejects.num_rows,
        seconds=round(time.monotonic() - began, 3),
        peak_mb=round(getrusage(RUSAGE_SELF).ru_maxrss / 1024, 1),
        tables=tables,
    )
    _log_slice(manifest, rejects)
    return manifest


def _write(lake: Lake, table: LakeTable, rows: pa.Table, slice_: Slice, run_key: str) -> WrittenTable:
    location = location_of(table, hour_of(slice_), run_key)
    file = lake.write(table.zone, location, f"part-{slice_['slice']:05}.parquet", encode(rows, table))
    at = pc.min_max(rows["at"]).as_py() if "at" in rows.column_names else {"min": None, "max": None}
    return WrittenTable(
        location=location,
        files=[entry_of(file)],
        checksum=file.checksum,
        rows=rows.num_rows,
        min_at=at["min"] and to_text(at["min"]),
        max_at=at["max"] and to_text(at["max"]),
    )


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
