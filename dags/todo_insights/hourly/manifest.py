"""Manifests: the files and counts that one attempt wrote; a manifest is small enough for an XCom."""

import hashlib
from collections.abc import Sequence
from typing import Literal, TypedDict

from ..core.hours import Hour
from ..lake.files import WrittenFile

# The reasons for processing an hour: the schedule, late changes in the log, a damaged file, or the erasure of
# a user.
Reason = Literal["scheduled", "late", "damaged", "erased"]


class Slice(TypedDict):
    """A part of one hour, which one task processes.

    `slice` is the number of the slice, from 0, and `slices` is the number of slices of the hour. The slice
    contains the changes from `start` up to `end`, which is not included.
    """

    hour: str
    slice: int
    slices: int
    start: str
    end: str
    reason: Reason


class FileEntry(TypedDict):
    """One file: its name in its folder, its size in bytes, and the SHA-256 of its content."""

    name: str
    size: int
    checksum: str


class WrittenTable(TypedDict):
    """The files of one table in a slice or an hour; `checksum` is the checksum of all files together."""

    location: str
    files: list[FileEntry]
    checksum: str
    rows: int
    min_at: str | None
    max_at: str | None


class Manifest(TypedDict):
    """The result of processing a slice or a whole hour; `tables` maps the name in the catalog to the files.

    `seconds` is the duration of processing, and `peak_mb` is the highest memory use of the process in MiB.
    """

    hour: str
    slice: int
    slices: int
    reason: Reason
    run_key: str
    as_of: str
    source_count: int
    rejects: int
    seconds: float
    peak_mb: float
    tables: dict[str, WrittenTable]


class Published(TypedDict):
    """The result of publishing an hour; `outcomes` maps each table's name in the catalog to the outcome."""

    hour: str
    reason: Reason
    source_count: int
    rejects: int
    seconds: float
    peak_mb: float
    outcomes: dict[str, str]


def hour_of(entry: Slice | Manifest) -> Hour:
    """The hour to which a slice or manifest belongs."""
    return Hour.parse(entry["hour"])


def files_of(written: WrittenTable) -> tuple[WrittenFile, ...]:
    """The files of one table in a manifest, in the form that the catalog stores."""
    return tuple(WrittenFile(**file) for file in written["files"])


def entry_of(file: WrittenFile) -> FileEntry:
    """Convert a file of the catalog to its entry in a manifest."""
    return FileEntry(name=file.name, size=file.size, checksum=file.checksum)


def joined(location: str, parts: Sequence[WrittenTable]) -> WrittenTable:
    """Combine several parts of one table into one entry; all files are in the folder `location`."""
    files = [file for part in parts for file in part["files"]]
    return WrittenTable(
        location=location,
        files=files,
        checksum=checksum_of(files),
        rows=sum(part["rows"] for part in parts),
        min_at=min((part["min_at"] for part in parts if part["min_at"]), default=None),
        max_at=max((part["max_at"] for part in parts if part["max_at"]), default=None),
    )


def checksum_of(files: Sequence[FileEntry]) -> str:
    """The checksum of a single file; of several files, the SHA-256 of their checksums."""
    if len(files) == 1:
        return files[0]["checksum"]
    return hashlib.sha256("".join(file["checksum"] for file in files).encode()).hexdigest()
