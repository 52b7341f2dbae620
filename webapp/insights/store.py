"""Reads the insights that the pipeline wrote, and computes values that depend on the current day."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from webapp.core.clock import MILLISECOND, Clock
from webapp.core.errors import Invalid
from webapp.database.connection import Database, Document
from webapp.insights.periods import COUNTS, EVENTS, ages, by_hour, summary, with_total
from webapp.tasks.rules import PRIORITIES, STATUSES

# The id of the document that states which hours the figures of all users cover.
LAKE_ID = "lake"
# The format of documents that this module reads. The module ignores documents of other formats; the first run
# of the pipeline after an upgrade replaces these documents.
FORMAT = 2
COVERAGE = ("as_of", "covers_from", "missing_hours", "provisional_from")

DEFAULT_DAYS = 30
MAX_DAYS = 366
_DAY = timedelta(days=1)
_NO_TASKS = dict.fromkeys(STATUSES, 0)
_WITH_DAYS = {"days": 1, "format": 1, "computed_at": 1, **dict.fromkeys(COVERAGE, 1)}


class InsightsStore:
    """Reads the figures of users from `insights`, which the pipeline writes."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._insights = database.insights
        self._clock = clock

    def published_until(self) -> datetime | None:
        """Return the end of the period that the figures of all users cover; None before the first run."""
        lake = self._insights.find_one({"_id": LAKE_ID})
        return None if lake is None else lake["as_of"]

    def figures(self, owner_id: str, time_zone: str) -> Document:
        """Return the owner's figures; if no run has computed them yet, return zeros and None as `as_of`."""
        coverage, found = self._read(owner_id, {"days": 0, "parts": 0})
        if found is None:
            return coverage | _no_figures()
        streaks, newest_day = found["streaks"], self._newest_day(coverage["as_of"], time_zone)
        # A streak that ended yesterday is current, because a completion today would extend it.
        is_current = streaks["newest_until"] is not None and (
            date.fromisoformat(streaks["newest_until"]) >= newest_day - _DAY
        )
        shown = {"current": streaks["newest"] if is_current else 0, "longest": streaks["longest"]}
        # Ages are counted from UTC dates of creation, as in the view backlog_ageing.
        open_tasks = ages(found["open_by_date"], (coverage["as_of"] - MILLISECOND).astimezone(UTC).date())
        return {**found, **coverage, "streaks": shown, "open_tasks": open_tasks}

    def daily(self, owner_id: str, time_zone: str, first: str | None, last: str | None) -> Document:
        """Return one entry for each local date from `first` to `last`, both included, in order.

        By default `last` is the newest day that the figures cover, and `first` is 29 days earlier.
        Raises Invalid when the range is empty or longer than 366 days.
        """
        coverage, days = self._read_days(owner_id)
        newest_day = self._newest_day(coverage["as_of"], time_zone)
        start, end = _range(first, last, newest_day)
        if end.toordinal() - start.toordinal() >= MAX_DAYS:
            raise _refused(
                f"Must be at most {MAX_DAYS - 1} days before the parameter to ({end.isoformat()})."
            )
        active = {day["date"]: day for day in days}
        earlier = [day["tasks"] for day in days if day["date"] < start.isoformat()]
        live, newest = earlier[-1] if earlier else _NO_TASKS, max([newest_day.isoformat(), *active])
        items = []
        for number in range(start.toordinal(), end.toordinal() + 1):
            shown = date.fromordinal(number).isoformat()
            counts = active.get(shown, dict.fromkeys(COUNTS, 0))
            live = counts.get("tasks", live)
            # The numbers of tasks on future days are unknown.
            tasks = with_total(live) if shown <= newest else None
            items.append({"date": shown, **{name: counts[name] for name in COUNTS}, "tasks": tasks})
        return {**coverage, "time_zone": time_zone, "items": items}

    def period(
        self, owner_id: str, time_zone: str, first: str | None, last: str | None, shift: int | None
    ) -> Document:
        """Return the figures of the local dates from `first` to `last`, and of a range `shift` days earlier.

        By default the range is the same as in `daily`, and `shift` is its length. The range may have any
        length. Raises Invalid when the range is empty.
        """
        coverage, days = self._read_days(owner_id)
        start, end = _range(first, last, self._newest_day(coverage["as_of"], time_zone))
        chosen, length = _between(days, start, end), end.toordinal() - start.toordinal() + 1
        return {
            **coverage,
            "time_zone": time_zone,
            "first": start.isoformat(),
            "last": end.isoformat(),
            **summary(chosen),
            "by_hour": by_hour(chosen),
            "previous": _previous(days, start, end, length if shift is None else shift),
        }

    def _read_days(self, owner_id: str) -> tuple[Document, list[Document]]:
        """Return the covered period of the owner's figures, and the figures by day."""
        coverage, found = self._read(owner_id, _WITH_DAYS)
        return coverage, [] if found is None else found["days"]

    def _read(self, owner_id: str, projection: Mapping[str, int]) -> tuple[Document, Document | None]:
        """Return the covered period of the owner's figures, and the owner's document.

        The pipeline writes the documents of users first, and then the document of the lake, which states the
        covered period. This method reads in the opposite order, so the owner's document covers at least the
        stated period.
        """
        lake = self._insights.find_one({"_id": LAKE_ID})
        found = self._insights.find_one({"_id": owner_id}, projection)
        if found is None or found.get("format") != FORMAT:
            return {"source": "none", **dict.fromkeys(COVERAGE), "missing_hours": 0}, None
        newest = found
        if lake is not None and lake.get("format") == FORMAT and lake["computed_at"] >= found["computed_at"]:
            newest = lake
        return {"source": "lake", **{name: newest[name] for name in COVERAGE}}, found

    def _newest_day(self, as_of: datetime | None, time_zone: str) -> date:
        """Return the local date of the end of the covered period, or today when no hour is covered."""
        last_moment = self._clock() if as_of is None else as_of - MILLISECOND
        return last_moment.astimezone(ZoneInfo(time_zone)).date()


def _no_figures() -> dict[str, Any]:
    none = with_total(_NO_TASKS)
    return {
        "tasks": none,
        "activity": dict.fromkeys(EVENTS, 0),
        "completion_rate": None,
        "on_time_rate": None,
        "median_cycle_hours": None,
        "streaks": {"current": 0, "longest": 0},
        "by_category": [],
        "by_priority": [{"priority": priority, **none} for priority in PRIORITIES],
        "open_tasks": ages((), date.min),
    }


def _previous(days: list[Document], start: date, end: date, shift: int) -> Document | None:
    first = start.toordinal() - shift
    # datetime.date supports no date before the year 1.
    if first < 1:
        return None
    earlier = date.fromordinal(first), date.fromordinal(end.toordinal() - shift)
    shown = {"first": earlier[0].isoformat(), "last": earlier[1].isoformat()}
    return shown | summary(_between(days, *earlier))


def _between(days: list[Document], start: date, end: date) -> list[Document]:
    return [day for day in days if start.isoformat() <= day["date"] <= end.isoformat()]


def _range(first: str | None, last: str | None, newest_day: date) -> tuple[date, date]:
    end = newest_day if last is None else date.fromisoformat(last)
    # datetime.date supports no date before the year 1.
    start = date.fromordinal(max(end.toordinal() - DEFAULT_DAYS + 1, 1))
    start = start if first is None else date.fromisoformat(first)
    if start > end:
        raise _refused(f"Must not be after the parameter to ({end.isoformat()}).")
    return start, end


def _refused(detail: str) -> Invalid:
    place = {"parameter": "from", "detail": detail}
    return Invalid(errors=[place])
