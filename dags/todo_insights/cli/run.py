"""`run` on the command line: hours one after the other, with a progress bar and a closing line."""

import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ..database import Database, open_database
from ..errors import InsightsError
from ..figures.write_back import write_back
from ..hourly.manifest import Published, Reason
from ..hourly.pipeline import publish_hours
from ..hourly.slices import plan
from ..hourly.status import State, all_hours, status
from ..hours import Hour
from ..lake.stores import Stores, open_stores
from ..settings import Settings
from ..upkeep.erasure import finish, recheck
from ..upkeep.late import hours_to_repeat
from ..upkeep.receipts import Receipt
from ..upkeep.rewrite import process

_OWN: Reason = "scheduled"


def run(chosen: list[Hour], settings: Settings, now: datetime) -> int:
    """Process the chosen hours, or every one that is not final any more, then write figures back.

    Without a choice, erased users leave the lake as well. Returns 1 when an hour failed.
    """
    stores = open_stores(settings)
    with open_database(settings) as database:
        hours = dict.fromkeys(chosen, _OWN) or _due(database, stores, settings, now)
        done, failed = _run(hours, database, stores, settings)
        written = [each["hour"] for each in done]
        write_back(written, database, stores, datetime.now(UTC))
        if not chosen:
            _report_receipts(finish(database, stores, datetime.now(UTC)))
    return 1 if failed else 0


def _due(database: Database, stores: Stores, settings: Settings, now: datetime) -> dict[Hour, Reason]:
    """The hours that are missing or were read while open, and those that are no longer true."""
    # First, since it finds hours to process again.
    recheck(database, stores, now)
    states = status(all_hours(database.changes, now), stores.catalog)
    unfinished = [each.hour for each in states if each.state is not State.PUBLISHED]
    hours = dict.fromkeys(unfinished, _OWN) | hours_to_repeat(database, stores, settings, now)
    return dict(sorted(hours.items()))


def _run(
    hours: Mapping[Hour, Reason], database: Database, stores: Stores, settings: Settings
) -> tuple[list[Published], int]:
    console, started = Console(stderr=True), time.monotonic()
    done: list[Published] = []
    failed = 0
    with _progress(console) as progress:
        bar = progress.add_task("", total=len(hours))
        for hour, reason in hours.items():
            progress.update(bar, description=str(hour))
            try:
                done += _process(hour, reason, database, stores, settings)
            except InsightsError as error:
                failed += 1
                progress.console.print(
                    f"hour {hour} failed: {error}", style="red", markup=False, soft_wrap=True
                )
            progress.advance(bar)
    _report(done, failed, time.monotonic() - started)
    return done, failed


def _process(
    hour: Hour, reason: Reason, database: Database, stores: Stores, settings: Settings
) -> list[Published]:
    pieces = plan({hour: reason}, database.changes, settings.max_changes_per_slice)
    manifests = [process(piece, database, stores, datetime.now(UTC)) for piece in pieces]
    return publish_hours(manifests, stores, settings.settle, datetime.now(UTC))


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console)


def _report(done: list[Published], failed: int, seconds: float) -> None:
    count = sum(each["source_count"] for each in done)
    rejects = sum(each["rejects"] for each in done)
    reasons = Counter(each["reason"] for each in done)
    again = [f"{reasons[reason]} {reason}" for reason in ("late", "erased") if reasons[reason]]
    repeated = f" ({', '.join(again)})" if again else ""
    failures = f", {failed} failed" if failed else ""
    rate = count / seconds if seconds else 0
    Console().print(
        f"{len(done)} hours{repeated}{failures}, {count} changes, {rejects} rejects, "
        f"{seconds:.1f} s, {rate:.0f} changes/s",
        highlight=False,
    )


def _report_receipts(receipts: list[Receipt]) -> None:
    if receipts:
        removed = sum(each["files_removed"] for each in receipts)
        Console().print(
            f"{len(receipts)} erased users left the lake, {removed} files removed", highlight=False
        )
