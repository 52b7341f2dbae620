"""The command `status`: one line per hour."""

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime

from rich.table import Table
from rich.text import Text

from ..core.hours import Hour
from ..core.settings import ZONES, Settings
from ..hourly.extract import open_changes
from ..hourly.status import HourStatus, State, known_hours, status
from ..lake.catalog import Catalog
from ..lake.schema import DAILY_OF, TABLES
from ..lake.stores import open_catalog
from .query import console

_COLOURS = {State.PUBLISHED: "green", State.PROVISIONAL: "yellow", State.MISSING: "red"}


def show(chosen: list[Hour], settings: Settings, now: datetime) -> int:
    """Print the state of the chosen hours, or of all since the first change and all published ones."""
    catalog = open_catalog(settings)
    with open_changes(settings) as changes:
        hours = chosen or known_hours(changes, catalog, now)
    _print(status(hours, catalog), _compacted_days(catalog))
    return 0


def _compacted_days(catalog: Catalog) -> set[str]:
    tables = [table.physical for table in DAILY_OF.values()]
    found = Counter(each.dt for each in catalog.snapshot(tables))
    return {dt for dt, count in found.items() if count == len(tables)}


def _print(hours: Iterable[HourStatus], compacted: Collection[str]) -> None:
    """Print one line per hour: state, changes, rejects, rows per zone, time of reading, compacted or not."""
    zones = (f"{zone} rows" for zone in ZONES)
    table = Table("hour (UTC)", "state", "changes", "rejects", *zones, "as of", "day")
    for each in hours:
        row: list[str | Text] = [str(each.hour), Text(each.state, _COLOURS[each.state])]
        if each.as_of:
            row += [str(each.source_count), str(each.rejects)]
            row += [str(_rows_in(zone, each)) for zone in ZONES]
            row += [f"{each.as_of:%Y-%m-%d %H:%M:%S}", "compacted" if each.hour.dt in compacted else ""]
        table.add_row(*row)
    console().print(table)


def _rows_in(zone: str, hour: HourStatus) -> int:
    return sum(hour.rows[table.physical] for table in TABLES if table.zone == zone)
