"""Which hours a run of the DAG owns."""

from datetime import datetime, timedelta

from ..errors import HourError
from ..hours import Hour, hours_between


def window_of(
    from_hour: str | None,
    to_hour: str | None,
    interval_start: datetime | None,
    interval_end: datetime | None,
    now: datetime,
) -> list[Hour]:
    """The hours of the params if given, else of the data interval, else the last closed hour before `now`.

    `to_hour` and `interval_end` are not included. Raises HourError for half a range or an empty one.
    """
    if (from_hour is None) != (to_hour is None):
        raise HourError("give both from_hour and to_hour, or neither")
    if from_hour is not None and to_hour is not None:
        return list(hours_between(Hour.parse(from_hour), Hour.parse(to_hour)))
    if interval_start is not None and interval_end is not None and interval_start < interval_end:
        return list(hours_between(Hour.containing(interval_start), Hour.containing(interval_end)))
    # A manual run without a logical date has no interval.
    return [Hour.containing(now - timedelta(hours=1))]
