"""The command `run`: process hours in order, with a progress bar and a summary."""

import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ..catalog.stores import Stores, open_stores
from ..core.database import Database, open_database
from ..core.errors import InsightsError, StorageError
from ..core.hours import Hour
from ..core.settings import Settings
from ..core.text import counted
from ..hourly.extract import Changes, changes_without_timestamp
from ..hourly.manifest import Published, Reason
from ..hourly.planning import plan
from ..hourly.process import process
from ..hourly.publish import publish_hours
from ..hourly.status import State, all_hours, first_hour, status
from ..lake.schema import TABLES
from ..maintenance.compaction import compact_changed
from ..maintenance.erasure import finish_erasures, recheck_erasures
from ..maintenance.erasure_receipts import Receipt
from ..maintenance.hour_quality import record_hours
from ..maintenance.reprocessing import hours_to_reprocess
from ..user_insights.write_back import write_back
from .interrupts import check_for_interrupt

_OWN: Reason = "scheduled"


def run(chosen: list[Hour], settings: Settings, now: datetime) -> int:
    """Process the chosen hours, or by default all hours that need processing; then write insights back.

    By default, these hours are processed: missing hours, provisional hours, and the hours to reprocess. Then
    erasures are finished. Chosen hours before the first change are not published. Returns 1 when an hour
    failed, or when the search for hours to reprocess failed.
    """
    stores = open_stores(settings)
    stores.catalog.check()
    with open_database(settings) as database:
        own = _since_first_change(chosen, database, stores) if chosen else _unfinished(database, stores, now)
        again = {} if chosen else _hours_again(database, stores, settings, now)
        hours = dict(sorted((own | (again or {})).items()))
        done, failed = _run(hours, database, stores, settings)
        written = [each["hour"] for each in done]
        compact_changed(written, stores, datetime.now(UTC))
        record_hours(written, stores, datetime.now(UTC))
        write_back(written, database, stores, datetime.now(UTC))
        # Erasures cannot be finished without the result of the search for hours to reprocess.
        if not chosen and again is not None:
            receipts = finish_erasures(database, stores, datetime.now(UTC))
            _report_receipts(receipts)
            if receipts:
                # The erasure has deleted all reports, so today's report is written again. The module is
                # imported here, because it imports DuckDB, which is slow.
                from ..report.write import write_daily_report

                write_daily_report(stores, settings.environment, datetime.now(UTC))
    return 1 if failed or again is None else 0


def _since_first_change(chosen: list[Hour], database: Database, stores: Stores) -> dict[Hour, Reason]:
    """The chosen hours without the hours before the first change; all chosen hours if there is no change.

    Warns about the hours that are left out. A published hour is never left out, because it may have to be
    repaired.
    """
    partitions = stores.catalog.snapshot([table.physical for table in TABLES])
    first = first_hour(database.changes, partitions)
    published = {(each.dt, each.hour) for each in partitions}
    hours = [each for each in chosen if first is None or each >= first or (each.dt, each.hour) in published]
    if skipped := len(chosen) - len(hours):
        Console(stderr=True).print(
            f"the first change was made in the hour {first}; {counted(skipped, 'hour')} before it "
            f"{'is' if skipped == 1 else 'are'} not published",
            style="yellow",
            highlight=False,
            soft_wrap=True,
        )
    return dict.fromkeys(hours, _OWN)


def _unfinished(database: Database, stores: Stores, now: datetime) -> dict[Hour, Reason]:
    """The hours up to now that are missing or provisional."""
    states = status(all_hours(database.changes, now), stores.catalog)
    return dict.fromkeys((each.hour for each in states if each.state is not State.PUBLISHED), _OWN)


def _hours_again(
    database: Database, stores: Stores, settings: Settings, now: datetime
) -> dict[Hour, Reason] | None:
    """The hours to reprocess, or None when a file that the search needs cannot be read."""
    try:
        # The check of recent erasures comes first, because it finds hours to reprocess.
        recheck_erasures(database, stores, now)
        return hours_to_reprocess(database, stores, settings, now)
    except StorageError as error:
        # A failed search for hours to reprocess must not stop this run; the exit code reports the failure.
        Console(stderr=True).print(
            f"could not look for late and erased hours: {error}; maintain (make maintain) names the hour and "
            "what to do, then run again",
            style="red",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
        return None


def _run(
    hours: Mapping[Hour, Reason], database: Database, stores: Stores, settings: Settings
) -> tuple[list[Published], int]:
    console, started = Console(stderr=True), time.monotonic()
    done: list[Published] = []
    failed = 0
    with _progress(console) as progress, check_for_interrupt() as stop_if_asked:
        bar = progress.add_task("", total=len(hours))
        for hour, reason in hours.items():
            progress.update(bar, description=str(hour))
            stop_if_asked()
            try:
                done += _process(hour, reason, database, stores, settings)
            except InsightsError as error:
                failed += 1
                progress.console.print(
                    f"hour {hour} failed: {error}", style="red", markup=False, soft_wrap=True
                )
            progress.advance(bar)
    _report(done, failed, time.monotonic() - started)
    _warn_of_impossible_times(database.changes)
    return done, failed


def _process(
    hour: Hour, reason: Reason, database: Database, stores: Stores, settings: Settings
) -> list[Published]:
    hour_slices = plan({hour: reason}, database.changes, settings.max_changes_per_slice)
    manifests = [process(slice_, database, stores, datetime.now(UTC)) for slice_ in hour_slices]
    return publish_hours(manifests, stores, settings.settle, datetime.now(UTC))


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console)


def _report(done: list[Published], failed: int, seconds: float) -> None:
    count = sum(each["source_count"] for each in done)
    rejects = sum(each["rejects"] for each in done)
    reasons = Counter(each["reason"] for each in done)
    again = [f"{reasons[reason]} {reason}" for reason in ("late", "damaged", "erased") if reasons[reason]]
    repeated = f" ({', '.join(again)})" if again else ""
    failures = f", {failed} failed" if failed else ""
    rate = count / seconds if seconds else 0
    Console().print(
        f"{counted(len(done), 'hour')}{repeated}{failures}, {counted(count, 'change')}, "
        f"{counted(rejects, 'reject')}, {seconds:.1f} s, {rate:.0f} changes/s",
        highlight=False,
    )


def _warn_of_impossible_times(changes: Changes) -> None:
    if count := changes_without_timestamp(changes):
        Console(stderr=True).print(
            f"{count} changes have no date in the field `at`, so no hour and no figure includes them; "
            "correct the field, then process the hours of these changes",
            style="yellow",
            highlight=False,
            soft_wrap=True,
        )


def _report_receipts(receipts: list[Receipt]) -> None:
    if receipts:
        removed = sum(each["files_removed"] for each in receipts)
        Console().print(
            f"data of {counted(len(receipts), 'erased user')} removed, {counted(removed, 'file')} deleted",
            highlight=False,
        )
