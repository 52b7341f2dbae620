"""The result of a query for people: a table that fits the terminal, or one block per row."""

import os
import sys
from collections.abc import Iterator, Sequence
from itertools import islice

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.table import Column, Table
from rich.text import Text

from ..sql.query import Answer
from ..sql.translation.core.types import NUMBERS, Type
from .query_formats import athena_text

# The maximum number of rows in a table; the console of Athena has the same limit.
MOST_ROWS = 1000
# A number is rounded to the first number of digits after the decimal point. If the result would be 0, the
# number is rounded to the second number of significant digits instead.
_DECIMALS, _SMALL_DIGITS = 4, 3
# Doubles of at least this value are shown without digits after the decimal point.
_LARGE = 1e15
_NULL = "dim"
_DOUBLES = ("double", "real")
# The maximum length, in characters, of the line above a block.
_RULE = 60
# The minimum width of a text column, in characters. If a table needs narrower columns, each row is printed as
# a block.
_NARROWEST = 30
# Rich draws a border and two spaces for each column.
_BORDER, _PADDING = 1, 3


def print_table(result: Answer) -> None:
    """Print the rows to stdout; on a terminal, a long result is shown in a pager ($PAGER, or less)."""
    # Without a terminal, a table is as wide as its values and no pager is used, because a program reads the
    # output.
    terminal = sys.stdout.isatty()
    cells = [
        [_shown(value, kind) for value, kind in zip(row, result.types, strict=True)]
        for row in result.rows[:MOST_ROWS]
    ]
    aligned = _aligned(result, cells)
    widths = [_width(name, [row[index] for row in aligned]) for index, name in enumerate(result.columns)]
    needed = sum(widths) + _PADDING * len(widths) + _BORDER
    console = Console(width=None if terminal else max(needed, 1))
    if len(widths) == len(cells) == 1 and "\n" in cells[0][0].plain:
        # A single text of several lines, such as the answer of SHOW CREATE VIEW, is printed as it is, for
        # copying.
        shown: list[RenderableType] = [cells[0][0]]
    elif columns := _columns(result, widths, console.width):
        shown = [_table(columns, aligned)]
    else:
        shown = list(_blocks(result.columns, cells, console.width))
    if terminal and (len(cells) >= console.height or _lines(console, shown) >= console.height):
        os.environ.setdefault("LESS", "-FRX")
        with console.pager(styles=True):
            _print(console, shown)
    else:
        _print(console, shown)
    if terminal or len(result.rows) > MOST_ROWS:
        Console(stderr=True).print(_summary(len(result.rows)), style="dim", highlight=False)


def _summary(count: int) -> str:
    if count > MOST_ROWS:
        return f"{MOST_ROWS} of {count} rows are shown; FORMAT=csv and FORMAT=json have all"
    return f"{count} row" + ("" if count == 1 else "s")


def _print(console: Console, shown: Sequence[RenderableType]) -> None:
    for each in shown:
        console.print(each, highlight=False, soft_wrap=isinstance(each, Text))


def _lines(console: Console, shown: Sequence[RenderableType]) -> int:
    return sum(len(console.render_lines(each)) for each in islice(shown, console.height))


def _columns(result: Answer, widths: list[int], available: int) -> list[Column] | None:
    """The columns of a table, which may wrap long texts; None if the table does not fit the terminal."""
    columns = [
        Column(
            Text(name, justify="right" if kind.name in NUMBERS else "left"),
            # Rich removes the spaces after a right-aligned text. Therefore doubles are left-aligned: spaces
            # before and after the digits already align their decimal points.
            justify="right" if kind.name in NUMBERS and kind.name not in _DOUBLES else "left",
            min_width=min(width, max(_NARROWEST, cell_len(name))) if kind.name == "varchar" else width,
            overflow="fold",
        )
        for name, width, kind in zip(result.columns, widths, result.types, strict=True)
    ]
    least = sum(each.min_width or 0 for each in columns) + _PADDING * len(columns) + _BORDER
    return columns if least <= available else None


def _table(columns: list[Column], cells: list[list[Text]]) -> Table:
    table = Table(*columns)
    for row in cells:
        table.add_row(*row)
    return table


def _blocks(names: list[str], cells: list[list[Text]], available: int) -> Iterator[RenderableType]:
    """One block of text per row of the result, with a line for each column."""
    width = min(max(map(cell_len, names)), available // 2)
    for number, row in enumerate(cells, 1):
        yield Text(f"─── row {number} ".ljust(min(available, _RULE), "─"), style="dim")
        block = Table.grid(Column(width=width, overflow="fold"), Column(overflow="fold"), padding=(0, 2))
        for name, cell in zip(names, row, strict=True):
            block.add_row(Text(name, style="bold"), cell)
        yield block


def _width(name: str, column: list[Text]) -> int:
    """The width in characters that a column needs without wrapping any of its values."""
    return max(
        cell_len(line) for text in (name, *(each.plain for each in column)) for line in text.split("\n")
    )


def _shown(value: object, kind: Type) -> Text:
    """Return a value as text for people: numbers are rounded, and NULL is the word NULL."""
    if value is None:
        return Text("NULL", style=_NULL)
    if isinstance(value, float):
        return Text(_rounded(value, kind))
    text = athena_text(value, kind)
    if kind.name in ("timestamp", "timestamp with time zone"):
        text = text.replace(".000", "", 1)
    return Text("".join(each if each.isprintable() or each == "\n" else repr(each)[1:-1] for each in text))


def _rounded(value: float, kind: Type) -> str:
    """Round to four digits after the decimal point, or to three significant digits for tiny numbers."""
    if not abs(value) < _LARGE:
        return athena_text(value, kind)
    if value.is_integer():
        return str(int(value))
    fixed = f"{value:.{_DECIMALS}f}".rstrip("0").rstrip(".")
    return f"{value:.{_SMALL_DIGITS}g}" if fixed in ("0", "-0") else fixed


def _aligned(result: Answer, cells: list[list[Text]]) -> list[list[Text]]:
    """Add spaces to the doubles of each column, so that their decimal points are aligned."""
    rows = [[each.copy() for each in row] for row in cells]
    for index, (name, kind) in enumerate(zip(result.columns, result.types, strict=True)):
        if kind.name not in _DOUBLES:
            continue
        column = [row[index] for row in rows]
        fractions = [len(each.plain) - f"{each.plain}.".index(".") for each in column]
        for cell, length in zip(column, fractions, strict=True):
            if cell.style != _NULL:
                cell.append(" " * (max(fractions) - length))
        width = max([cell_len(name), *(len(each.plain) for each in column)])
        for cell in column:
            cell.pad_left(width - len(cell.plain))
    return rows
