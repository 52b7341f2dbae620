"""Maintenance: remove superseded files, compare the catalog with the files, and report."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import TypedDict

from ..catalog.base import Partition
from ..catalog.days import without_outdated_days
from ..catalog.stores import Stores
from ..core.database import Database
from ..core.hours import Hour, to_text
from ..hourly.manifest import Reason
from ..lake.files import FoundFile
from ..lake.reports import remove_old_reports
from ..lake.schema import ALL_TABLES, DAILY_OF, TABLES, LakeTable
from ..metrics.publish import Metric
from .checks import (
    LakeFinding,
    damaged_partitions,
    days_with_wrong_totals,
    inconsistent_days,
    inconsistent_hours,
    key_of,
    lost_catalog,
    unexpected_files,
)
from .orphans import Disposition, Key, UnpublishedFolder, disposition_of, last_published, unpublished_folders
from .records import maintain_records
from .reprocessing import compare_with_log, request_reprocessing
from .verification import repairable_hours, verify_files

logger = logging.getLogger(__name__)

# The time for which superseded files are kept, because a query may run for hours, and an operator may want to
# inspect the files.
KEEP = timedelta(days=7)
# The maximum number of findings in a report: after the loss of a catalog, each hour of several years could
# have a finding.
_SHOWN = 100

_LATE: Reason = "late"
_DAMAGED: Reason = "damaged"
_DAILY = {table.physical for table in DAILY_OF.values()}
_Files = Mapping[LakeTable, Sequence[FoundFile]]
_Dispositions = Mapping[Disposition, Sequence[UnpublishedFolder]]


class Amount(TypedDict):
    """A number of files, and the sum of their sizes in bytes."""

    files: int
    bytes: int


class TableReport(TypedDict):
    """The files of one table: published files, and three kinds of unpublished files.

    `removed` files were deleted by this run. An operator must handle `orphan` files. `waiting` files are too
    new for a decision: a later run removes these files if their partition has been published by then, and
    otherwise reports them as orphans.
    """

    table: str
    partitions: int
    rows: int
    published: Amount
    removed: Amount
    waiting: Amount
    orphan: Amount


class Report(TypedDict):
    """The state of the lake; `lag_minutes` is the age of the newest hour that is published in all tables.

    `findings` has the first hundred of the `findings_count` findings. `reprocessed` are hours that differ
    from the log or have a damaged file; the next run processes them again.
    """

    as_of: str
    tables: list[TableReport]
    lag_minutes: float | None
    folded_days: int
    findings: list[LakeFinding]
    findings_count: int
    reprocessed: list[str]


def maintain(stores: Stores, database: Database, now: datetime, keep: timedelta = KEEP) -> Report:
    """Remove superseded files older than `keep`, check all other files, and return a report.

    Published hours are compared with the log, and files with their checksums; the date decides which hours
    and files are due. The next live run processes the hours again that differ from the log or have a damaged
    file. Team reports are removed after 30 days.

    A file is never removed if a partition names it, or if the name of its folder is not that of a run folder.
    Maintenance may be repeated, and interrupted at any time. Raises CatalogError or StorageError when the
    lake cannot be read.
    """
    earlier = stores.catalog.snapshot()
    found = {table: list(stores.lake.files(table)) for table in ALL_TABLES}
    # The snapshot is taken after the listing, so that it contains every file that was published before the
    # listing.
    partitions = stores.catalog.snapshot()
    broken = {
        key: finding
        for table in ALL_TABLES
        for key, finding in damaged_partitions(_of(table, partitions), found[table], stores.lake).items()
    }
    broken |= verify_files([each for each in partitions if key_of(each) not in broken], stores.lake, now)
    late, lost_changes = compare_with_log(partitions, database.changes, now)
    repairable = repairable_hours(broken.keys(), partitions, database)
    request_reprocessing({**dict.fromkeys(late, _LATE), **dict.fromkeys(repairable, _DAMAGED)}, database, now)
    lost_hours = maintain_records(partitions, stores.lake, now, keep)
    dispositions = _dispositions(found, partitions, broken, now, keep)
    days = [each for each in without_outdated_days(partitions) if each.table in _DAILY]
    findings = [
        *lost_catalog([*earlier, *partitions], chain.from_iterable(found.values())),
        *broken.values(),
        *(each for table in ALL_TABLES for each in unexpected_files(_of(table, partitions), found[table])),
        *lost_changes,
        *lost_hours,
        # Only problems that exist both before and after the listing are reported; a publication during the
        # check causes the other problems.
        *_in_both(inconsistent_hours(earlier), inconsistent_hours(partitions)),
        *_in_both(inconsistent_days(earlier), inconsistent_days(partitions)),
        # Only recently compacted days are checked, because earlier runs have checked the other days.
        *days_with_wrong_totals(
            [each for each in days if _is_recent(each, now - keep)], partitions, broken.keys(), stores.lake
        ),
        *(_orphaned(table, each) for table in ALL_TABLES for each in dispositions[table][Disposition.ORPHAN]),
    ]
    for table in ALL_TABLES:
        for each in dispositions[table][Disposition.REMOVED]:
            logger.info("removing %s/%s", table.zone, each.location)
            stores.lake.remove(table.zone, each.location)
    if removed := remove_old_reports(stores.lake, now):
        logger.info("%d old team reports are removed", removed)
    return Report(
        as_of=to_text(now),
        tables=[_table_report(table, partitions, dispositions[table]) for table in ALL_TABLES],
        lag_minutes=_lag_minutes(partitions, now),
        folded_days=len({each.dt for each in partitions if each.table in _DAILY}),
        findings=findings[:_SHOWN],
        findings_count=len(findings),
        reprocessed=[str(hour) for hour in sorted({*late, *repairable})],
    )


def of_maintenance(report: Report) -> list[Metric]:
    """The metrics whose values this maintenance report contains."""
    files = {each["table"]: each["orphan"]["files"] for each in report["tables"]}
    return [
        Metric("OrphanFiles", sum(files.values())),
        *(Metric("OrphanFiles", count, table) for table, count in files.items()),
    ]


def _dispositions(
    found: _Files,
    partitions: Sequence[Partition],
    broken: Mapping[Key, LakeFinding],
    now: datetime,
    keep: timedelta,
) -> dict[LakeTable, _Dispositions]:
    published = last_published(partitions, now)
    dispositions: dict[LakeTable, _Dispositions] = {}
    for table, files in found.items():
        named = {each.location for each in _of(table, partitions)}
        sorted_out: dict[Disposition, list[UnpublishedFolder]] = {each: [] for each in Disposition}
        for each in unpublished_folders(table, files, named):
            sorted_out[disposition_of(each, published, broken, now - keep)].append(each)
        dispositions[table] = sorted_out
    return dispositions


def _of(table: LakeTable, partitions: Sequence[Partition]) -> list[Partition]:
    return [each for each in partitions if each.table == table.physical]


def _is_recent(day: Partition, since: datetime) -> bool:
    return day.published_at is None or day.published_at > since


def _in_both(earlier: Iterable[LakeFinding], later: Iterable[LakeFinding]) -> list[LakeFinding]:
    before = list(earlier)
    return [each for each in later if each in before]


def _orphaned(table: LakeTable, folder_: UnpublishedFolder) -> LakeFinding:
    where = f"{table.zone}/{folder_.location}"
    if folder_.key is None:
        return LakeFinding(
            where=where,
            what=f"{len(folder_.files)} files in a folder with an unknown name",
            advice="find out which program wrote them, then delete or move them by hand",
        )
    return LakeFinding(
        where=where,
        what="old files of a partition that is not published, or whose files are missing",
        advice="publish its hour (run --from … --to …, or make etl FROM=… TO=…); "
        "a later maintenance removes them",
    )


def _table_report(
    table: LakeTable, partitions: Sequence[Partition], dispositions: _Dispositions
) -> TableReport:
    own = _of(table, partitions)
    return TableReport(
        table=table.physical,
        partitions=len(own),
        rows=sum(each.row_count for each in own),
        published=_amount(file.size for each in own for file in each.files),
        removed=_amount_of(dispositions[Disposition.REMOVED]),
        waiting=_amount_of(dispositions[Disposition.WAITING]),
        orphan=_amount_of(dispositions[Disposition.ORPHAN]),
    )


def _amount_of(unpublished_folders: Iterable[UnpublishedFolder]) -> Amount:
    return _amount(file.size for each in unpublished_folders for file in each.files)


def _amount(sizes: Iterable[int]) -> Amount:
    listed = list(sizes)
    return Amount(files=len(listed), bytes=sum(listed))


def _lag_minutes(partitions: Iterable[Partition], now: datetime) -> float | None:
    tables: dict[str, int] = {}
    for each in partitions:
        if each.hour is not None:
            hour = f"{each.dt}T{each.hour}"
            tables[hour] = tables.get(hour, 0) + 1
    whole = [Hour.parse(hour) for hour, count in tables.items() if count == len(TABLES)]
    return round(max((now - max(whole).end).total_seconds(), 0) / 60, 1) if whole else None
