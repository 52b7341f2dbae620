"""`status` on the command line: one line per hour."""

from collections.abc import Iterable
from datetime import datetime

from rich.table import Table
from rich.text import Text

from ..hourly.extract import open_changes
from ..hourly.status import HourStatus, State, all_hours, status
from ..hours import Hour
from ..lake.schema import TABLES
from ..lake.stores import open_catalog
from ..settings import ZONES, Settings
from .query import console

_COLOURS = {State.PUBLISHED: "green", State.PROVISIONAL: "yellow", State.MISSING: "red"}


def show(chosen: list[Hour], settings: Settings, now: datetime) -> int:
    """Print the state of the chosen hours, or of all since the first change."""
    with open_changes(settings) as changes:
        hours = chosen or all_hours(changes, now)
    _print(status(hours, open_catalog(settings)))
    return 0


def _print(hours: Iterable[HourStatus]) -> None:
    """Print one line per hour: state, changes read, rejects, rows per zone, and as of when."""
    table = Table("hour (UTC)", "state", "changes", "rejects", *(f"{zone} rows" for zone in ZONES), "as of")
    for each in hours:
        row: list[str | Text] = [str(each.hour), Text(each.state, _COLOURS[each.state])]
        if each.as_of:
            row += [str(each.source_count), str(each.rejects)]
            row += [str(_rows_in(zone, each)) for zone in ZONES]
            row += [f"{each.as_of:%Y-%m-%d %H:%M:%S}"]
        table.add_row(*row)
    console().print(table)


def _rows_in(zone: str, hour: HourStatus) -> int:
    return sum(hour.rows[table.physical] for table in TABLES if table.zone == zone)
