"""The command `compact`: compact days, and print one line per compacted day."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from rich.console import Console
from rich.table import Table

from ..catalog.stores import open_stores
from ..core.errors import HourError
from ..core.settings import Settings
from ..core.text import counted
from ..maintenance.compaction import CompactedDay
from ..maintenance.compaction import compact as compact_days
from ..maintenance.hour_quality import record_due_days
from .query import console


def compact(first: str | None, end: str | None, settings: Settings, now: datetime) -> int:
    """Compact the days from `first` until `end` (exclusive), or every day that is due; print the results."""
    days = None if first is None or end is None else _days_between(first, end)
    stores = open_stores(settings)
    record_due_days(stores, now)
    done = compact_days(days, stores, now)
    if done:
        _print(done)
    Console().print(f"{counted(len(done), 'day')} compacted", highlight=False)
    return 0


def _print(done: Iterable[CompactedDay]) -> None:
    table = Table("day (UTC)", "outcome", "rows", "totals compared", "active users")
    for each in done:
        outcomes = ", ".join(sorted({*each["outcomes"].values()}))
        numbers = (sum(each["rows"].values()), each["totals"], each["active_users"])
        table.add_row(each["dt"], outcomes, *map(str, numbers))
    console().print(table)


def _days_between(first: str, end: str) -> list[str]:
    begin, stop = _day(first), _day(end)
    if stop <= begin:
        raise HourError(f"the range {first} to {end} contains no day; the end must be later than the start")
    return [str(begin + timedelta(days=number)) for number in range((stop - begin).days)]


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    # fromisoformat also accepts 20261120, but partitions are named like 2026-11-20.
    if day is None or str(day) != text:
        raise HourError(f"{text!r} is not a day; write it like 2026-11-20 (UTC)")
    return day
