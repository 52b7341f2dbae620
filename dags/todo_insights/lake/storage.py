"""The files of the lake, by zone and location: write complete files, read columns, delete folders."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa
import pyarrow.dataset as ds
from pyarrow import fs

from ..core.aws import Aws
from ..core.errors import StorageError
from .files import FoundFile, WrittenFile
from .schema import LakeTable
from .zones import open_zone


class Lake:
    """The three zones of the lake; `zone_uris` maps each zone to a file:// or s3:// address."""

    def __init__(self, zone_uris: Mapping[str, str], aws: Aws | None = None) -> None:
        self._zones = {zone: open_zone(uri, aws or Aws()) for zone, uri in zone_uris.items()}

    def uri(self, zone: str, location: str) -> str:
        """The address of a folder in a zone, as a partition in Glue stores it."""
        return f"{self._zones[zone].uri}/{location}"

    def path(self, zone: str, location: str, name: str) -> str:
        """The path of a file in its zone's filesystem."""
        return f"{self._zones[zone].root}/{location}/{name}"

    def write(self, zone: str, location: str, name: str, content: bytes) -> WrittenFile:
        """Store a file; when the method returns, the file is complete and survives a power failure."""
        try:
            self._zones[zone].write(location, name, content)
        except OSError as error:
            raise StorageError(f"cannot write {self.path(zone, location, name)}: {error}") from error
        return WrittenFile(name, len(content), hashlib.sha256(content).hexdigest())

    def dataset(self, table: LakeTable, files: Sequence[tuple[str, str]]) -> ds.Dataset:
        """Open files of a table, given by location and name, as one dataset with the partition columns.

        If a file does not have a column of the table, the values of the column are null. Columns that the
        table no longer has are not read. At least one file must be given. Raises StorageError for a file that
        is missing or damaged.
        """
        zone = self._zones[table.zone]
        keys = [pa.field(key, pa.string()) for key in table.partitioned_by]
        try:
            return ds.dataset(
                [self.path(table.zone, location, name) for location, name in files],
                schema=pa.schema([*table.columns, *keys]),
                format="parquet",
                filesystem=zone.filesystem,
                partitioning=ds.partitioning(pa.schema(keys), flavor="hive"),
                partition_base_dir=f"{zone.root}/{table.name}",
            )
        except (OSError, pa.ArrowInvalid) as error:
            raise StorageError(f"cannot read a file of {table.physical}: {error}") from error

    def read(
        self,
        table: LakeTable,
        files: Sequence[tuple[str, str]],
        columns: Sequence[str],
        only: tuple[str, Sequence[str]] | None = None,
    ) -> pa.Table:
        """Read columns (also dt and hour) of the given files of a table; the order of the rows is undefined.

        `only` is a column and a list of values: only rows with one of these values are returned. Raises
        StorageError for a file that is missing or damaged.
        """
        if not files:
            keys = [pa.field(key, pa.string()) for key in table.partitioned_by]
            return pa.schema([*table.columns, *keys]).empty_table().select(columns)
        wanted = None if only is None else ds.field(only[0]).isin(pa.array(only[1], pa.string()))
        try:
            return self.dataset(table, files).to_table(columns=list(columns), filter=wanted)
        except (OSError, pa.ArrowInvalid) as error:
            # pyarrow does not name the damaged file, so each file is read separately to find it.
            if len(files) > 1:
                for file in files:
                    self.read(table, [file], columns, only)
                raise StorageError(f"cannot read a file of {table.physical}: {error}") from error
            path = f"{table.zone}/{'/'.join(files[0])}"
            raise StorageError(f"cannot read a file of {table.physical}: {path}: {error}") from error

    def files(self, table: LakeTable) -> Iterator[FoundFile]:
        """Every file below a table's folder, whether a partition names it or not.

        Raises StorageError when the folder cannot be listed or its bucket does not exist.
        """
        found = False
        for file in self.list(table.zone, table.name):
            found = True
            yield file
        # A table without files has no folder. But a missing bucket gives the same empty listing, so the
        # bucket is checked.
        if not found and (absent := self._absent_bucket(table.zone)):
            raise StorageError(
                f"the bucket {absent} does not exist; correct {table.zone.upper()}_URI, or create the bucket"
            )

    def list(self, zone: str, folder: str) -> Iterator[FoundFile]:
        """Every file below a folder, or none if the folder does not exist. Raises StorageError on failure."""
        root = self._zones[zone].root
        selector = fs.FileSelector(f"{root}/{folder}", allow_not_found=True, recursive=True)
        try:
            found = self._zones[zone].filesystem.get_file_info(selector)
        except OSError as error:
            raise StorageError(f"cannot list {zone}/{folder}: {error}") from error
        for info in found:
            if info.is_file:
                location, _, name = info.path.removeprefix(f"{root}/").rpartition("/")
                yield FoundFile(location, name, info.size, info.mtime)

    def read_bytes(self, zone: str, location: str, name: str) -> bytes:
        """The content of a small file; raises StorageError when it cannot be read."""
        path = self.path(zone, location, name)
        try:
            with self._zones[zone].filesystem.open_input_stream(path) as stream:
                return bytes(stream.read())
        except OSError as error:
            raise StorageError(f"cannot read {path}: {error}") from error

    def exists(self, zone: str, location: str, name: str) -> bool:
        """Return whether the file exists."""
        path = self.path(zone, location, name)
        try:
            return bool(self._zones[zone].filesystem.get_file_info(path).is_file)
        except OSError as error:
            raise StorageError(f"cannot check {path}: {error}") from error

    def copy(self, zone: str, source: tuple[str, str], location: str, name: str) -> None:
        """Copy a file, given by location and name, to another location and name.

        S3 copies the object itself; nothing is downloaded.
        """
        try:
            self._zones[zone].copy(*source, location, name)
        except OSError as error:
            raise StorageError(f"cannot copy {self.path(zone, *source)}: {error}") from error

    def require(self, zone: str, location: str, file: WrittenFile) -> None:
        """Raise StorageError if the file is missing, or if it does not have the size that was written."""
        path = self.path(zone, location, file.name)
        try:
            info = self._zones[zone].filesystem.get_file_info(path)
        except OSError as error:
            raise StorageError(f"cannot check {path}: {error}") from error
        if not info.is_file or info.size != file.size:
            again = "process the hour again" if "/hour=" in location else "compact the day again"
            raise StorageError(f"{zone}/{location}/{file.name} is missing or incomplete; {again}")

    def verify(self, zone: str, location: str, file: WrittenFile) -> None:
        """Read the whole file, and raise StorageError if its content differs from the written content."""
        self.require(zone, location, file)
        path = self.path(zone, location, file.name)
        try:
            with self._zones[zone].filesystem.open_input_stream(path) as stream:
                found = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError as error:
            raise StorageError(f"cannot read {path}: {error}") from error
        if found != file.checksum:
            raise StorageError(f"{zone}/{location}/{file.name} is damaged; process the hour again")

    def verify_stored(self, zone: str, location: str, file: WrittenFile) -> int:
        """Verify a file by the checksum that S3 stores with it; without a stored checksum, read the file.

        Returns the number of bytes that were read. Raises StorageError if the checksums differ.
        """
        try:
            stored = self._zones[zone].stored_checksum(location, file.name)
        except OSError as error:
            raise StorageError(f"cannot check {self.path(zone, location, file.name)}: {error}") from error
        if stored is None:
            self.verify(zone, location, file)
            return file.size
        if stored != file.checksum:
            raise StorageError(f"{zone}/{location}/{file.name} is damaged; process the hour again")
        return 0

    def remove(self, zone: str, location: str) -> None:
        """Permanently delete a folder that no partition names; a missing folder is not an error."""
        self._zones[zone].remove(location)

    def _absent_bucket(self, zone: str) -> str | None:
        try:
            return self._zones[zone].absent_bucket()
        except OSError as error:
            raise StorageError(f"cannot check the bucket of {zone}: {error}") from error
