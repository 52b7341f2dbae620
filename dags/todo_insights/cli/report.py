"""The command `report`: write the team report to a file, and print its path."""

from datetime import datetime
from pathlib import Path

from rich.console import Console

from ..core.settings import Settings
from ..lake.stores import open_stores
from ..report.period import Period
from ..report.write import report_of


def report(first: str | None, end: str | None, output: Path, settings: Settings, now: datetime) -> int:
    """Write the report of the days from `first` up to `end`, or of the 28 days before today, to a file."""
    period = Period.before(now.date()) if first is None or end is None else Period.parse(first, end)
    html = report_of(period, open_stores(settings), settings.environment, now)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(html, "utf-8")
    Console().print(
        f"{output.resolve().as_uri()} has the report of {period.first} to {period.last}",
        highlight=False,
        soft_wrap=True,
    )
    return 0
