"""Publication records: write missing records, remove superseded records, find hours the catalog has lost."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from ..catalog.base import Partition
from ..catalog.publications import ZONE, record_locations, recorded_at, write_record
from ..core.hours import Hour
from ..lake.schema import TABLES
from ..lake.storage import Lake
from .checks import LakeFinding

_HOURLY = {table.physical for table in TABLES}
# The maximum number of records that one run writes. The hours that were published by a release without
# records get their records in several runs.
_MAX_WRITTEN = 1000
# The maximum time from the write of a publication record until the publication has changed the catalog.
_PUBLICATION_DELAY = timedelta(hours=1)


def maintain_records(
    partitions: Iterable[Partition], lake: Lake, now: datetime, keep: timedelta
) -> list[LakeFinding]:
    """Write missing records, remove superseded records; returns findings on hours the catalog has lost."""
    found = record_locations(lake)
    published = _whole_hours(partitions)
    for hour in sorted(published.keys() - found.keys())[:_MAX_WRITTEN]:
        write_record(published[hour], published[hour][0].run_id, lake)
    for locations in found.values():
        for location in _superseded(locations, now - keep):
            lake.remove(ZONE, location)
    return list(_lost_hours(found, published, now))


def _whole_hours(partitions: Iterable[Partition]) -> dict[Hour, list[Partition]]:
    hours: dict[Hour, list[Partition]] = {}
    for each in partitions:
        if each.table in _HOURLY:
            hours.setdefault(Hour.parse(f"{each.dt}T{each.hour}"), []).append(each)
    return {hour: tables for hour, tables in hours.items() if len(tables) == len(_HOURLY)}


def _superseded(locations: Sequence[str], before: datetime) -> Iterator[str]:
    newest = max(map(recorded_at, locations))
    return (each for each in locations if recorded_at(each) < min(newest, before))


def _lost_hours(
    found: Mapping[Hour, Sequence[str]], published: Mapping[Hour, object], now: datetime
) -> Iterator[LakeFinding]:
    for hour in sorted(found.keys() - published.keys()):
        if min(map(recorded_at, found[hour])) < now - _PUBLICATION_DELAY:
            yield LakeFinding(
                where=str(hour),
                what="this hour was published, but the catalog does not name all of its files",
                advice="recover the catalog from the files with the command recover (make recover)",
            )
