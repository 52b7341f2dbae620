"""Read the published hours of a range of days from the catalog, and identify the content of each hour."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta

from ..lake.schema import BY_NAME, GOLD_CATEGORIES, GOLD_USERS, SILVER_TASKS, SILVER_USERS, LakeTable
from .base import Catalog, Partition
from .days import hours_key

# The tables from which figures are computed.
_READ = (GOLD_USERS, GOLD_CATEGORIES, SILVER_TASKS, SILVER_USERS)
_DAY = timedelta(days=1)

# For one hour, the partition of each table in _READ. Hours without all of these tables are left out.
PublishedHour = Mapping[LakeTable, Partition]
# Published hours by the day (like 2026-11-20), then by the number of the hour.
PublishedDays = dict[str, dict[str, PublishedHour]]


def version_of(hour: PublishedHour) -> str:
    """A text that identifies the published content of the hour; different content has a different text."""
    return hours_key(hour.values())


def published_days(catalog: Catalog, ranges: Iterable[tuple[str, str]]) -> PublishedDays:
    """The published hours in these ranges of days; both ends of a range are included."""
    found: dict[str, dict[str, dict[LakeTable, Partition]]] = {}
    for first, last in ranges:
        for each in catalog.snapshot([table.physical for table in _READ], first, last):
            found.setdefault(each.dt, {}).setdefault(str(each.hour), {})[BY_NAME[each.table]] = each
    days: PublishedDays = {}
    for dt, of_day in sorted(found.items()):
        for hour, tables in sorted(of_day.items()):
            # In Glue, the tables of an hour are published by one call each, so a table may be missing for a
            # moment.
            if len(tables) == len(_READ):
                days.setdefault(dt, {})[hour] = tables
    return days


def day_ranges(days: Collection[str]) -> list[tuple[str, str]]:
    """Join consecutive days to ranges, each from its first to its last day."""
    ranges: list[tuple[str, str]] = []
    for dt in sorted(days):
        if ranges and date.fromisoformat(dt) - date.fromisoformat(ranges[-1][1]) == _DAY:
            ranges[-1] = (ranges[-1][0], dt)
        else:
            ranges.append((dt, dt))
    return ranges


def files_of(hours: Iterable[PublishedHour], table: LakeTable) -> list[tuple[str, str]]:
    """The location and name of each file of a table in these hours; partitions without rows are skipped."""
    return [
        (hour[table].location, file.name)
        for hour in hours
        if hour[table].row_count
        for file in hour[table].files
    ]
