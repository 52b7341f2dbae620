"""Files of the lake and the names of their folders."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from ..core.hours import Hour
from .schema import LakeTable


@dataclass(frozen=True)
class WrittenFile:
    """One Parquet file: its name in its folder, its size in bytes, its content's SHA-256."""

    name: str
    size: int
    checksum: str


@dataclass(frozen=True)
class FoundFile:
    """One file that lies in a zone, named by a partition or not; `location` is its folder."""

    location: str
    name: str
    size: int
    modified_at: datetime | None


def location_of(table: LakeTable, hour: Hour, run_key: str) -> str:
    """The folder, relative to the table's zone, that one try writes one hour into."""
    return f"{table.name}/dt={hour.dt}/hour={hour.hour}/run={run_key}"


def daily_location_of(table: LakeTable, dt: str, run_key: str) -> str:
    """The folder, relative to the table's zone, that one try writes one day into."""
    return f"{table.name}/dt={dt}/run={run_key}"


def new_run_key(now: datetime) -> str:
    """A name that no other try has; the time in it is when the log was read, and never a later one.

    It tells maintenance how old the files are, and erasure whose words may be in them.
    """
    return f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(6)}"
