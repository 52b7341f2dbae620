"""Prints the result of a rebuild for an operator who has just lost a database."""

from collections.abc import Iterator
from datetime import datetime

from rich.console import Console
from rich.table import Table

from webapp.database.connection import Document
from webapp.rebuild.checksum import Checksum
from webapp.rebuild.rebuild import Comparison, RebuildResult

_SHOWN_DIGITS = 12


def show(result: RebuildResult, console: Console) -> None:
    """Print a table that compares source and database, then sentences about restored and lost data."""
    source = "lake" if result.head else "log"
    table = Table("", source, "database", f"digest in the {source}", "digest in the database", "")
    for comparison in result.comparisons:
        table.add_row(comparison.name, *_cells(comparison))
    console.print(table)
    for sentence in _sentences(result):
        console.print(sentence, soft_wrap=True, highlight=False)


def _cells(comparison: Comparison) -> Iterator[str]:
    both = (comparison.expected, comparison.found)
    yield from (f"{checksum.count:,}" for checksum in both)
    yield from (_digits(checksum) for checksum in both)
    yield "[green]same[/]" if comparison.matches else "[bold red]DIFFERENT[/]"


def _digits(checksum: Checksum) -> str:
    return str(checksum.summary()["digest"])[:_SHOWN_DIGITS]


def _sentences(result: RebuildResult) -> Iterator[str]:
    if not result.matches:
        yield (
            "[bold red]The database differs from its source.[/] Make sure that nothing else writes to it "
            "and rebuild it again. A rebuild from the lake needs an empty database."
        )
    if result.head is None:
        yield from _about_log(result)
    else:
        yield from _about_lake(result.head, result.outdated)
    if result.invalid:
        yield (
            f"[yellow]{result.invalid:,} changes are invalid:[/] they were not written by the API. They are "
            "in the log unchanged; those that do not define the state of a user or task were not applied. "
            "The table silver_rejects has their ids and the reasons."
        )
    if result.newest is not None:
        yield f"The newest restored change was made on {_moment(result.newest)}."
    if result.erased:
        yield f"{result.erased:,} users were erased and remain erased."
    if result.without_password:
        yield (
            f"{result.without_password:,} users have no password and cannot log in. Set one with "
            "`flask users set-password EMAIL`. All sessions have ended."
        )
    yield "The next run of the hourly pipeline restores the insights."


def _about_log(result: RebuildResult) -> Iterator[str]:
    if result.oldest is not None:
        yield (
            f"The log begins on {_moment(result.oldest)}. Users and tasks that last changed before that are "
            "not in it; `flask changes rebuild --from-lake` on an empty database restores them."
        )


def _about_lake(head: Document, outdated: int) -> Iterator[str]:
    if head["covers_until"] is None:
        yield "The lake is empty, and so is the database."
        return
    yield (
        f"The database has the state of {_moment(head['covers_until'])}. All later writes are "
        "lost: new users and tasks, edits, and erasures, which have to be requested again."
    )
    yield (
        f"The lake begins on {_moment(head['covers_from'])}; users and tasks that last changed before that "
        "are not in it."
    )
    if head["missing_hours"]:
        yield (
            f"[yellow]{head['missing_hours']:,} hours in between were never published: the changes of those "
            "hours are lost.[/] A user or task that changed then has an older state until its next change."
        )
    if head["rejected"]:
        yield (
            f"[yellow]{head['rejected']:,} changes are lost because the pipeline had rejected them;[/] "
            "the table silver_rejects has their ids and the reasons."
        )
    if outdated:
        yield (
            f"{outdated:,} changes are older than the retention of the log: users and tasks are restored, "
            "but their history begins later."
        )


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d at %H:%M:%S} UTC"
