"""`query` on the command line: tables for people, JSON and CSV for programs."""

import csv
import json
import sys
from datetime import date, datetime

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from ..core.errors import QueryError
from ..core.settings import Settings
from ..lake.stores import open_stores
from ..sql.query import Answer, query

# In a pipe there is no width to fit, and a cut value would be a wrong one.
WIDTH_IN_A_PIPE = 400


def answer(sql: str, form: str, settings: Settings) -> int:
    """Print the result of a SELECT as `table`, `json` (one object per row) or `csv`."""
    result = query(sql, open_stores(settings))
    _PRINTERS[form](result)
    return 0


def console() -> Console:
    """Where tables go: as wide as the terminal, or as wide as they are."""
    return Console(width=None if sys.stdout.isatty() else WIDTH_IN_A_PIPE)


def _print_table(result: Answer) -> None:
    table = Table(*map(escape, result.columns))
    for row in result.rows:
        table.add_row(*(Text("" if value is None else str(value)) for value in row))
    console().print(table)


def _print_json(result: Answer) -> None:
    if len(set(result.columns)) < len(result.columns):
        raise QueryError("two columns have the same name, which a JSON object cannot hold; name them with AS")
    rows = [dict(zip(result.columns, row, strict=True)) for row in result.rows]
    json.dump(rows, sys.stdout, indent=2, ensure_ascii=False, default=_plain)
    sys.stdout.write("\n")


def _print_csv(result: Answer) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(result.columns)
    writer.writerows([_plain(value) for value in row] for row in result.rows)


def _plain(value: object) -> object:
    """What JSON and CSV can hold: dates as ISO text, timestamps in UTC with a Z, decimals as text."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds") + "Z"
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, str | int | float) else str(value)


_PRINTERS = {"table": _print_table, "json": _print_json, "csv": _print_csv}
