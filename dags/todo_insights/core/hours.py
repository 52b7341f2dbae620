"""Time in UTC: hours of the log, and timestamps as text."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from .errors import HourError

_FORMAT = "%Y-%m-%dT%H"


@dataclass(frozen=True, order=True)
class Hour:
    """The half-open hour `[start, end)`, in UTC: the unit that is processed and published as a whole."""

    start: datetime

    @classmethod
    def parse(cls, text: str) -> Self:
        """The hour written `2026-11-20T00`; raises HourError for anything else."""
        try:
            hour = cls(datetime.strptime(text, _FORMAT).replace(tzinfo=UTC))
        except (TypeError, ValueError):
            hour = None
        # strptime also takes 2026-1-2T3, which would make two spellings of one partition.
        if hour is None or str(hour) != text:
            raise HourError(f"{text!r} is not an hour; write it like 2026-11-20T00 (UTC)")
        return hour

    @classmethod
    def containing(cls, moment: datetime) -> Self:
        """The hour an aware moment falls into."""
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
        """The day, as the partition column `dt` holds it."""
        return f"{self.start:%Y-%m-%d}"

    @property
    def hour(self) -> str:
        """The hour of the day, as the partition column `hour` holds it."""
        return f"{self.start:%H}"

    def __str__(self) -> str:
        return self.start.strftime(_FORMAT)


def hours_between(first: Hour, end: Hour) -> Iterator[Hour]:
    """Every hour from `first` to `end`, `end` not included; raises HourError when there is none."""
    if end <= first:
        raise HourError(f"the range {first} to {end} holds no hour; its end must lie after its start")
    while first < end:
        yield first
        first = first.next


def to_text(moment: datetime) -> str:
    """An aware moment as `2026-11-20T00:00:00.000000Z`: of fixed width, so that text order is time order."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def from_text(text: str) -> datetime:
    """The aware moment that `to_text` wrote."""
    return datetime.fromisoformat(text)
