"""Write a report: return it as HTML text, or store it in Gold."""

from datetime import datetime

from ..catalog.stores import Stores
from ..lake.reports import NAME, ZONE, location_of
from .figures import read_figures
from .page import render
from .period import Period


def report_of(period: Period, stores: Stores, environment: str, now: datetime) -> str:
    """Run the queries for a period, and return the report as HTML."""
    return render(period, read_figures(period, stores, now), environment, now)


def write_daily_report(stores: Stores, environment: str, now: datetime) -> str:
    """Write the report of the 28 days before today to Gold; returns the address of the file.

    A report that was written earlier on the same day is replaced.
    """
    html = report_of(Period.before(now.date()), stores, environment, now)
    location = location_of(now.date())
    stores.lake.write(ZONE, location, NAME, html.encode())
    return f"{stores.lake.uri('gold', location)}/{NAME}"
