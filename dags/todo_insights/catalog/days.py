"""Gold by day: the daily tables up to the cutoff date of the day views, and the hourly tables after it.

The views user_activity and category_activity contain the cutoff as a literal, so that Athena opens only the
partitions that a query needs. Each day up to the cutoff that has published hours has a partition in the daily
tables. If an hour of such a day changes, readers see the change after the partition of the day is replaced.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence

from ..lake.schema import BY_NAME, DAILY_OF, HOURLY_OF, LakeTable
from .base import Partition

# A date before any day of a lake. A newly deployed view has this cutoff, so it reads all days from their
# hours.
NO_CUTOFF = "1970-01-01"
# The day views, which contain the cutoff. Each has the name of its hourly table without the zone.
DAY_VIEWS = tuple(table.name for table in DAILY_OF)
# Matches a condition on dt in the definition of a view, in the notation of Athena or of DuckDB.
_CUTOFF = re.compile(r"""(dt["`]?\s*(?:<=|>)\s*')(\d{4}-\d{2}-\d{2})(')""")


def cutoff_in(sql: str) -> str | None:
    """Return the cutoff in a day view's definition; None if it contains no cutoff or different cutoffs."""
    found = {match[2] for match in _CUTOFF.finditer(sql)}
    return found.pop() if len(found) == 1 else None


def with_cutoff(sql: str, cutoff: str) -> str:
    """Return the definition of a day view with its cutoff replaced by this cutoff."""
    return _CUTOFF.sub(rf"\g<1>{cutoff}\g<3>", sql)


def read_by_views(partitions: Sequence[Partition], cutoff: str) -> list[Partition]:
    """The partitions that queries read.

    These are daily partitions up to this cutoff, hourly partitions after the cutoff, and all partitions of
    tables without a daily table.
    """
    return [
        each
        for each in partitions
        if (each.dt <= cutoff if each.table in HOURLY_OF else each.dt > cutoff)
        or (each.table not in HOURLY_OF and BY_NAME[each.table] not in DAILY_OF)
    ]


def hours_key(hours: Iterable[Partition]) -> str:
    """A digest (12 hex digits) of the locations of a day's hours; the run key of the day ends with it.

    An hour whose content changes gets another location. So if the run key of a day ends with the digest of
    the current hours, the day is the sum of these hours.
    """
    return hashlib.sha256("\n".join(sorted(each.location for each in hours)).encode()).hexdigest()[:12]


def outdated_days(partitions: Sequence[Partition]) -> list[Partition]:
    """The daily partitions in this list that are not the sum of the hourly partitions in this list."""
    hours: dict[tuple[str, str], list[Partition]] = {}
    for each in partitions:
        hours.setdefault((each.table, each.dt), []).append(each)
    return [
        each
        for each in partitions
        if each.table in HOURLY_OF
        and not each.run_id.endswith(
            f"-{hours_key(hours.get((HOURLY_OF[each.table].physical, each.dt), ()))}"
        )
    ]


def without_outdated_days(partitions: Sequence[Partition]) -> list[Partition]:
    """The partitions without the outdated daily partitions, which the next compaction replaces."""
    late = outdated_days(partitions)
    return [each for each in partitions if each not in late]


def physical_names(table: LakeTable) -> tuple[str, str]:
    """The physical names of a Gold table and of its daily table."""
    return table.physical, DAILY_OF[table].physical
