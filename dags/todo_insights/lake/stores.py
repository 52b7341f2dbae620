"""The lake and its catalog, opened as the settings define them."""

from dataclasses import dataclass
from pathlib import Path

from pyarrow import fs

from ..core.aws import Aws
from ..core.errors import CatalogError
from ..core.settings import Settings
from .catalog import Catalog
from .glue_catalog import GlueCatalog
from .sqlite_catalog import SqliteCatalog
from .storage import Lake


@dataclass(frozen=True)
class Stores:
    """The files of the lake, and the catalog of those that are published."""

    lake: Lake
    catalog: Catalog


def open_stores(settings: Settings, aws: Aws | None = None) -> Stores:
    """The lake and catalog of these settings; `aws` defaults to the environment's identity.

    Raises CatalogError or StorageError for an address of an unknown kind. Nothing is read or written yet.
    """
    aws = aws or Aws(settings.aws_endpoints)
    lake = Lake(settings.zone_uris, aws)
    return Stores(lake, _catalog(settings.catalog_uri, lake, aws))


def open_catalog(settings: Settings) -> Catalog:
    """The catalog alone."""
    return open_stores(settings).catalog


def _catalog(uri: str, lake: Lake, aws: Aws) -> Catalog:
    if uri.startswith("glue://"):
        return GlueCatalog(uri.removeprefix("glue://").rstrip("/"), lake, aws)
    if uri.startswith("file://"):
        return SqliteCatalog(Path(fs.FileSystem.from_uri(uri)[1]))
    raise CatalogError(f"no catalog for {uri!r}; set CATALOG_URI to a glue://<database> or a file:// address")
