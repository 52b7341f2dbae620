"""`flask changes …`: what an operator can do with the log."""

import shlex
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from typing import IO

import click
from flask import Blueprint
from pymongo.errors import PyMongoError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from webapp.changes import ChangeLog
from webapp.changes.repair import sweep
from webapp.cli.rebuild_report import show
from webapp.core.database import Document, connect
from webapp.core.ids import new_id
from webapp.core.registry import Services
from webapp.http.context import service, services
from webapp.rebuild import stream
from webapp.rebuild.errors import AlreadyRebuiltError, RebuildError
from webapp.rebuild.rebuild import LakeRebuild, Result, rebuild_from_log
from webapp.services import build_services
from webapp.startup import Startup
from webapp.users.erasure import Eraser

PATIENCE_MS = 10 * 60 * 1000

blueprint = Blueprint("changes", __name__, cli_group="changes")


@blueprint.cli.command("repair")
def repair() -> None:
    """Roll forward every committed change that its task or user does not show yet, and finish erasures."""
    console = Console()
    database = services().database
    total = database.changes.estimated_document_count()
    with console.status(f"Checking {total:,} changes"):
        result = sweep(database, service(ChangeLog))
    console.print(f"Checked {result.checked:,} changes, rolled {result.repaired:,} forward.")
    if finished := service(Eraser).finish_all():
        console.print(f"Finished {finished:,} erasures.")


@blueprint.cli.command("rebuild")
@click.option("--from-lake", is_flag=True, help="Rebuild an empty database from the lake.")
@click.option(
    "--from-file",
    type=click.File("rb"),
    help="The same, from what `python -m todo_insights changes` wrote; - reads standard input.",
)
@click.option(
    "--command",
    help="What --from-lake starts to read the lake.  [default: python -m todo_insights changes]",
)
def rebuild(from_lake: bool, from_file: IO[bytes] | None, command: str | None) -> None:
    """Rebuild users, tasks and addresses from the log, or all of it from the lake.

    Stop the API and the pipeline first. Run it again when it was interrupted: it goes on where it stopped.
    """
    if from_file is not None and (from_lake or command):
        raise click.UsageError("--from-file goes without --from-lake and --command.")
    if command and not from_lake:
        raise click.UsageError("--command goes with --from-lake.")
    with _told_errors(), _patient_services() as here:
        service(Startup).run_once()
        if from_file is not None:
            result = _from_lake(here, lambda after: nullcontext(stream.read(from_file)))
        elif from_lake:
            arguments = shlex.split(command or "") or stream.COMMAND
            result = _from_lake(here, lambda after: stream.from_command(arguments, after))
        else:
            with _Bar() as bar:
                result = rebuild_from_log(here, bar.advance)
    show(result, Console())
    if not result.agrees:
        raise click.exceptions.Exit(1)


def _from_lake(
    here: Services, documents_after: Callable[[str | None], AbstractContextManager[Iterator[Document]]]
) -> Result:
    work = LakeRebuild(here)
    with _Bar() as bar, documents_after(work.after) as documents:
        work.run(documents, bar.begin, bar.advance)
    return work.finish()


class _Bar:
    """Hours and changes as they are restored, and how many changes a second."""

    def __init__(self) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, TextColumn("{task.fields[pace]}"), console=Console(stderr=True))
        self._hours = self._progress.add_task("hours", total=None, pace="")
        self._changes, self._started = 0, time.monotonic()

    def begin(self, head: Document) -> None:
        """Know how many hours are to come."""
        self._progress.update(self._hours, total=head["hours"])

    def advance(self, hours: int, changes: int) -> None:
        """Move on by so many hours and changes."""
        self._changes += changes
        rate = self._changes / max(time.monotonic() - self._started, 0.001)
        self._progress.update(
            self._hours, advance=hours, pace=f"{self._changes:,} changes, {rate:,.0f} a second"
        )

    def __enter__(self) -> "_Bar":
        self._progress.start()
        return self

    def __exit__(self, *details: object) -> None:
        self._progress.stop()


@contextmanager
def _patient_services() -> Iterator[Services]:
    """The services on a connection that waits while the database reads a whole collection."""
    here = services()
    database = connect(replace(here.settings, database_timeout_ms=PATIENCE_MS))
    try:
        yield build_services(here.settings, database, here.clock, new_id)
    finally:
        database.client.close()


@contextmanager
def _told_errors() -> Iterator[None]:
    """End the command with a sentence where a traceback would say less."""
    try:
        yield
    except AlreadyRebuiltError as done:
        Console().print(str(done), soft_wrap=True, highlight=False)
        raise click.exceptions.Exit(0) from done
    except RebuildError as error:
        raise click.ClickException(str(error)) from error
    except PyMongoError as error:
        raise click.ClickException(
            f"The database failed: {error}. Run the command again; it goes on where it stopped."
        ) from error
