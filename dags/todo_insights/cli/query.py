"""The command `query`: print the result as a table for people, or as JSON or CSV for programs."""

import sys

from rich.console import Console

from ..catalog.stores import open_stores
from ..core.settings import Settings
from ..sql.query import query
from .query_formats import write_csv, write_json
from .query_table import print_table

# The width of a table in a pipe, in characters: wide enough for complete values, because a program could not
# notice that a value is cut.
WIDTH_IN_A_PIPE = 400


def answer(sql: str, form: str, settings: Settings) -> int:
    """Print the result of a statement as `table`, `json` (one object per row) or `csv` (like Athena)."""
    result = query(sql, open_stores(settings))
    if form == "json":
        write_json(result, sys.stdout)
    elif form == "csv":
        write_csv(result, sys.stdout)
    else:
        print_table(result)
    return 0


def console() -> Console:
    """The console for tables: as wide as the terminal, or 400 characters wide in a pipe."""
    return Console(width=None if sys.stdout.isatty() else WIDTH_IN_A_PIPE)
