"""Files of the lake and the names of their folders."""

import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from ..core.errors import HourError
from ..core.hours import Hour
from .schema import LakeTable

RUN_TIME = "%Y%m%dT%H%M%S"
_RUN_FOLDER = re.compile(
    r"(?P<table>[^/]+)/dt=(?P<dt>\d{4}-\d{2}-\d{2})(?:/hour=(?P<hour>\d{2}))?"
    # A day's key ends with the key of its hours.
    r"/run=(?P<time>\d{8}T\d{6})-[0-9a-f]+(?:-[0-9a-f]+)?"
)


@dataclass(frozen=True)
class WrittenFile:
    """One Parquet file: its name in its folder, its size in bytes, its content's SHA-256."""

    name: str
    size: int
    checksum: str


@dataclass(frozen=True)
class FoundFile:
    """One file in a zone, whether a partition names it or not; `location` is its folder."""

    location: str
    name: str
    size: int
    modified_at: datetime | None


@dataclass(frozen=True)
class RunFolder:
    """The name of a folder that one attempt wrote: the partition it was for, and when its source was read.

    `hour` is None for a daily table; `read_at` is a whole second in UTC.
    """

    dt: str
    hour: str | None
    read_at: datetime

    @classmethod
    def parse(cls, location: str, table: LakeTable) -> Self | None:
        """The folder of this table at a location relative to its zone; None for a name of another form."""
        match = _RUN_FOLDER.fullmatch(location)
        if match is None or match["table"] != table.name:
            return None
        if (match["hour"] is not None) != ("hour" in table.partitioned_by):
            return None
        try:
            Hour.parse(f"{match['dt']}T{match['hour'] or '00'}")
            read_at = datetime.strptime(match["time"], RUN_TIME).replace(tzinfo=UTC)
        except (HourError, ValueError):
            return None
        return cls(match["dt"], match["hour"], read_at)


def location_of(table: LakeTable, hour: Hour, run_key: str) -> str:
    """The folder, relative to the table's zone, that one attempt writes one hour into."""
    return f"{table.name}/dt={hour.dt}/hour={hour.hour}/run={run_key}"


def daily_location_of(table: LakeTable, dt: str, run_key: str) -> str:
    """The folder, relative to the table's zone, that one attempt writes one day into."""
    return f"{table.name}/dt={dt}/run={run_key}"


def new_run_key(now: datetime) -> str:
    """A name that no other attempt has; the time in it is when the source was read, and never a later one.

    Maintenance takes the age of the files from that time, and erasure the users whose data may be in them.
    """
    return f"{now:{RUN_TIME}}-{secrets.token_hex(6)}"
