"""The command `changes`: export the log from the lake, in the BSON format of mongodump."""

import sys
from collections.abc import Iterable
from typing import Any, BinaryIO

import bson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ..catalog.export import export
from ..catalog.stores import open_stores
from ..core.errors import SettingsError
from ..core.hours import Hour
from ..core.settings import Settings
from ..core.text import counted


def write(after: Hour | None, settings: Settings) -> int:
    """Write the changes of all published hours, or of the hours after `after`, to standard output as BSON.

    Raises SettingsError when standard output is a terminal.
    """
    if sys.stdout.isatty():
        raise SettingsError(
            "the output is BSON, not text; redirect it to a file, "
            "or pipe it into `flask changes rebuild --from-file -`"
        )
    _write(export(open_stores(settings), after), sys.stdout.buffer)
    return 0


def _write(documents: Iterable[dict[str, Any]], out: BinaryIO) -> None:
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        bar = progress.add_task("hours", total=None)
        hours = changes = 0
        for document in documents:
            out.write(bson.encode(document))
            if "format" in document:
                progress.update(bar, total=document["hours"])
            elif "hour" in document:
                hours += 1
                progress.update(bar, description=document["hour"], advance=1)
            else:
                changes += 1
        out.flush()
    console.print(f"{counted(hours, 'hour')}, {counted(changes, 'change')}", highlight=False)
