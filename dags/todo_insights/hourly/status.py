"""The state of each hour: published, provisional (read while it was open) or missing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ..core.hours import Hour, hours_between
from ..lake.catalog import Catalog, Partition
from ..lake.schema import TABLES
from .extract import Changes, first_change_at


class State(StrEnum):
    """The state of an hour for readers; a provisional hour is stale until it is processed after its end."""

    PUBLISHED = "published"
    PROVISIONAL = "provisional"
    MISSING = "missing"


@dataclass(frozen=True)
class HourStatus:
    """One hour: `rows` by physical table name, and the counts recorded when it was published."""

    hour: Hour
    state: State
    source_count: int
    rejects: int
    rows: dict[str, int]
    as_of: datetime | None


def status(hours: Iterable[Hour], catalog: Catalog) -> list[HourStatus]:
    """The state of each of these hours, all as of one moment."""
    published: dict[tuple[str, str | None], list[Partition]] = {}
    for partition in catalog.snapshot([table.physical for table in TABLES]):
        published.setdefault((partition.dt, partition.hour), []).append(partition)
    return [_of(hour, published.get((hour.dt, hour.hour), [])) for hour in hours]


def all_hours(changes: Changes, now: datetime) -> list[Hour]:
    """Every hour from the first change to the open one; none when nothing was ever changed."""
    first = first_change_at(changes)
    if first is None or first > now:
        return []
    return list(hours_between(Hour.containing(first), Hour.containing(now).next))


def _of(hour: Hour, partitions: list[Partition]) -> HourStatus:
    if len(partitions) < len(TABLES):
        return HourStatus(hour, State.MISSING, 0, 0, {}, None)
    state = State.PROVISIONAL if any(each.provisional for each in partitions) else State.PUBLISHED
    rows = {each.table: each.row_count for each in partitions}
    return HourStatus(
        hour, state, partitions[0].source_count, partitions[0].rejects, rows, partitions[0].as_of
    )
