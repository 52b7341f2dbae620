"""`run` on the command line: hours one after the other, with a progress bar and a closing line."""

import time
from datetime import UTC, datetime

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from .catalogs import open_catalog
from .database import open_database
from .errors import InsightsError
from .extract import Changes
from .hours import Hour
from .manifest import Published
from .pipeline import plan, process, publish_hours
from .settings import Settings
from .status import State, all_hours, status
from .storage import Lake
from .write_back import write_back


def run(chosen: list[Hour], settings: Settings, now: datetime) -> int:
    """Process the chosen hours, or every one that is not final, then write figures back.

    Returns 1 when an hour failed.
    """
    with open_database(settings) as database:
        hours = chosen or _unfinished(database.changes, settings, now)
        done, failed = _run(hours, database.changes, settings)
        written = [each["hour"] for each in done]
        write_back(written, database, Lake(settings.zone_uris), open_catalog(settings), datetime.now(UTC))
    return 1 if failed else 0


def _run(hours: list[Hour], changes: Changes, settings: Settings) -> tuple[list[Published], int]:
    console, lake, started = Console(stderr=True), Lake(settings.zone_uris), time.monotonic()
    done: list[Published] = []
    failed = 0
    with _progress(console) as progress:
        bar = progress.add_task("", total=len(hours))
        for hour in hours:
            progress.update(bar, description=str(hour))
            try:
                done += _process(hour, changes, lake, settings)
            except InsightsError as error:
                failed += 1
                progress.console.print(f"hour {hour} failed: {error}", style="red", markup=False)
            progress.advance(bar)
    _report(done, failed, time.monotonic() - started)
    return done, failed


def _process(hour: Hour, changes: Changes, lake: Lake, settings: Settings) -> list[Published]:
    manifests = [process(piece, changes, lake, datetime.now(UTC)) for piece in plan([hour])]
    return publish_hours(manifests, lake, settings, datetime.now(UTC))


def _unfinished(changes: Changes, settings: Settings, now: datetime) -> list[Hour]:
    states = status(all_hours(changes, now), open_catalog(settings))
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
