"""`run` on the command line: hours one after the other, with a progress bar and a closing line."""

import time
from datetime import UTC, datetime

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ..database import open_database
from ..errors import InsightsError
from ..figures.write_back import write_back
from ..hourly.extract import Changes
from ..hourly.manifest import Published
from ..hourly.pipeline import process, publish_hours
from ..hourly.slices import plan
from ..hourly.status import State, all_hours, status
from ..hours import Hour
from ..lake.stores import Stores, open_stores
from ..settings import Settings


def run(chosen: list[Hour], settings: Settings, now: datetime) -> int:
    """Process the chosen hours, or every one that is not final, then write figures back.

    Returns 1 when an hour failed.
    """
    stores = open_stores(settings)
    with open_database(settings) as database:
        hours = chosen or _unfinished(database.changes, stores, now)
        done, failed = _run(hours, database.changes, stores, settings)
        written = [each["hour"] for each in done]
        write_back(written, database, stores, datetime.now(UTC))
    return 1 if failed else 0


def _run(
    hours: list[Hour], changes: Changes, stores: Stores, settings: Settings
) -> tuple[list[Published], int]:
    console, started = Console(stderr=True), time.monotonic()
    done: list[Published] = []
    failed = 0
    with _progress(console) as progress:
        bar = progress.add_task("", total=len(hours))
        for hour in hours:
            progress.update(bar, description=str(hour))
            try:
                done += _process(hour, changes, stores, settings)
            except InsightsError as error:
                failed += 1
                progress.console.print(f"hour {hour} failed: {error}", style="red", markup=False)
            progress.advance(bar)
    _report(done, failed, time.monotonic() - started)
    return done, failed


def _process(hour: Hour, changes: Changes, stores: Stores, settings: Settings) -> list[Published]:
    pieces = plan({hour: "scheduled"}, changes, settings.max_changes_per_slice)
    manifests = [process(piece, changes, stores.lake, datetime.now(UTC)) for piece in pieces]
    return publish_hours(manifests, stores, settings.settle, datetime.now(UTC))


def _unfinished(changes: Changes, stores: Stores, now: datetime) -> list[Hour]:
    states = status(all_hours(changes, now), stores.catalog)
    return [each.hour for each in states if each.state is not State.PUBLISHED]


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console)


def _report(done: list[Published], failed: int, seconds: float) -> None:
    count = sum(each["source_count"] for each in done)
    rejects = sum(each["rejects"] for each in done)
    failures = f", {failed} failed" if failed else ""
    rate = count / seconds if seconds else 0
    Console().print(
        f"{len(done)} hours{failures}, {count} changes, {rejects} rejects, "
        f"{seconds:.1f} s, {rate:.0f} changes/s",
        highlight=False,
    )
