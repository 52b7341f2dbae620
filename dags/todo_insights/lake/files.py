"""The descriptions of files in the lake, and the names of their folders."""

import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from ..core.errors import HourError
from ..core.hours import Hour
from .schema import LakeTable

_RUN_TIME = "%Y%m%dT%H%M%S"
_RUN_FOLDER = re.compile(
    r"(?P<folder>[^/]+)/dt=(?P<dt>\d{4}-\d{2}-\d{2})(?:/hour=(?P<hour>\d{2}))?"
    # The run key of a daily partition ends with the digest of its hours (days.hours_key).
    r"/run=(?P<time>\d{8}T\d{6})-[0-9a-f]+(?:-[0-9a-f]+)?"
)


@dataclass(frozen=True)
class WrittenFile:
    """One Parquet file: its name without the folder, its size in bytes, and the SHA-256 of its content."""

    name: str
    size: int
    checksum: str


@dataclass(frozen=True)
class FoundFile:
    """One file that was found in a zone, whether or not a partition names it; `location` is its folder."""

    location: str
    name: str
    size: int
    modified_at: datetime | None


@dataclass(frozen=True)
class RunFolder:
    """The parts of a run folder's name: day and hour of the partition, and the time of reading the log.

    `hour` is None for a daily table; `read_at` is a whole second in UTC.
    """

    dt: str
    hour: str | None
    read_at: datetime

    @classmethod
    def parse(cls, location: str, table: LakeTable) -> Self | None:
        """Parse the location of a run folder of this table; returns None for any other location."""
        return cls.parse_in(table.name, location, has_hour="hour" in table.partitioned_by)

    @classmethod
    def parse_in(cls, folder: str, location: str, has_hour: bool) -> Self | None:
        """Parse the location of a run folder in this folder; returns None for any other location."""
        match = _RUN_FOLDER.fullmatch(location)
        if match is None or match["folder"] != folder or (match["hour"] is not None) != has_hour:
            return None
        try:
            Hour.parse(f"{match['dt']}T{match['hour'] or '00'}")
            read_at = datetime.strptime(match["time"], _RUN_TIME).replace(tzinfo=UTC)
        except (HourError, ValueError):
            return None
        return cls(match["dt"], match["hour"], read_at)


def location_of(table: LakeTable, hour: Hour, run_key: str) -> str:
    """The run folder of an attempt for one hour, relative to the zone of the table."""
    return run_folder_in(table.name, hour, run_key)


def run_folder_in(folder: str, hour: Hour, run_key: str) -> str:
    """The run folder of an attempt for one hour, below `folder`."""
    return f"{folder}/dt={hour.dt}/hour={hour.hour}/run={run_key}"


def daily_location_of(table: LakeTable, dt: str, run_key: str) -> str:
    """The run folder of an attempt for one day, relative to the zone of the table."""
    return f"{table.name}/dt={dt}/run={run_key}"


def new_run_key(now: datetime) -> str:
    """A unique run key; `now` must be a time before the attempt starts to read the log.

    Maintenance uses this time to compute the age of files. An erasure uses this time to decide whether files
    may contain data of the user.
    """
    return f"{now:{_RUN_TIME}}-{secrets.token_hex(6)}"
