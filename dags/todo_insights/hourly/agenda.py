"""The agenda of a run: its own hours first, then those that have to be processed again."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from ..hours import Hour
from .extract import Changes
from .manifest import Reason, Slice
from .slices import MAX_SLICES, plan

# What one run repeats at most, in slices: its own hours are published when the last of them is done.
MOST_REPEATED = 240


def is_live(hours: Sequence[Hour], look_back: timedelta, now: datetime) -> bool:
    """Tell whether a run of these hours belongs to the present, not to a backfill of the past."""
    return now < hours[-1].end + look_back


def agenda(own: Sequence[Hour], again: Mapping[Hour, Reason], changes: Changes, limit: int) -> list[Slice]:
    """The slices of a run's own hours, and of as many others as fit, the newest first.

    The next run finds what is left. Each slice has at most `limit` changes. Raises HourError when the own
    hours alone are too many.
    """
    slices = plan(dict.fromkeys(own, "scheduled"), changes, limit)
    repeated = 0
    for hour in sorted(again.keys() - {*own}, reverse=True):
        pieces = plan({hour: again[hour]}, changes, limit)
        repeated += len(pieces)
        if repeated > MOST_REPEATED or len(slices) + len(pieces) > MAX_SLICES:
            break
        slices += pieces
    return slices
