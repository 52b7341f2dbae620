"""The folders of team reports in Gold, outside the folders of tables: reports/dt=<day>/report.html."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from .storage import Lake

ZONE = "gold"
FOLDER = "reports"
NAME = "report.html"
# The age in days after which maintenance deletes a report.
KEEP = timedelta(days=30)
_LOCATION = re.compile(FOLDER + r"/dt=(\d{4}-\d{2}-\d{2})")


def location_of(day: date) -> str:
    """The folder of the report that is written on this day (UTC)."""
    return f"{FOLDER}/dt={day}"


def report_days(lake: Lake) -> list[date]:
    """The days with a report in Gold, the oldest first."""
    return sorted(_days(lake))


def remove_reports(lake: Lake, before: date | None = None) -> int:
    """Permanently delete all reports, or the reports of days before `before`; returns their number."""
    removed = [day for day in report_days(lake) if before is None or day < before]
    for day in removed:
        lake.remove(ZONE, location_of(day))
    return len(removed)


def remove_old_reports(lake: Lake, now: datetime) -> int:
    """Delete the reports that are older than 30 days; returns their number."""
    return remove_reports(lake, (now - KEEP).date())


def _days(lake: Lake) -> Iterator[date]:
    for file in lake.list(ZONE, FOLDER):
        match = _LOCATION.fullmatch(file.location)
        if match and file.name == NAME:
            yield date.fromisoformat(match[1])
