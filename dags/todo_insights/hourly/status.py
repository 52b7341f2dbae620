"""The state of each hour: published, provisional (read before the hour had settled) or missing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ..catalog.base import Catalog, Partition
from ..core.hours import Hour, hours_between
from ..lake.schema import TABLES
from .extract import Changes, first_change_at


class State(StrEnum):
    """The state of an hour; a provisional hour is incomplete until it is processed again."""

    PUBLISHED = "published"
    PROVISIONAL = "provisional"
    MISSING = "missing"


@dataclass(frozen=True)
class HourStatus:
    """The state of one hour, with the counts from its publication.

    `rows` maps physical table names to numbers of rows.
    """

    hour: Hour
    state: State
    source_count: int
    rejects: int
    rows: dict[str, int]
    as_of: datetime | None


def status(hours: Iterable[Hour], catalog: Catalog) -> list[HourStatus]:
    """The state of each of these hours, from one snapshot of the catalog."""
    published: dict[tuple[str, str | None], list[Partition]] = {}
    for partition in catalog.snapshot([table.physical for table in TABLES]):
        published.setdefault((partition.dt, partition.hour), []).append(partition)
    return [_of(hour, published.get((hour.dt, hour.hour), [])) for hour in hours]


def shown_state(hour: HourStatus, now: datetime) -> str:
    """The state of an hour for a table: an hour that has not ended is in progress, and not missing."""
    is_in_progress = hour.state is State.MISSING and now < hour.hour.end
    return "in progress" if is_in_progress else str(hour.state)


def all_hours(changes: Changes, now: datetime) -> list[Hour]:
    """Every hour from the first change to the present hour; an empty list for an empty log."""
    first = first_change_at(changes)
    if first is None or first > now:
        return []
    return list(hours_between(Hour.containing(first), Hour.containing(now).next))


def since_first_change(partitions: Iterable[Partition]) -> list[Partition]:
    """Leave out the partitions of hours before the first hour with changes.

    Before the first change there is nothing to publish, so an unpublished hour of this time is not missing.
    """
    found = list(partitions)
    first = min(((each.dt, each.hour or "") for each in found if each.source_count), default=("", ""))
    return [each for each in found if (each.dt, each.hour or "") >= first]


def known_hours(changes: Changes, catalog: Catalog, now: datetime) -> list[Hour]:
    """Every published hour, and every hour from the first change (in the log or in the lake) until now.

    An hour before the first change is in the list only if it is published.
    """
    partitions = catalog.snapshot([table.physical for table in TABLES])
    published = {_hour(each) for each in partitions}
    logged = all_hours(changes, now)
    starts = [_hour(each) for each in since_first_change(partitions)] + logged[:1]
    if not starts:
        return []
    end = max([*published, *logged])
    return sorted({*published, *hours_between(min(starts), end.next)})


def first_hour(changes: Changes, partitions: Iterable[Partition]) -> Hour | None:
    """The hour of the first change in the log or the lake; None if both have no change."""
    hours = [_hour(each) for each in partitions if each.source_count]
    first = first_change_at(changes)
    return min([*hours, *([Hour.containing(first)] if first else [])], default=None)


def _hour(partition: Partition) -> Hour:
    return Hour.parse(f"{partition.dt}T{partition.hour}")


def _of(hour: Hour, partitions: list[Partition]) -> HourStatus:
    if len(partitions) < len(TABLES):
        return HourStatus(hour, State.MISSING, 0, 0, {}, None)
    state = State.PROVISIONAL if any(each.provisional for each in partitions) else State.PUBLISHED
    rows = {each.table: each.row_count for each in partitions}
    return HourStatus(
        hour, state, partitions[0].source_count, partitions[0].rejects, rows, partitions[0].as_of
    )
