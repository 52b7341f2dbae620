"""The period of a report: whole days in UTC, and the period of the same length before it."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

from ..core.errors import HourError

DEFAULT_DAYS = 28
# The longest period in days. A query lists its hours with SEQUENCE, which in Athena returns at most 10,000
# values.
MAX_DAYS = 366
# The charts by week show at least this number of weeks; the last week shown contains the end of the period.
_WEEKS = 12
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """The days from `first` to the day before `end`."""

    first: date
    end: date

    @classmethod
    def before(cls, today: date) -> Self:
        """The period of 28 days that ends before this day."""
        return cls(today - DEFAULT_DAYS * _DAY, today)

    @classmethod
    def parse(cls, first: str, end: str, today: date) -> Self:
        """The days from `first` up to `end`, which is not included; both are written like 2026-11-20.

        Raises HourError for other text, for a range without days, for days after `today`, and for more than
        366 days.
        """
        period = cls(_day(first), _day(end))
        if period.days < 1:
            raise HourError(
                f"the range {first} to {end} contains no day; the second date must be later than the first"
            )
        if period.days > MAX_DAYS:
            raise HourError(f"the range {first} to {end} has {period.days} days; give at most {MAX_DAYS}")
        if period.last > today:
            raise HourError(f"the range {first} to {end} has days after today, {today}; give an earlier end")
        return period

    @property
    def days(self) -> int:
        """The length of the period in days."""
        return (self.end - self.first).days

    @property
    def last(self) -> date:
        """The last day of the period."""
        return self.end - _DAY

    @property
    def all_days(self) -> list[date]:
        """Every day of the period, in order."""
        return [self.first + number * _DAY for number in range(self.days)]

    @property
    def parameters(self) -> dict[str, str]:
        """The dates of the period that are inserted into the queries."""
        first_week = min(self.first, self.end - 7 * _WEEKS * _DAY)
        return {
            "first": str(self.first),
            "last": str(self.last),
            "end": str(self.end),
            "before": str(self.first - self.days * _DAY),
            "first_week": str(first_week - first_week.weekday() * _DAY),
        }


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    # fromisoformat also accepts 20261120, but partitions are named like 2026-11-20.
    if day is None or str(day) != text:
        raise HourError(f"{text!r} is not a day; write it like 2026-11-20 (UTC)")
    return day
