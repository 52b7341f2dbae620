"""`query` on the command line: tables for people, JSON and CSV for programs."""

import csv
import json
import math
import sys
from datetime import date, datetime, timedelta

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
    json.dump(_plain(rows), sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")


def _print_csv(result: Answer) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(result.columns)
    writer.writerows([_in_one_cell(_plain(value)) for value in row] for row in result.rows)


def _in_one_cell(value: object) -> object:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value


def _plain(value: object) -> object:
    """What JSON and CSV can hold.

    Dates are ISO text, timestamps end with Z or the offset of their zone, decimals are text with all their
    digits, bytes hexadecimal, intervals like 1 02:03:04.000, and numbers that JSON lacks like NaN.
    """
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {str(_plain(key)): _plain(each) for key, each in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if value is None or isinstance(value, str | int | float):
        return value
    return _text(value)


def _text(value: object) -> str:
    if isinstance(value, datetime):
        precision = "microseconds" if value.microsecond % 1000 else "milliseconds"
        return value.isoformat(timespec=precision) + ("" if value.tzinfo else "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex(" ")
    if isinstance(value, timedelta):
        sign, length = ("-", -value) if value < timedelta(0) else ("", value)
        minutes, seconds = divmod(length.seconds, 60)
        clock = f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}.{length.microseconds // 1000:03}"
        return f"{sign}{length.days} {clock}"
    return str(value)


_PRINTERS = {"table": _print_table, "json": _print_json, "csv": _print_csv}
