"""The command `status`: print one line per hour."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from rich.table import Table
from rich.text import Text

from ..catalog.base import Catalog
from ..catalog.stores import open_catalog
from ..core.hours import Hour
from ..core.settings import ZONES, Settings
from ..hourly.extract import open_changes
from ..hourly.status import HourStatus, State, known_hours, shown_state, status
from ..lake.schema import DAILY_OF, TABLES
from .query import WIDTH_IN_A_PIPE, console

_COLOURS: Mapping[str, str] = {State.PUBLISHED: "green", State.PROVISIONAL: "yellow", State.MISSING: "red"}


def show(chosen: list[Hour], settings: Settings, now: datetime) -> int:
    """Print the state of the chosen hours, or of all hours since the first change and all published hours."""
    catalog = open_catalog(settings)
    with open_changes(settings) as changes:
        hours = chosen or known_hours(changes, catalog, now)
    _print(status(hours, catalog), _compacted_days(catalog), now)
    return 0


def _compacted_days(catalog: Catalog) -> set[str]:
    tables = [table.physical for table in DAILY_OF.values()]
    found = Counter(each.dt for each in catalog.snapshot(tables))
    return {dt for dt, count in found.items() if count == len(tables)}


def _print(hours: Sequence[HourStatus], compacted: Collection[str], now: datetime) -> None:
    """Print one line per hour; on a narrow terminal, print only the columns that fit into 80 characters."""
    target, table = console(), _table(hours, compacted, now)
    if target.measure(table, options=target.options.update_width(WIDTH_IN_A_PIPE)).maximum > target.width:
        table = _table(hours, compacted, now, is_narrow=True)
    target.print(table)


def _table(
    hours: Iterable[HourStatus], compacted: Collection[str], now: datetime, is_narrow: bool = False
) -> Table:
    """The table of hours; a narrow table has no columns for the time of reading and for the compaction."""
    table = Table(caption='"make status | cat" also shows "as of" and "day"' if is_narrow else None)
    for header in ("hour (UTC)", "state"):
        table.add_column(header, no_wrap=True)
    for header in ("changes", "rejects", *(f"{zone} rows" for zone in ZONES)):
        table.add_column(header, overflow="fold")
    for header in () if is_narrow else ("as of", "day"):
        table.add_column(header)
    for each in hours:
        row: list[str | Text] = [
            str(each.hour),
            Text(state := shown_state(each, now), _COLOURS.get(state, "")),
        ]
        if each.as_of:
            row += [str(each.source_count), str(each.rejects)]
            row += [str(_rows_in(zone, each)) for zone in ZONES]
            row += [f"{each.as_of:%Y-%m-%d %H:%M:%S}", "compacted" if each.hour.dt in compacted else ""]
        table.add_row(*row[: len(table.columns)])
    return table


def _rows_in(zone: str, hour: HourStatus) -> int:
    return sum(hour.rows[table.physical] for table in TABLES if table.zone == zone)
