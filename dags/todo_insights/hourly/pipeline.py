"""The steps as Airflow and the command line run them: plan, process, publish. Keys and counts only."""

import logging
import secrets
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from resource import RUSAGE_SELF, getrusage

import pyarrow as pa
import pyarrow.compute as pc

from ..hours import Hour
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
from ..lake.storage import Lake, encode, location_of
from ..lake.stores import Stores
from ..timestamps import from_text, to_text
from .aggregate import category_activity, user_activity
from .conform import conform
from .extract import Changes, extract
from .manifest import Manifest, Published, Slice, WrittenTable, entry_of, hour_of
from .publish import publish
from .verify import verify

logger = logging.getLogger(__name__)


def plan(hours: Iterable[Hour]) -> list[Slice]:
    """Cut hours into the slices that tasks process; an hour is one slice."""
    return [
        Slice(
            hour=str(hour),
            slice=0,
            slices=1,
            start=to_text(hour.start),
            end=to_text(hour.end),
            reason="scheduled",
        )
        for hour in hours
    ]


def process(piece: Slice, changes: Changes, lake: Lake, now: datetime) -> Manifest:
    """Read, conform, aggregate, verify and write one slice under a prefix that no other try uses.

    `now` is taken before the log is read: whatever was committed until then is in the result.
    """
    began = time.monotonic()
    extracted = extract(changes, from_text(piece["start"]), from_text(piece["end"]))
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
    run_key = f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(6)}"
    logger.info("%s: %d changes, %d rejects", piece["hour"], extracted.source_count, rejects.num_rows)
    tables = {table.physical: _write(lake, table, rows, piece, run_key) for table, rows in contents}
    return Manifest(
        hour=piece["hour"],
        slice=piece["slice"],
        slices=piece["slices"],
        reason=piece["reason"],
        run_key=run_key,
        as_of=to_text(now),
        source_count=extracted.source_count,
        rejects=rejects.num_rows,
        seconds=round(time.monotonic() - began, 3),
        peak_mb=round(getrusage(RUSAGE_SELF).ru_maxrss / 1024, 1),
        tables=tables,
    )


def publish_hours(
    manifests: Iterable[Manifest], stores: Stores, settle: timedelta, now: datetime
) -> list[Published]:
    """Publish each hour once, from its newest manifest."""
    newest: dict[str, Manifest] = {}
    for manifest in sorted(manifests, key=lambda each: each["as_of"]):
        newest[manifest["hour"]] = manifest
    done = []
    for hour in sorted(newest):
        done.append(publish(newest[hour], stores, now, settle))
        logger.info(
            "%s: %s", hour, ", ".join(f"{name} {each}" for name, each in done[-1]["outcomes"].items())
        )
    return done


def _write(lake: Lake, table: LakeTable, rows: pa.Table, piece: Slice, run_key: str) -> WrittenTable:
    location = location_of(table, hour_of(piece), run_key)
    file = lake.write(table.zone, location, f"part-{piece['slice']:05}.parquet", encode(rows, table))
    at = pc.min_max(rows["at"]).as_py() if "at" in rows.column_names else {"min": None, "max": None}
    return WrittenTable(
        location=location,
        files=[entry_of(file)],
        checksum=file.checksum,
        rows=rows.num_rows,
        min_at=at["min"] and to_text(at["min"]),
        max_at=at["max"] and to_text(at["max"]),
    )
