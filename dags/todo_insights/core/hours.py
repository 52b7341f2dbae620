"""Hours of the log in UTC, and the conversion of timestamps to text and back."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from .errors import HourError

_FORMAT = "%Y-%m-%dT%H"


@dataclass(frozen=True, order=True)
class Hour:
    """One hour in UTC, `start <= time < end`: the unit of processing and publishing."""

    start: datetime

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse an hour like `2026-11-20T00`; raises HourError for any other text."""
        try:
            hour = cls(datetime.strptime(text, _FORMAT).replace(tzinfo=UTC))
        except (TypeError, ValueError):
            hour = None
        # strptime also accepts 2026-1-2T3. This text is refused, so that a partition has only one name.
        if hour is None or str(hour) != text:
            raise HourError(f"{text!r} is not an hour; write it like 2026-11-20T00 (UTC)")
        return hour

    @classmethod
    def containing(cls, moment: datetime) -> Self:
        """The hour that contains this moment; the moment must have a time zone."""
        return cls(moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0))

    @property
    def end(self) -> datetime:
        """The end of the hour, which is the start of the next hour."""
        return self.start + timedelta(hours=1)

    @property
    def next(self) -> Self:
        """The next hour, which begins at the end of this hour."""
        return type(self)(self.end)

    @property
    def dt(self) -> str:
        """The day of the hour, like `2026-11-20`: the value of the partition column `dt`."""
        return f"{self.start:%Y-%m-%d}"

    @property
    def hour(self) -> str:
        """The hour of the day, from `00` to `23`: the value of the partition column `hour`."""
        return f"{self.start:%H}"

    def __str__(self) -> str:
        return self.start.strftime(_FORMAT)


def hours_between(first: Hour, end: Hour) -> Iterator[Hour]:
    """Every hour from `first` up to `end`, which is not included; raises HourError when there is no hour."""
    if end <= first:
        raise HourError(f"the range {first} to {end} contains no hour; the end must be later than the start")
    while first < end:
        yield first
        first = first.next


def to_text(moment: datetime) -> str:
    """Write a moment as `2026-11-20T00:00:00.000000Z`; these texts have one length, so they sort by time."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def from_text(text: str) -> datetime:
    """Parse a text that `to_text` wrote; the result is in UTC."""
    return datetime.fromisoformat(text)
