"""Where time enters: every rule that needs the time gets a clock, so a test can move it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]

MILLISECOND = timedelta(milliseconds=1)


def to_milliseconds(moment: datetime) -> datetime:
    """Cut an aware datetime down to the precision that BSON dates keep: whole milliseconds, UTC."""
    moment = moment.astimezone(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def utc_now() -> datetime:
    """Return the current time in UTC with millisecond precision."""
    return to_milliseconds(datetime.now(UTC))


def sortable_timestamp(moment: datetime) -> str:
    """Write a moment as digits down to the millisecond, which sort as text like the moments themselves."""
    return f"{moment.year:04d}{moment:%m%d%H%M%S}{moment.microsecond // 1000:03d}"
