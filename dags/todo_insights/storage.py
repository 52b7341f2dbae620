"""The files of the lake, by URI: a file is whole and on disk before it has its name."""

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from pyarrow import fs

from .errors import StorageError
from .hours import Hour
from .schema import LakeTable

_ROW_GROUP = 1_000_000


@dataclass(frozen=True)
class WrittenFile:
    """One Parquet file: its name in its folder, its size in bytes, its content's SHA-256."""

    name: str
    size: int
    checksum: str


def location_of(table: LakeTable, hour: Hour, run_key: str) -> str:
    """The folder, relative to the table's zone, that one try writes one hour into."""
    return f"{table.name}/dt={hour.dt}/hour={hour.hour}/run={run_key}"


def encode(rows: pa.Table, table: LakeTable) -> bytes:
    """The rows as Parquet, sorted as the table wants; equal rows in any order give equal bytes."""
    rows = rows.sort_by([(name, "ascending") for name in table.sorted_by]).combine_chunks()
    sink = pa.BufferOutputStream()
    pq.write_table(
        rows.replace_schema_metadata(None), sink, compression="zstd", row_group_size=_ROW_GROUP, version="2.6"
    )
    return bytes(sink.getvalue())


class Lake:
    """The three zones; `zone_uris` maps each to a folder that pyarrow can open."""

    def __init__(self, zone_uris: Mapping[str, str]) -> None:
        self._zones = {zone: _open(uri) for zone, uri in zone_uris.items()}

    def path(self, zone: str, location: str, name: str) -> str:
        """The path of a local file, for readers that open it themselves."""
        filesystem, root = self._zones[zone]
        if not isinstance(filesystem, fs.LocalFileSystem):
            raise StorageError(f"the {zone} zone is not a local folder; ask Athena instead")
        return f"{root}/{location}/{name}"

    def write(self, zone: str, location: str, name: str, content: bytes) -> WrittenFile:
        """Store a file; when this returns it survives a power cut."""
        filesystem, root = self._zones[zone]
        folder = f"{root}/{location}"
        try:
            if isinstance(filesystem, fs.LocalFileSystem):
                _write_local(Path(root), location, name, content)
            else:
                # An object store shows an object when its upload is complete, not before.
                with filesystem.open_output_stream(f"{folder}/{name}") as stream:
                    stream.write(content)
        except OSError as error:
            raise StorageError(f"cannot write {folder}/{name}: {error}") from error
        return WrittenFile(name, len(content), hashlib.sha256(content).hexdigest())

    def read(
        self,
        table: LakeTable,
        files: Sequence[tuple[str, str]],
        columns: Sequence[str],
        only: tuple[str, Sequence[str]] | None = None,
    ) -> pa.Table:
        """These columns of a table's files, named by location and name, in no particular order of rows.

        `only` names a column and the values to be found in it. Raises StorageError for a file that is
        missing or damaged.
        """
        filesystem, root = self._zones[table.zone]
        paths = [f"{root}/{location}/{name}" for location, name in files]
        if not paths:
            return table.columns.empty_table().select(columns)
        wanted = None if only is None else ds.field(only[0]).isin(pa.array(only[1], pa.string()))
        try:
            found = ds.dataset(paths, schema=table.columns, format="parquet", filesystem=filesystem)
            return found.to_table(columns=list(columns), filter=wanted)
        except (OSError, pa.ArrowInvalid) as error:
            raise StorageError(f"cannot read a file of {table.physical}: {error}") from error

    def require(self, zone: str, location: str, file: WrittenFile) -> None:
        """Raise StorageError unless the file is there in full."""
        filesystem, root = self._zones[zone]
        info = filesystem.get_file_info(f"{root}/{location}/{file.name}")
        if not info.is_file or info.size != file.size:
            raise StorageError(f"{zone}/{location}/{file.name} is gone or incomplete; process the hour again")

    def remove(self, zone: str, location: str) -> None:
        """Delete a folder that no partition names; one that is already gone is fine."""
        filesystem, root = self._zones[zone]
        folder = f"{root}/{location}"
        if filesystem.get_file_info(folder).type != fs.FileType.NotFound:
            filesystem.delete_dir(folder)


def _open(uri: str) -> tuple[fs.FileSystem, str]:
    try:
        filesystem, root = fs.FileSystem.from_uri(uri)
    except (pa.ArrowInvalid, OSError) as error:
        raise StorageError(f"cannot open {uri}: {error}") from error
    return filesystem, root.rstrip("/")


def _write_local(root: Path, location: str, name: str, content: bytes) -> None:
    folder = root / location
    folder.mkdir(parents=True, exist_ok=True)
    unnamed = folder / f".{name}.partial"
    with unnamed.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unnamed.rename(folder / name)
    # A folder that is there may be another process's, not yet synced: so the whole way up, every time.
    for each in (folder, *folder.parents[: len(Path(location).parts) + 1]):
        sync_folder(each)


def sync_folder(folder: Path) -> None:
    """Make the names in a local folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
