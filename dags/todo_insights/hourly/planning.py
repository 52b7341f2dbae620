"""Planning: the hours of a run, and the slices of these hours and of the hours to reprocess.

An hour with many changes is split into slices, which tasks process in parallel.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ..core.errors import HourError
from ..core.hours import Hour, hours_between, to_text
from .counts import count_between, count_by_hour
from .manifest import Reason, Slice

if TYPE_CHECKING:
    from .extract import Changes

# Airflow maps a task at most 1,024 times (core.max_map_length).
MAX_SLICES = 1000
_SECOND = timedelta(seconds=1)
# The maximum number of slices of hours to reprocess. The run publishes its own hours only after all slices
# are done, so each slice of an hour to reprocess delays the run's own hours.
MAX_REPROCESSED_SLICES = 240


def hours_of_run(
    from_hour: str | None,
    to_hour: str | None,
    interval_start: datetime | None,
    interval_end: datetime | None,
    now: datetime,
) -> list[Hour]:
    """The hours from the params of a run, else from its data interval, else the last hour that ended.

    `to_hour` and `interval_end` are not included. Raises HourError if only one end of a range is given, and
    for an empty range.
    """
    if (from_hour is None) != (to_hour is None):
        raise HourError("give both from_hour and to_hour, or neither")
    if from_hour is not None and to_hour is not None:
        return list(hours_between(Hour.parse(from_hour), Hour.parse(to_hour)))
    if interval_start is not None and interval_end is not None and interval_start < interval_end:
        return list(hours_between(Hour.containing(interval_start), Hour.containing(interval_end)))
    # A manual run without a logical date has no interval, so it processes the last hour that has ended.
    return [Hour.containing(now - timedelta(hours=1))]


def is_live(hours: Sequence[Hour], look_back: timedelta, now: datetime) -> bool:
    """Return whether the last of these hours ended less than `look_back` ago (docs/glossary.md: live run)."""
    return now < hours[-1].end + look_back


def plan_run(own: Sequence[Hour], again: Mapping[Hour, Reason], changes: Changes, limit: int) -> list[Slice]:
    """The slices of a run's own hours, then of as many hours to reprocess as fit, the newest hours first.

    The next run finds the hours that do not fit. Each slice has at most `limit` changes, unless it
    covers only one second. Raises HourError when the run's own hours have too many slices.
    """
    _check_slice_count(len(own))
    counts = _counts([*own, *again], changes, limit)
    slices = _slices_of(dict.fromkeys(own, "scheduled"), counts, changes, limit)
    _check_slice_count(len(slices))
    repeated = 0
    for hour in sorted(again.keys() - {*own}, reverse=True):
        hour_slices = _slices_of({hour: again[hour]}, counts, changes, limit)
        repeated += len(hour_slices)
        if repeated > MAX_REPROCESSED_SLICES or len(slices) + len(hour_slices) > MAX_SLICES:
            break
        slices += hour_slices
    return slices


def plan(hours: Mapping[Hour, Reason], changes: Changes, limit: int) -> list[Slice]:
    """The slices of these hours; each has at most `limit` changes now, unless it covers only one second.

    Together, the slices of an hour cover the whole hour, including changes that arrive later. Raises
    HourError when there are more slices than one run can process.
    """
    # An hour has at least one slice, so too many hours are refused before changes are counted.
    _check_slice_count(len(hours))
    slices = _slices_of(hours, _counts(hours, changes, limit), changes, limit)
    _check_slice_count(len(slices))
    return slices


def _counts(hours: Iterable[Hour], changes: Changes, limit: int) -> Mapping[Hour, int]:
    """The number of changes of each hour; nothing is counted if the whole log fits into one slice."""
    if changes.estimated_document_count() <= limit:
        return {}
    return count_by_hour(changes, hours)


def _check_slice_count(slices: int) -> None:
    if slices > MAX_SLICES:
        raise HourError(
            f"{slices} slices or more are too many for one run, which can process {MAX_SLICES}; "
            "process fewer hours at once, or start a backfill, which has one run per hour"
        )


def _slices_of(
    hours: Mapping[Hour, Reason], counts: Mapping[Hour, int], changes: Changes, limit: int
) -> list[Slice]:
    return [
        Slice(
            hour=str(hour),
            slice=number,
            slices=len(intervals),
            start=to_text(start),
            end=to_text(end),
            reason=reason,
        )
        for hour, reason in hours.items()
        for intervals in [
            [(hour.start, hour.end)]
            if counts.get(hour, 0) <= limit
            else list(_split(hour.start, hour.end, counts[hour], changes, limit))
        ]
        for number, (start, end) in enumerate(intervals)
    ]


def _split(
    start: datetime, end: datetime, count: int, changes: Changes, limit: int
) -> Iterator[tuple[datetime, datetime]]:
    """Halve an interval until each part has at most `limit` changes or covers one second; yields the parts.

    `count` is the number of changes in the interval.
    """
    if count <= limit or end - start <= _SECOND:
        yield start, end
        return
    # Slices start at whole seconds, because the embedded server ignores fractions of a second in comparisons.
    middle = start + (end - start) // _SECOND // 2 * _SECOND
    before = count_between(changes, start, middle)
    yield from _split(start, middle, before, changes, limit)
    yield from _split(middle, end, count - before, changes, limit)
