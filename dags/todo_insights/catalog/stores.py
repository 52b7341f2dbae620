"""The lake and its catalog, opened from the settings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pyarrow import fs

from ..core.aws import Aws
from ..core.errors import CatalogError, LostCatalogError
from ..core.settings import Settings
from ..lake.storage import Lake
from .base import LAST_DAY, Catalog, Partition, Publication, Record, no_record
from .publications import is_catalog_in_use, is_recovery_unfinished
from .sqlite_catalog import SqliteCatalog


class CheckedCatalog:
    """A catalog that raises LostCatalogError if it may have lost partitions of files that are published."""

    def __init__(self, catalog: Catalog, lake: Lake) -> None:
        self._catalog, self._lake = catalog, lake

    def publish(
        self,
        partitions: Sequence[Partition],
        now: datetime,
        confirm: Callable[[Partition], None],
        record: Record = no_record,
    ) -> list[Publication]:
        """Publish partitions, even to a lost catalog, because `recover` fills a lost catalog this way."""
        return self._catalog.publish(partitions, now, confirm, record)

    def withdraw(self, table: str, dt: str) -> None:
        """Remove the partition of a day from the catalog; the day must be later than the cutoff."""
        self._catalog.withdraw(table, dt)

    def cutoff(self) -> str:
        """The date up to which the day views read the daily tables."""
        return self._catalog.cutoff()

    def move_cutoff(self, dt: str) -> None:
        """Set this cutoff in the day views."""
        self._catalog.move_cutoff(dt)

    def snapshot(
        self, tables: Sequence[str] | None = None, since: str = "", until: str = LAST_DAY
    ) -> list[Partition]:
        """The published partitions; raises LostCatalogError when some or all may be missing."""
        found = self._catalog.snapshot(tables, since, until)
        self._check(is_empty=not found)
        return found

    def is_missing(self) -> bool:
        """Return True if the catalog is lost or if nothing was ever published to it."""
        return self._catalog.is_missing()

    def check(self) -> None:
        """Raise LostCatalogError when the catalog is lost, or while a recovery is unfinished."""
        self._check(is_empty=True)

    def _check(self, is_empty: bool) -> None:
        if is_recovery_unfinished(self._lake):
            raise LostCatalogError(
                "the catalog is incomplete, because a recovery is running or was interrupted; "
                "wait for it, or run recover again (make recover)"
            )
        if is_empty and self._catalog.is_missing() and is_catalog_in_use(self._lake):
            raise LostCatalogError(
                "the catalog is lost: it has no partitions although the lake has published files; "
                "correct CATALOG_URI, or recover the catalog from the files with the command recover "
                "(make recover)"
            )


@dataclass(frozen=True)
class Stores:
    """The files of the lake, and the catalog of the published files."""

    lake: Lake
    catalog: CheckedCatalog


def open_stores(settings: Settings, aws: Aws | None = None) -> Stores:
    """Open the lake and the catalog of these settings; `aws` defaults to the identity of the environment.

    Raises CatalogError or StorageError for an unknown kind of address. Opening the lake and the catalog reads
    and writes nothing.
    """
    aws = aws or Aws(settings.aws_endpoints)
    lake = Lake(settings.zone_uris, aws)
    return Stores(lake, CheckedCatalog(_catalog(settings.catalog_uri, lake, aws), lake))


def open_catalog(settings: Settings) -> CheckedCatalog:
    """The catalog of `open_stores`, for callers that do not read files of the lake."""
    return open_stores(settings).catalog


def _catalog(uri: str, lake: Lake, aws: Aws) -> Catalog:
    if uri.startswith("glue://"):
        # The catalog of Glue is imported here, because a lake in a folder does not need the libraries of AWS.
        from .glue_catalog import GlueCatalog

        return GlueCatalog(uri.removeprefix("glue://").rstrip("/"), lake, aws)
    if uri.startswith("file://"):
        return SqliteCatalog(Path(fs.FileSystem.from_uri(uri)[1]))
    raise CatalogError(f"{uri!r} is no address of a catalog; set CATALOG_URI to glue://<database> or file://")
