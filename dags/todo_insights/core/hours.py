"""Time in UTC: hours of the log, and timestamps as text."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from .errors import HourError

_FORMAT = "%Y-%m-%dT%H"


@dataclass(frozen=True, order=True)
class Hour:
    """The half-open interval `[start, end)` of one hour in UTC: the unit of processing and publishing."""

    start: datetime

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse an hour like `2026-11-20T00`; raises HourError for any other text."""
        try:
            hour = cls(datetime.strptime(text, _FORMAT).replace(tzinfo=UTC))
        except (TypeError, ValueError):
            hour = None
        # strptime also accepts 2026-1-2T3, so a partition would have two spellings.
        if hour is None or str(hour) != text:
            raise HourError(f"{text!r} is not an hour; write it like 2026-11-20T00 (UTC)")
        return hour

    @classmethod
    def containing(cls, moment: datetime) -> Self:
        """The hour that contains a moment; the moment must have a time zone."""
        return cls(moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0))

    @property
    def end(self) -> datetime:
        """The first moment after the hour."""
        return self.start + timedelta(hours=1)

    @property
    def next(self) -> Self:
        """The hour after this one."""
        return type(self)(self.end)

    @property
    def dt(self) -> str:
        """The day, as in the partition column `dt`."""
        return f"{self.start:%Y-%m-%d}"

    @property
    def hour(self) -> str:
        """The hour of the day, as in the partition column `hour`."""
        return f"{self.start:%H}"

    def __str__(self) -> str:
        return self.start.strftime(_FORMAT)


def hours_between(first: Hour, end: Hour) -> Iterator[Hour]:
    """Every hour from `first` up to `end`, which is not included; raises HourError when there is no hour."""
    if end <= first:
        raise HourError(f"the range {first} to {end} holds no hour; its end must lie after its start")
    while first < end:
        yield first
        first = first.next


def to_text(moment: datetime) -> str:
    """A moment as `2026-11-20T00:00:00.000000Z`; the width is fixed, so that these texts sort by time."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def from_text(text: str) -> datetime:
    """The moment in UTC that `to_text` wrote."""
    return datetime.fromisoformat(text)
