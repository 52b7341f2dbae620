"""Checks: find contradictions between the catalog and the files, and name a remedy for each of them."""

from collections.abc import Iterable, Iterator, Sequence, Set
from datetime import date, timedelta
from itertools import pairwise
from typing import TypedDict

import pyarrow as pa

from ..catalog.base import Partition
from ..catalog.days import outdated_days
from ..core.errors import StorageError, VerificationError
from ..core.hours import Hour
from ..core.text import counted
from ..hourly.status import since_first_change
from ..lake.files import FoundFile
from ..lake.schema import BY_NAME, GOLD_HOURS, HOURLY_OF, TABLES, LakeTable
from ..lake.storage import Lake
from ..transform.verify import verify_sum
from .orphans import Key

_HOURLY = {table.physical for table in TABLES}


class LakeFinding(TypedDict):
    """A problem that an operator must solve: its place, a description, and the remedy."""

    where: str
    what: str
    advice: str


def damaged_partitions(
    partitions: Iterable[Partition], found: Iterable[FoundFile], lake: Lake
) -> dict[Key, LakeFinding]:
    """The partitions with a file that is missing or has a wrong size, each with its finding.

    `found` are the files in the folder of the partitions' table.
    """
    sizes = {(each.location, each.name): each.size for each in found}
    findings: dict[Key, LakeFinding] = {}
    for each in partitions:
        for file in each.files:
            if sizes.get((each.location, file.name)) != file.size:
                try:
                    # The file may have been published after the files were listed, so it is looked up again.
                    lake.require(BY_NAME[each.table].zone, each.location, file)
                except StorageError as error:
                    findings[key_of(each)] = partition_finding(
                        each, str(error), f"restore the former version in the bucket, or {remedy_of(each)}"
                    )
    return findings


def lost_catalog(partitions: Sequence[Partition], found: Iterable[FoundFile]) -> Iterator[LakeFinding]:
    """A finding if files exist, but the catalog is empty: the catalog is lost, or belongs to another lake."""
    if not partitions and (count := sum(1 for _ in found)):
        yield LakeFinding(
            where="the catalog",
            what=f"the catalog has no partitions, but the lake has {count} files; readers see an empty lake",
            advice="restore the catalog or correct CATALOG_URI; otherwise run (without a range) processes "
            "all hours of the log again. If the first run of a lake has not ended yet, wait for its end",
        )


def unexpected_files(partitions: Iterable[Partition], found: Iterable[FoundFile]) -> Iterator[LakeFinding]:
    """Findings on files that are in the folder of a partition, but not in the catalog; Athena reads them."""
    named = {each.location: each for each in partitions}
    for file in found:
        partition = named.get(file.location)
        if partition and file.name not in {each.name for each in partition.files}:
            yield partition_finding(
                partition,
                f"{file.name} is in the folder of this partition, but the catalog does not name the file",
                "move the file to another folder",
            )


def inconsistent_hours(partitions: Sequence[Partition]) -> Iterator[LakeFinding]:
    """Findings on missing hours, on hours that lack a table, and on hours whose tables differ in counts."""
    hourly = [each for each in partitions if each.table in _HOURLY]
    hours: dict[Hour, list[Partition]] = {}
    for each in hourly:
        hours.setdefault(_hour(each), []).append(each)
    for hour, tables in sorted(hours.items()):
        lacking = sorted(_HOURLY - {each.table for each in tables})
        if lacking:
            what = f"this hour has no partition in {', '.join(lacking)}"
            yield LakeFinding(where=str(hour), what=what, advice=_run(hour, hour.next))
        counts = sorted({each.source_count for each in tables})
        if len(counts) > 1:
            what = f"the tables of this hour were computed from {' and '.join(map(str, counts))} changes"
            yield LakeFinding(where=str(hour), what=what, advice=_run(hour, hour.next))
    for earlier, later in pairwise(sorted({_hour(each) for each in since_first_change(hourly)})):
        if (missing := (later.start - earlier.end) // (earlier.end - earlier.start)) > 0:
            what = f"{counted(missing, 'hour')} {'was' if missing == 1 else 'were'} never published"
            yield LakeFinding(where=str(earlier.next), what=what, advice=_run(earlier.next, later))


def inconsistent_days(partitions: Sequence[Partition]) -> Iterator[LakeFinding]:
    """A finding for each compacted day with an hour that has changed since the compaction."""
    for day in outdated_days(partitions):
        yield partition_finding(day, "one of its hours has changed since it was compacted", remedy_of(day))


def days_with_wrong_totals(
    days: Iterable[Partition], partitions: Sequence[Partition], broken: Set[Key], lake: Lake
) -> Iterator[LakeFinding]:
    """A finding for each day with a counter that is not the sum of its hours; reads the files of the days."""
    for day in days:
        hourly = HOURLY_OF[day.table]
        hours = [each for each in partitions if (each.table, each.dt) == (hourly.physical, day.dt)]
        if broken.isdisjoint(map(key_of, [day, *hours])):
            try:
                verify_sum([_read(hours, lake, hourly)], _read([day], lake, BY_NAME[day.table]), hourly)
            except (StorageError, VerificationError) as error:
                yield partition_finding(day, str(error), remedy_of(day))


def _read(partitions: Iterable[Partition], lake: Lake, table: LakeTable) -> pa.Table:
    files = [(each.location, file.name) for each in partitions for file in each.files]
    return lake.read(table, files, table.columns.names)


def partition_finding(partition: Partition, what: str, advice: str) -> LakeFinding:
    """A finding about one partition, with its table, day and hour as the place."""
    place = partition.dt if partition.hour is None else str(_hour(partition))
    return LakeFinding(where=f"{partition.table} {place}", what=what, advice=advice)


def remedy_of(partition: Partition) -> str:
    """The commands that create a partition again."""
    if partition.table == GOLD_HOURS.physical:
        return "compact (make compact)"
    if partition.hour is None:
        end = date.fromisoformat(partition.dt) + timedelta(days=1)
        return f"compact --from {partition.dt} --to {end} (make compact FROM={partition.dt} TO={end})"
    return _run(_hour(partition), _hour(partition).next)


def _run(first: Hour, end: Hour) -> str:
    return f"run --from {first} --to {end} (make etl FROM={first} TO={end})"


def _hour(partition: Partition) -> Hour:
    return Hour.parse(f"{partition.dt}T{partition.hour}")


def key_of(partition: Partition) -> Key:
    """The key of a partition in a dictionary: its table, day and hour."""
    return partition.table, partition.dt, partition.hour
