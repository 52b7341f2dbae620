"""What one try wrote: keys and counts, small enough for XCom, complete enough to publish from."""

from typing import TypedDict

from .hours import Hour
from .storage import WrittenFile


class Slice(TypedDict):
    """A piece of one hour that one task processes; `start` and `end` are timestamps."""

    hour: str
    slice: int
    start: str
    end: str


class WrittenTable(TypedDict):
    """One table's share of a slice."""

    location: str
    file: str
    size: int
    checksum: str
    rows: int
    min_at: str | None
    max_at: str | None


class Manifest(TypedDict):
    """The result of processing a slice; `tables` is keyed by physical name."""

    hour: str
    slice: int
    run_key: str
    as_of: str
    source_count: int
    rejects: int
    tables: dict[str, WrittenTable]


class Published(TypedDict):
    """The result of publishing an hour; `outcomes` is keyed by physical table name."""

    hour: str
    source_count: int
    rejects: int
    outcomes: dict[str, str]


class WrittenBack(TypedDict):
    """The result of a write-back: documents written and removed, and the moment that figures now reach."""

    users: int
    removed: int
    as_of: str | None


def hour_of(entry: Slice | Manifest) -> Hour:
    """The hour a slice or manifest belongs to."""
    return Hour.parse(entry["hour"])


def file_of(written: WrittenTable) -> WrittenFile:
    """The file of one table."""
    return WrittenFile(written["file"], written["size"], written["checksum"])
