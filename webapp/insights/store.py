"""Insights: reads what the pipeline wrote back, and fills in what depends on the day it is read for."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from webapp.core.clock import MILLISECOND, Clock
from webapp.core.database import Database, Document
from webapp.core.errors import Invalid
from webapp.tasks.rules import PRIORITIES, STATUSES

# The pipeline keeps what all figures cover under this id, beside the users' documents.
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
        """Return the owner's figures; zeros without `as_of` when no run has covered the owner yet."""
        coverage, found = self._read(owner_id, {"days": 0})
        if found is None:
            return coverage | _no_figures()
        streaks, newest_day = found["streaks"], self._newest_day(coverage["as_of"], time_zone)
        # Today is not over: a run that reached yesterday can still go on.
        runs_on = streaks["newest_until"] is not None and (
            date.fromisoformat(streaks["newest_until"]) >= newest_day - _DAY
        )
        shown = {"current": streaks["newest"] if runs_on else 0, "longest": streaks["longest"]}
        return {**found, **coverage, "streaks": shown}

    def daily(self, owner_id: str, time_zone: str, first: str | None, last: str | None) -> Document:
        """Return one entry for each local date from `first` to `last`, both included, in order.

        By default `last` is the newest day the figures reach, and `first` lies so that there are 30 days.
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
        """What the owner's document covers, and the document.

        A run writes the users first and the lake's document last. So this is read first: whatever it says is
        covered is then in the owner's document, unless that is newer still.
        """
        lake = self._insights.find_one({"_id": LAKE_ID})
        found = self._insights.find_one({"_id": owner_id}, projection)
        if found is None:
            return {"source": "none", "as_of": None, "covers_from": None, "missing_hours": 0}, None
        newest = found if lake is None or lake["computed_at"] < found["computed_at"] else lake
        return {"source": "lake", **{name: newest[name] for name in COVERAGE}}, found

    def _newest_day(self, as_of: datetime | None, time_zone: str) -> date:
        """The local date of the last moment that is covered; today when nothing is."""
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
    # The calendar begins with the year 1.
    start = date.fromordinal(max(end.toordinal() - DEFAULT_DAYS + 1, 1))
    start = start if first is None else date.fromisoformat(first)
    length = end.toordinal() - start.toordinal() + 1
    if length < 1:
        raise _refused(f"Must not lie after to, which is {end.isoformat()} here.")
    if length > MAX_DAYS:
        raise _refused(f"Must lie at most {MAX_DAYS - 1} days before to, which is {end.isoformat()} here.")
    return [(start + number * _DAY).isoformat() for number in range(length)]


def _refused(detail: str) -> Invalid:
    place = {"parameter": "from", "detail": detail}
    return Invalid("The request breaks the rules listed under errors.", [place])
