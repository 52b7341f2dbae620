"""Publish: one catalog call per table makes the files of an attempt the content of an hour."""

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from operator import itemgetter

from .. import CODE_VERSION
from ..catalog.base import Outcome, Partition, Publication
from ..catalog.publications import check_against_records, note_catalog_in_use, write_record
from ..catalog.stores import Stores
from ..core.errors import InsightsError, LostCatalogError, PublishError
from ..core.hours import from_text
from ..core.logs import LogEntry
from ..lake.schema import BY_NAME, SCHEMA_VERSION
from ..lake.storage import Lake
from .manifest import Manifest, Published, files_of, hour_of
from .merge_slices import merge_slices

logger = logging.getLogger(__name__)

_ATTEMPTS = 3
_SECONDS_BETWEEN_ATTEMPTS = 1.0


def publish_hours(
    manifests: Iterable[Manifest], stores: Stores, settle: timedelta, now: datetime
) -> list[Published]:
    """Publish each hour of these manifests; if a slice has several manifests, the newest one is used.

    A failed hour does not stop the other hours; PublishError is raised at the end. A second call with the
    same manifests publishes the hours that failed.
    """
    done: list[Published] = []
    failed: list[str] = []
    for hour, slices in _by_hour(manifests).items():
        try:
            done.append(publish(merge_slices(slices, stores.lake), stores, now, settle))
        except InsightsError as error:
            why = {"error": str(error)}
            logger.error(LogEntry("hour not published", "publish", status="error", window=hour, metadata=why))
            failed.append(f"{hour}: {error}")
            continue
        outcomes, rows = done[-1]["outcomes"], done[-1]["source_count"]
        logger.info(LogEntry("hour published", "publish", window=hour, rows=rows, metadata=outcomes))
    if failed:
        raise PublishError("not published: " + "; ".join(failed), done)
    return done


def _by_hour(manifests: Iterable[Manifest]) -> dict[str, list[Manifest]]:
    """The manifests of each hour, in order of hours; for each slice, only the newest manifest."""
    newest = {(each["hour"], each["slice"]): each for each in sorted(manifests, key=itemgetter("as_of"))}
    hours: dict[str, list[Manifest]] = {}
    for hour, number in sorted(newest):
        hours.setdefault(hour, []).append(newest[hour, number])
    return hours


def publish(manifest: Manifest, stores: Stores, now: datetime, settle: timedelta) -> Published:
    """Make the files of this manifest the content of its hour, unless newer or equal content is published.

    Publishing the same manifest twice is harmless. Raises StorageError when files of the manifest are
    missing.
    """

    def confirm(partition: Partition) -> None:
        # New files only have to exist. Published files may have been damaged since they were written, so
        # their content is checked.
        check = stores.lake.require if partition.published_at is None else stores.lake.verify
        for file in partition.files:
            check(BY_NAME[partition.table].zone, partition.location, file)

    def record(publications: Sequence[Publication]) -> None:
        if all(each.current is None for each in publications):
            check_against_records([each.partition for each in publications], stores.lake)
        if any(each.outcome is not Outcome.SUPERSEDED for each in publications):
            write_record([each.result(now) for each in publications], manifest["run_key"], stores.lake)

    publications = _publish(
        lambda: stores.catalog.publish(_partitions(manifest, settle), now, confirm, record)
    )
    _finish(publications, stores.lake)
    return Published(
        hour=manifest["hour"],
        reason=manifest["reason"],
        source_count=manifest["source_count"],
        rejects=manifest["rejects"],
        seconds=manifest["seconds"],
        peak_mb=manifest["peak_mb"],
        outcomes={each.partition.table: str(each.outcome) for each in publications},
    )


def _publish(attempt: Callable[[], list[Publication]]) -> list[Publication]:
    """Publish; try again while a publication record of the hour is newer than the catalog.

    With Glue, another process may have written its record but not yet changed the catalog.
    """
    for _ in range(_ATTEMPTS - 1):
        try:
            return attempt()
        except LostCatalogError:
            time.sleep(_SECONDS_BETWEEN_ATTEMPTS)
    return attempt()


def _finish(publications: Sequence[Publication], lake: Lake) -> None:
    if any(each.current is None for each in publications):
        note_catalog_in_use(lake)
    for each in publications:
        if each.unneeded:
            lake.remove(BY_NAME[each.partition.table].zone, each.partition.location)


def _partitions(manifest: Manifest, settle: timedelta) -> list[Partition]:
    hour, as_of = hour_of(manifest), from_text(manifest["as_of"])
    return [
        Partition(
            table=table,
            dt=hour.dt,
            hour=hour.hour,
            location=written["location"],
            files=files_of(written),
            row_count=written["rows"],
            source_count=manifest["source_count"],
            rejects=manifest["rejects"],
            min_at=from_text(written["min_at"]) if written["min_at"] else None,
            max_at=from_text(written["max_at"]) if written["max_at"] else None,
            checksum=written["checksum"],
            schema_version=SCHEMA_VERSION,
            code_version=CODE_VERSION,
            as_of=as_of,
            run_id=manifest["run_key"],
            provisional=as_of < hour.end + settle,
        )
        for table, written in manifest["tables"].items()
    ]
