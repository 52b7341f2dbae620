"""The command `report`: write the team report to a file, and print its path."""

from datetime import datetime
from pathlib import Path

from rich.console import Console

from ..catalog.stores import open_stores
from ..core.errors import StorageError
from ..core.settings import Settings
from ..report.period import Period
from ..report.write import report_of, write_daily_report


def report(first: str | None, end: str | None, output: Path | None, settings: Settings, now: datetime) -> int:
    """Write the report of the days from `first` up to `end`, which is not included, to the file `output`.

    If `first`, `end` or `output` is None, the report covers the 28 days before today. If `output` is None,
    the report is written to Gold.
    """
    stores = open_stores(settings)
    is_default = first is None or end is None or output is None
    period = Period.before(now.date()) if is_default else Period.parse(str(first), str(end), now.date())
    if output is None:
        address = write_daily_report(stores, settings.environment, now)
    else:
        page = report_of(period, stores, settings.environment, now)
        try:
            output.parent.mkdir(parents=True, exist_ok=True)
            output.write_text(page, "utf-8")
        except OSError as error:
            raise StorageError(f"cannot write {output}: {error.strerror}; choose another OUTPUT") from error
        address = output.resolve().as_uri()
    Console().print(
        f"{address} has the report of {period.first} to {period.last}", highlight=False, soft_wrap=True
    )
    return 0
