"""Reads the insights that the pipeline wrote, and adds the values that depend on the current day."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from webapp.core.clock import MILLISECOND, Clock
from webapp.core.database import Database, Document
from webapp.core.errors import Invalid
from webapp.tasks.rules import PRIORITIES, STATUSES

# The document with this id states which hours the figures of all users cover.
LAKE_ID = "lake"
EVENTS = ("changes", "created", "completed", "reopened", "deleted")
COVERAGE = ("as_of", "covers_from", "missing_hours")

DEFAULT_DAYS = 30
MAX_DAYS = 366
_DAY = timedelta(days=1)


class InsightsStore:
    """Reads insights; the pipeline writes them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._insights = database.insights
        self._clock = clock

    def figures(self, owner_id: str, time_zone: str) -> Document:
        """Return the owner's figures; zeros without `as_of` before the first run that includes the owner."""
        coverage, found = self._read(owner_id, {"days": 0, "parts": 0})
        if found is None:
            return coverage | _no_figures()
        streaks, newest_day = found["streaks"], self._newest_day(coverage["as_of"], time_zone)
        # Today is not over, so a run that includes yesterday may continue.
        is_current = streaks["newest_until"] is not None and (
            date.fromisoformat(streaks["newest_until"]) >= newest_day - _DAY
        )
        shown = {"current": streaks["newest"] if is_current else 0, "longest": streaks["longest"]}
        return {**found, **coverage, "streaks": shown}

    def daily(self, owner_id: str, time_zone: str, first: str | None, last: str | None) -> Document:
        """Return one entry for each local date from `first` to `last`, both included, in order.

        By default `last` is the newest day the figures reach, and `first` is 29 days earlier.
        Raises Invalid when the range is empty or longer than 366 days.
        """
        coverage, found = self._read(owner_id, {"days": 1, **dict.fromkeys((*COVERAGE, "computed_at"), 1)})
        newest_day = self._newest_day(coverage["as_of"], time_zone)
        days = _days_between(first, last, newest_day)
        active = {day["date"]: day for day in (found or {"days": ()})["days"]}
        nothing = dict.fromkeys(EVENTS, 0)
        items = [active.get(day, {"date": day, **nothing}) for day in days]
        return {**coverage, "time_zone": time_zone, "items": items}

    def _read(self, owner_id: str, projection: Mapping[str, int]) -> tuple[Document, Document | None]:
        """Return the coverage of the owner's document, and the document.

        The pipeline writes the documents of users first and the document of the lake last. This method reads
        the lake's document first, so the owner's document covers at least the same hours.
        """
        lake = self._insights.find_one({"_id": LAKE_ID})
        found = self._insights.find_one({"_id": owner_id}, projection)
        if found is None:
            return {"source": "none", "as_of": None, "covers_from": None, "missing_hours": 0}, None
        newest = found if lake is None or lake["computed_at"] < found["computed_at"] else lake
        return {"source": "lake", **{name: newest[name] for name in COVERAGE}}, found

    def _newest_day(self, as_of: datetime | None, time_zone: str) -> date:
        """Return the local date of the end of the covered period; today when nothing is covered."""
        last_moment = self._clock() if as_of is None else as_of - MILLISECOND
        return last_moment.astimezone(ZoneInfo(time_zone)).date()


def _no_figures() -> dict[str, Any]:
    none = dict.fromkeys((*STATUSES, "total"), 0)
    return {
        "tasks": none,
        "activity": dict.fromkeys(EVENTS, 0),
        "completion_rate": None,
        "on_time_rate": None,
        "median_cycle_hours": None,
        "streaks": {"current": 0, "longest": 0},
        "by_category": [],
        "by_priority": [{"priority": priority, **none} for priority in PRIORITIES],
    }


def _days_between(first: str | None, last: str | None, newest_day: date) -> list[str]:
    end = newest_day if last is None else date.fromisoformat(last)
    # datetime.date begins with the year 1.
    start = date.fromordinal(max(end.toordinal() - DEFAULT_DAYS + 1, 1))
    start = start if first is None else date.fromisoformat(first)
    length = end.toordinal() - start.toordinal() + 1
    if length < 1:
        raise _refused(f"Must not be after to, which is {end.isoformat()} here.")
    if length > MAX_DAYS:
        raise _refused(f"Must be at most {MAX_DAYS - 1} days before to, which is {end.isoformat()} here.")
    return [(start + number * _DAY).isoformat() for number in range(length)]


def _refused(detail: str) -> Invalid:
    place = {"parameter": "from", "detail": detail}
    return Invalid(errors=[place])
