"""The clock: code that needs the current time gets a clock as an argument, so that tests can set the time."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]

MILLISECOND = timedelta(milliseconds=1)
# The format of an hour in UTC, such as 2026-11-21T00.
HOUR_FORMAT = "%Y-%m-%dT%H"


def to_milliseconds(moment: datetime) -> datetime:
    """Truncate an aware datetime to the precision of BSON dates: UTC in whole milliseconds."""
    moment = moment.astimezone(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def utc_now() -> datetime:
    """Return the current time in UTC with millisecond precision."""
    return to_milliseconds(datetime.now(UTC))


def sortable_timestamp(moment: datetime) -> str:
    """Format a time as digits, from year to millisecond; the texts sort in the order of their times."""
    # `strftime` would take twice as long, and every change needs several timestamps.
    return (
        f"{moment.year:04}{moment.month:02}{moment.day:02}{moment.hour:02}{moment.minute:02}"
        f"{moment.second:02}{moment.microsecond // 1000:03}"
    )
