"""Publish an hour of a history rebuild by the rules of the hourly run; Bronze stays unchanged."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from .. import CODE_VERSION
from ..catalog.base import Outcome, Partition, Publication
from ..catalog.publications import write_record
from ..catalog.stores import Stores
from ..core.errors import VerificationError
from ..core.hours import from_text
from ..hourly.manifest import Manifest, files_of
from ..lake.schema import BRONZE_TASKS, BRONZE_USERS, BY_NAME, SCHEMA_VERSION, TABLES
from .slices import PublishedHour


def publish_rebuilt(
    published: PublishedHour, manifest: Manifest, stores: Stores, now: datetime
) -> list[Publication]:
    """Publish the manifest's files as the content of their hour, unless equal or newer content is published.

    The new partitions keep the `as_of` of Bronze. So an hour that was read from the log again in the
    meantime keeps its newer content. The current Bronze partitions are published again unchanged, so that the
    publication record names all tables of the hour. Raises VerificationError if changes are missing, and
    StorageError if files are missing; after an error nothing is published.
    """
    bronze = published.partitions[BRONZE_TASKS.physical]
    if manifest["source_count"] != bronze.source_count:
        raise VerificationError(
            f"{published.hour}: the files of Bronze and rejects contain {manifest['source_count']} changes, "
            f"but the catalog says {bronze.source_count}; nothing was published; keep the files and find out "
            "which changes are missing"
        )

    def confirm(partition: Partition) -> None:
        for file in partition.files:
            stores.lake.require(BY_NAME[partition.table].zone, partition.location, file)

    def record(publications: Sequence[Publication]) -> None:
        if any(each.outcome is Outcome.PUBLISHED for each in publications):
            write_record([each.result(now) for each in publications], manifest["run_key"], stores.lake)

    publications = stores.catalog.publish(_partitions(published, manifest), now, confirm, record)
    for each in publications:
        if each.unneeded:
            stores.lake.remove(BY_NAME[each.partition.table].zone, each.partition.location)
    return publications


def _partitions(published: PublishedHour, manifest: Manifest) -> list[Partition]:
    bronze = {
        table.physical: replace(
            published.partitions[table.physical], rejects=manifest["rejects"], published_at=None
        )
        for table in (BRONZE_TASKS, BRONZE_USERS)
    }
    model = bronze[BRONZE_TASKS.physical]
    rebuilt = {
        table: replace(
            model,
            table=table,
            location=written["location"],
            files=files_of(written),
            row_count=written["rows"],
            min_at=from_text(written["min_at"]) if written["min_at"] else None,
            max_at=from_text(written["max_at"]) if written["max_at"] else None,
            checksum=written["checksum"],
            schema_version=SCHEMA_VERSION,
            code_version=CODE_VERSION,
            run_id=manifest["run_key"],
        )
        for table, written in manifest["tables"].items()
    }
    partitions = bronze | rebuilt
    return [partitions[table.physical] for table in TABLES]
