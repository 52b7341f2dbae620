"""The steps as Airflow and the command line run them: process, publish. Keys and counts only."""

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from operator import itemgetter
from resource import RUSAGE_SELF, getrusage

import pyarrow as pa
import pyarrow.compute as pc

from ..errors import InsightsError, PublishError
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
from ..log_lines import Line
from ..timestamps import from_text, to_text
from .aggregate import category_activity, user_activity
from .conform import conform
from .extract import Changes, Extracted, extract
from .gather import gather
from .manifest import Manifest, Published, Slice, WrittenTable, entry_of, hour_of, new_run_key
from .publish import publish
from .rejects import reasons
from .verify import verify

logger = logging.getLogger(__name__)


def process(piece: Slice, changes: Changes, lake: Lake, now: datetime) -> Manifest:
    """Read, conform, aggregate, verify and write one slice under a prefix that no other try uses.

    `now` is taken before the log is read: whatever was committed until then is in the result.
    """
    return process_from(piece, partial(extract, changes), lake, now)


def process_from(
    piece: Slice, source: Callable[[datetime, datetime], Extracted], lake: Lake, now: datetime
) -> Manifest:
    """Do the same with another source than the log; it gives the changes from one moment up to another."""
    began = time.monotonic()
    extracted = source(from_text(piece["start"]), from_text(piece["end"]))
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
    tables = {table.physical: _write(lake, table, rows, piece, run_key) for table, rows in contents}
    manifest = Manifest(
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
    _tell(manifest, rejects)
    return manifest


def publish_hours(
    manifests: Iterable[Manifest], stores: Stores, settle: timedelta, now: datetime
) -> list[Published]:
    """Publish each hour of these manifests from the newest of each of its slices.

    An hour that cannot be published keeps no other from it; in the end it raises PublishError. To
    publish the same manifests again does what is left to do.
    """
    done: list[Published] = []
    failed: list[str] = []
    for hour, slices in _by_hour(manifests).items():
        try:
            done.append(publish(gather(slices, stores.lake), stores, now, settle))
        except InsightsError as error:
            why = {"error": str(error)}
            logger.error(Line("hour not published", "publish", status="error", window=hour, metadata=why))
            failed.append(f"{hour}: {error}")
            continue
        outcomes, rows = done[-1]["outcomes"], done[-1]["source_count"]
        logger.info(Line("hour published", "publish", window=hour, rows=rows, metadata=outcomes))
    if failed:
        raise PublishError("not published: " + "; ".join(failed), done)
    return done


def _by_hour(manifests: Iterable[Manifest]) -> dict[str, list[Manifest]]:
    """The manifests of each hour in order of hours; of two tries of one slice the newer."""
    newest = {(each["hour"], each["slice"]): each for each in sorted(manifests, key=itemgetter("as_of"))}
    hours: dict[str, list[Manifest]] = {}
    for hour, number in sorted(newest):
        hours.setdefault(hour, []).append(newest[hour, number])
    return hours


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


def _tell(manifest: Manifest, rejects: pa.Table) -> None:
    line = Line(
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
                metadata=reasons(rejects),
            )
        )
