"""The kinds of catalog there are, by URI."""

from pathlib import Path

from pyarrow import fs

from .catalog import Catalog
from .errors import CatalogError
from .settings import Settings
from .sqlite_catalog import SqliteCatalog


def open_catalog(settings: Settings) -> Catalog:
    """The catalog the settings name; raises CatalogError for a kind that does not exist."""
    if not settings.catalog_uri.startswith("file://"):
        raise CatalogError(f"no catalog for {settings.catalog_uri!r}; CATALOG_URI must be a file:// URI")
    return SqliteCatalog(Path(fs.FileSystem.from_uri(settings.catalog_uri)[1]))
