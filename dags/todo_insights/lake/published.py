"""The published hours of some days, from the catalog; each hour has its partitions and a version."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta

from .catalog import Catalog, Partition
from .days import hours_key
from .schema import BY_NAME, GOLD_CATEGORIES, GOLD_USERS, SILVER_TASKS, SILVER_USERS, LakeTable

# The tables that figures are computed from.
_READ = (GOLD_USERS, GOLD_CATEGORIES, SILVER_TASKS, SILVER_USERS)
_DAY = timedelta(days=1)

# The partitions of an hour in which all of these tables are published.
PublishedHour = Mapping[LakeTable, Partition]
# By dt, then by hour.
PublishedDays = dict[str, dict[str, PublishedHour]]


def version_of(hour: PublishedHour) -> str:
    """Return a text that differs whenever the published content of the hour differs."""
    return hours_key(hour.values())


def published_days(catalog: Catalog, ranges: Iterable[tuple[str, str]]) -> PublishedDays:
    """Return the published hours of these ranges of days; both ends of a range are included."""
    found: dict[str, dict[str, dict[LakeTable, Partition]]] = {}
    for first, last in ranges:
        for each in catalog.snapshot([table.physical for table in _READ], first, last):
            found.setdefault(each.dt, {}).setdefault(str(each.hour), {})[BY_NAME[each.table]] = each
    days: PublishedDays = {}
    for dt, of_day in sorted(found.items()):
        for hour, tables in sorted(of_day.items()):
            # Glue publishes the tables of an hour one after the other, so some may be missing for a moment.
            if len(tables) == len(_READ):
                days.setdefault(dt, {})[hour] = tables
    return days


def day_ranges(days: Collection[str]) -> list[tuple[str, str]]:
    """The ranges of consecutive days that these days form."""
    ranges: list[tuple[str, str]] = []
    for dt in sorted(days):
        if ranges and date.fromisoformat(dt) - date.fromisoformat(ranges[-1][1]) == _DAY:
            ranges[-1] = (ranges[-1][0], dt)
        else:
            ranges.append((dt, dt))
    return ranges


def files_of(hours: Iterable[PublishedHour], table: LakeTable) -> list[tuple[str, str]]:
    """The files of a table in these hours; empty partitions are skipped."""
    return [
        (hour[table].location, file.name)
        for hour in hours
        if hour[table].row_count
        for file in hour[table].files
    ]
