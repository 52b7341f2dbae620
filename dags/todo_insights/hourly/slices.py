"""Slices: an hour with many changes is cut into pieces that tasks process side by side."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from ..errors import HourError
from ..hours import Hour
from ..timestamps import to_text
from .extract import Changes
from .manifest import Reason, Slice

# Airflow maps a task at most 1,024 times (core.max_map_length).
MAX_SLICES = 1000
_SECOND = timedelta(seconds=1)


def plan(hours: Mapping[Hour, Reason], changes: Changes, limit: int) -> list[Slice]:
    """The slices of these hours, each of at most `limit` changes as the log is now.

    Together the slices of an hour are the whole hour, whatever comes in later. Raises HourError when they are
    more than one run can hold.
    """
    # An hour is one slice at least: a range of years is refused before it is counted.
    _refuse_more_than_a_run_holds(len(hours))
    # A log that is small as a whole needs no counting hour by hour.
    is_small = changes.estimated_document_count() <= limit
    slices: list[Slice] = []
    for hour, reason in hours.items():
        whole = (hour.start, hour.end)
        slices += _slices_of(hour, reason, [whole] if is_small else list(_cut(*whole, changes, limit)))
    _refuse_more_than_a_run_holds(len(slices))
    return slices


def _refuse_more_than_a_run_holds(slices: int) -> None:
    if slices > MAX_SLICES:
        raise HourError(
            f"{slices} slices or more are too many for one run, which holds {MAX_SLICES}; "
            "process fewer hours at once, or let a backfill make a run of each hour"
        )


def _slices_of(hour: Hour, reason: Reason, intervals: list[tuple[datetime, datetime]]) -> list[Slice]:
    return [
        Slice(
            hour=str(hour),
            slice=number,
            slices=len(intervals),
            start=to_text(start),
            end=to_text(end),
            reason=reason,
        )
        for number, (start, end) in enumerate(intervals)
    ]


def _cut(start: datetime, end: datetime, changes: Changes, limit: int) -> Iterator[tuple[datetime, datetime]]:
    """Halve an interval until no piece has more than `limit` changes, or lasts but a second."""
    # One more than the limit tells enough, and DocumentDB stops there.
    count = changes.count_documents({"at": {"$gte": start, "$lt": end}}, limit=limit + 1)
    if count <= limit or end - start <= _SECOND:
        yield start, end
        return
    # At whole seconds: the embedded server compares dates no finer.
    middle = start + (end - start) // _SECOND // 2 * _SECOND
    yield from _cut(start, middle, changes, limit)
    yield from _cut(middle, end, changes, limit)
