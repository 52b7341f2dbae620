"""The commands `flask changes repair` and `flask changes rebuild`."""

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
from webapp.core.ids import new_id
from webapp.database.connection import Document, connect
from webapp.database.registry import Services
from webapp.http.context import service, services
from webapp.rebuild import lake
from webapp.rebuild.checkpoint import AlreadyRebuiltError, RebuildError
from webapp.rebuild.rebuild import LakeRebuild, RebuildResult, rebuild_from_log
from webapp.services import build_services
from webapp.startup import Startup
from webapp.users.erasure import Eraser

# The timeout of a database call in milliseconds: a rebuild reads whole collections, so its calls take longer
# than the calls of a request may take.
REBUILD_TIMEOUT_MS = 10 * 60 * 1000

blueprint = Blueprint("changes", __name__, cli_group="changes")


@blueprint.cli.command("repair")
def repair() -> None:
    """Roll forward every committed change that the stored tasks and users lack, and finish erasures."""
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
    help="Rebuild from the output of `python -m todo_insights changes`; - is standard input.",
)
@click.option(
    "--command",
    help="The command that --from-lake runs to read the lake.  [default: python -m todo_insights changes]",
)
def rebuild(from_lake: bool, from_file: IO[bytes] | None, command: str | None) -> None:
    """Rebuild users, tasks and addresses from the log, or the whole database from the lake.

    Stop the API and the pipeline first: a write during the rebuild is not lost, but the report shows it as a
    difference. If the command is interrupted, run it again; a rebuild from the lake resumes.
    """
    if from_file is not None and (from_lake or command):
        raise click.UsageError("Do not combine --from-file with --from-lake or --command.")
    if command and not from_lake:
        raise click.UsageError("--command needs --from-lake.")
    with _report_errors(), _services_for_rebuild() as patient:
        service(Startup).run_once()
        if from_file is not None:
            result = _from_lake(patient, lambda after: nullcontext(lake.read(from_file)))
        elif from_lake:
            arguments = shlex.split(command or "") or lake.COMMAND
            result = _from_lake(patient, lambda after: lake.from_command(arguments, after))
        else:
            with _ProgressBar() as bar:
                result = rebuild_from_log(patient, bar.advance)
    show(result, Console())
    if not result.matches:
        raise click.exceptions.Exit(1)


def _from_lake(
    patient: Services, documents_after: Callable[[str | None], AbstractContextManager[Iterator[Document]]]
) -> RebuildResult:
    work = LakeRebuild(patient)
    with _ProgressBar() as bar, documents_after(work.after) as documents:
        work.run(documents, bar.start, bar.advance)
    return work.finish()


class _ProgressBar:
    """Shows the numbers of restored hours and changes, and the number of changes per second."""

    def __init__(self) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, TextColumn("{task.fields[pace]}"), console=Console(stderr=True))
        self._hours = self._progress.add_task("hours", total=None, pace="")
        self._changes, self._started = 0, time.monotonic()

    def start(self, head: Document) -> None:
        """Set the total number of hours, which the first document of the stream contains."""
        self._progress.update(self._hours, total=head["hours"])

    def advance(self, hours: int, changes: int) -> None:
        """Add numbers of restored hours and changes to the progress bar."""
        self._changes += changes
        rate = self._changes / max(time.monotonic() - self._started, 0.001)
        self._progress.update(
            self._hours, advance=hours, pace=f"{self._changes:,} changes, {rate:,.0f} per second"
        )

    def __enter__(self) -> "_ProgressBar":
        self._progress.start()
        return self

    def __exit__(self, *details: object) -> None:
        self._progress.stop()


@contextmanager
def _services_for_rebuild() -> Iterator[Services]:
    """Build services with the timeout REBUILD_TIMEOUT_MS for database calls."""
    current = services()
    database = connect(replace(current.settings, database_timeout_ms=REBUILD_TIMEOUT_MS))
    try:
        yield build_services(current.settings, database, current.clock, new_id)
    finally:
        database.client.close()


@contextmanager
def _report_errors() -> Iterator[None]:
    """Turn errors that the operator can fix into a message without a traceback, and end the command."""
    try:
        yield
    except AlreadyRebuiltError as done:
        Console().print(str(done), soft_wrap=True, highlight=False)
        raise click.exceptions.Exit(0) from done
    except RebuildError as error:
        raise click.ClickException(str(error)) from error
    except PyMongoError as error:
        raise click.ClickException(
            f"The database failed: {error}. Run the command again to continue where it stopped."
        ) from error
