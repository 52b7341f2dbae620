"""What a rebuild says in the end, to somebody who has just lost a database."""

from collections.abc import Iterator
from datetime import datetime

from rich.console import Console
from rich.table import Table

from webapp.core.database import Document
from webapp.rebuild.checksum import Tally
from webapp.rebuild.rebuild import Result
from webapp.rebuild.verification import Line

_SHOWN_DIGITS = 12


def show(result: Result, console: Console) -> None:
    """Print the comparison, and in sentences what is restored and what is not."""
    source = "lake" if result.head else "log"
    table = Table("", source, "database", f"digest in the {source}", "digest in the database", "")
    for line in result.lines:
        table.add_row(line.name, *_cells(line))
    console.print(table)
    for sentence in _sentences(result):
        console.print(sentence, soft_wrap=True, highlight=False)


def _cells(line: Line) -> Iterator[str]:
    yield from (f"{tally.count:,}" for tally in (line.wanted, line.found))
    yield from (_digits(tally) for tally in (line.wanted, line.found))
    yield "[green]same[/]" if line.agrees else "[bold red]DIFFERENT[/]"


def _digits(tally: Tally) -> str:
    return str(tally.summary()["digest"])[:_SHOWN_DIGITS]


def _sentences(result: Result) -> Iterator[str]:
    if not result.agrees:
        yield (
            "[bold red]The database is not what it should be.[/] Make sure that nothing else writes to it "
            "and rebuild it again: from the lake into an empty one."
        )
    if result.head is None:
        yield from _about_log(result)
    else:
        yield from _about_lake(result.head, result.outdated)
    if result.odd:
        yield (
            f"[yellow]{result.odd:,} changes make no sense:[/] somebody wrote them by hand. They are in the "
            "log as they were; where they do not tell what became of a user or task, that is as it was. "
            "silver_rejects tells their ids and why."
        )
    if result.newest is not None:
        yield f"The newest change that is here was made on {_moment(result.newest)}."
    if result.erased:
        yield f"{result.erased:,} users were erased and stay so."
    if result.without_password:
        yield (
            f"{result.without_password:,} users have no password and cannot log in. Set one with "
            "`flask users set-password EMAIL`. All sessions have ended."
        )
    yield "Figures (insights) come back with the next run of the hourly pipeline."


def _about_log(result: Result) -> Iterator[str]:
    if result.oldest is not None:
        yield (
            f"The log goes back to {_moment(result.oldest)}. What last changed before that is not in it; "
            "`flask changes rebuild --from-lake` on an empty database has it."
        )


def _about_lake(head: Document, outdated: int) -> Iterator[str]:
    if head["covers_until"] is None:
        yield "The lake is empty, and so is the database."
        return
    yield (
        f"The database is as it was on {_moment(head['covers_until'])}. Whatever was written later is lost: "
        "new users and tasks, edits, and erasures, which have to be asked for again."
    )
    yield f"The lake begins on {_moment(head['covers_from'])}; what last changed before that is not in it."
    if head["missing_hours"]:
        yield (
            f"[yellow]{head['missing_hours']:,} hours in between were never published: what changed in them "
            "is lost,[/] until a later change of the same thing."
        )
    if head["rejected"]:
        yield (
            f"[yellow]{head['rejected']:,} changes are lost because the pipeline had rejected them;[/] "
            "silver_rejects tells their ids and why."
        )
    if outdated:
        yield (
            f"{outdated:,} changes are older than the log is kept: what they left is here, the history of it "
            "begins later."
        )


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d at %H:%M:%S} UTC"
