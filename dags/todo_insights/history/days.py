"""The days of a history rebuild, and a stored record of each finished day.

When an interrupted history rebuild continues, it skips the days that have a record.

The tasks of Airflow import this module, so it must not import Spark or pandas.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from ..core.errors import HourError, VerificationError
from ..core.hours import Hour
from ..lake.storage import Lake

# The maximum number of days of a history rebuild: ten years. The record of each finished day is one small
# file.
MAX_DAYS = 3660
_ZONE, _FOLDER, _NAME = "gold", "rebuilds", "day.json"


@dataclass(frozen=True)
class RebuiltDay:
    """The result of rebuilding one day; `changed` are the hours whose content in Silver or Gold changed."""

    dt: str
    hours: int
    changes: int
    rejects: int
    changed: tuple[str, ...]


def days_between(first: str | None, end: str | None, now: datetime) -> list[str]:
    """The days from `first` up to `end`, which is not included, each like 2026-11-20.

    Raises HourError for a missing or invalid date, and for a range that is empty, is longer than MAX_DAYS, or
    does not end in the past.
    """
    start, stop = _parse(first, "from_day"), _parse(end, "to_day")
    count = (stop - start).days
    if count < 1:
        raise HourError(f"the range {first} to {end} contains no day; to_day must be later than from_day")
    if count > MAX_DAYS:
        raise HourError(f"{count} days are too many for one rebuild; choose at most {MAX_DAYS} days")
    if stop > now.date():
        raise HourError(f"{end} is later than today; choose {now.date()} or an earlier date")
    return [(start + timedelta(days=number)).isoformat() for number in range(count)]


def _parse(text: str | None, name: str) -> date:
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        day = None
    # fromisoformat also accepts a date without hyphens, like 20261120.
    if day is None or day.isoformat() != text:
        raise HourError(f"{name} is {text!r}; give a date like 2026-11-20")
    return day


def rebuild_key(rebuild_id: str) -> str:
    """The folder of the records of a history rebuild; the id may be any text, such as a run id of Airflow."""
    return hashlib.sha256(rebuild_id.encode()).hexdigest()[:16]


def record_day(day: RebuiltDay, rebuild_id: str, lake: Lake) -> None:
    """Record that every hour of a day is published; a history rebuild with the same id skips this day."""
    lake.write(_ZONE, _location(rebuild_id, day.dt), _NAME, json.dumps(asdict(day)).encode())


def recorded_days(rebuild_id: str, lake: Lake) -> dict[str, RebuiltDay]:
    """The finished days of a history rebuild; raises VerificationError for a damaged record."""
    found = {}
    for file in lake.list(_ZONE, f"{_FOLDER}/{rebuild_key(rebuild_id)}"):
        if file.name == _NAME:
            day = _from_bytes(lake.read_bytes(_ZONE, file.location, _NAME), file.location)
            found[day.dt] = day
    return dict(sorted(found.items()))


def changed_hours(days: Iterable[RebuiltDay]) -> list[str]:
    """The changed hours of all these days, which must be compacted and written back."""
    return [hour for day in days for hour in day.changed]


def _location(rebuild_id: str, dt: str) -> str:
    return f"{_FOLDER}/{rebuild_key(rebuild_id)}/dt={dt}"


def _from_bytes(content: bytes, location: str) -> RebuiltDay:
    try:
        fields: Mapping[str, object] = json.loads(content)
        day = RebuiltDay(**{**fields, "changed": tuple(fields["changed"])})  # type: ignore[arg-type]
        for hour in day.changed:
            Hour.parse(hour)
    except (ValueError, TypeError, KeyError, HourError) as error:
        raise VerificationError(
            f"{_ZONE}/{location}/{_NAME} is damaged; delete it, and run the rebuild again"
        ) from error
    return day
