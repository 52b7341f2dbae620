"""Reads the insights that the pipeline wrote, and computes values that depend on the current day."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from webapp.core.clock import MILLISECOND, Clock
from webapp.core.errors import Invalid
from webapp.database.connection import Database, Document
from webapp.insights.days import (
    activity_by_date,
    between,
    idle_day,
    number_of,
    packed_rows,
    tasks_at_start,
    utc_days,
)
from webapp.insights.periods import COUNTS, EVENTS, ages, by_hour, summary, with_total
from webapp.tasks.rules import PRIORITIES, STATUSES

# The id of the document that states which hours the figures of all users cover.
LAKE_ID = "lake"
# The format of documents that this module reads. The module ignores documents of other formats; the first run
# of the pipeline after an upgrade replaces these documents.
FORMAT = 3
COVERAGE = ("as_of", "covers_from", "missing_hours", "provisional_from")

DEFAULT_DAYS = 30
MAX_DAYS = 366
_DAY = timedelta(days=1)
_NO_TASKS = dict.fromkeys(STATUSES, 0)
# The fields for the figures of days, and for those of all time.
_OF_DAYS = dict.fromkeys(
    (*COVERAGE, "format", "computed_at", "revision", "recent", "live_by_month"),
    1,
)
_OF_ALL_TIME = dict.fromkeys(("totals", "recent", "live_by_month"), 0)
# How often the parts of a user are read if a run of the pipeline changes them at the same time.
_ATTEMPTS = 3

Ranges = Sequence[tuple[date, date]]


class InsightsStore:
    """Reads the figures of users from `insights` and `insight_days`, which the pipeline writes."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._insights = database.insights
        self._older_parts = database.insight_days
        self._clock = clock

    def published_until(self) -> datetime | None:
        """Return the end of the period that the figures of all users cover; None before the first run."""
        lake = self._insights.find_one({"_id": LAKE_ID})
        return None if lake is None else lake["as_of"]

    def figures(self, owner_id: str, time_zone: str) -> Document:
        """Return the owner's figures; if no run has computed them yet, return zeros and None as `as_of`."""
        coverage, found = self._read(owner_id, _OF_ALL_TIME)
        if found is None:
            return coverage | _no_figures()
        streaks, newest_day = found["streaks"], self._newest_day(coverage["as_of"], time_zone)
        # A streak that ended yesterday is current, because a completion today would extend it.
        is_current = streaks["newest_until"] is not None and (
            date.fromisoformat(streaks["newest_until"]) >= newest_day - _DAY
        )
        shown = {"current": streaks["newest"] if is_current else 0, "longest": streaks["longest"]}
        # Ages are counted from UTC dates of creation, as in the view backlog_ageing.
        created_on = packed_rows(found["open_by_date"], 3)
        open_tasks = ages(created_on, (coverage["as_of"] - MILLISECOND).astimezone(UTC).date())
        return {**found, **coverage, "streaks": shown, "open_tasks": open_tasks}

    def daily(self, owner_id: str, time_zone: str, first: str | None, last: str | None) -> Document:
        """Return one entry for each local date from `first` to `last`, both included, in order.

        By default `last` is the newest day that the figures cover, and `first` is 29 days earlier.
        Raises Invalid when the range is empty or longer than 366 days.
        """

        def needed(newest_day: date) -> Ranges:
            start, end = _range(first, last, newest_day, MAX_DAYS)
            # The numbers of tasks at the start are known for the first day of its month.
            return [(start.replace(day=1), end)]

        coverage, found, days = self._read_days(owner_id, time_zone, needed, ("days",))
        newest_day = self._newest_day(coverage["as_of"], time_zone)
        start, end = _range(first, last, newest_day, MAX_DAYS)
        live = tasks_at_start(found["live_by_month"] if found else "", days, start)
        newest = max([newest_day.isoformat(), *(name for name, day in days.items() if day["changes"])])
        items = []
        for number in range(start.toordinal(), end.toordinal() + 1):
            shown = date.fromordinal(number).isoformat()
            counts = days.get(shown) or idle_day(shown)
            live.update(counts["changed"])
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

        def needed(newest_day: date) -> Ranges:
            start, end = _range(first, last, newest_day)
            earlier = _earlier(start, end, shift)
            return [(start, end)] if earlier is None else [(start, end), earlier]

        fields = ("days", "hours", "cycles")
        coverage, _, days = self._read_days(owner_id, time_zone, needed, fields)
        (start, end), *earlier = needed(self._newest_day(coverage["as_of"], time_zone))
        chosen = between(days, start, end)
        return {
            **coverage,
            "time_zone": time_zone,
            **_shown(start, end),
            **summary(chosen),
            "by_hour": by_hour(chosen),
            "previous": next((_shown(*each) | summary(between(days, *each)) for each in earlier), None),
        }

    def _read_days(
        self,
        owner_id: str,
        time_zone: str,
        needed: Callable[[date], Ranges],
        fields: Sequence[str],
    ) -> tuple[Document, Document | None, dict[str, Document]]:
        """Return the covered period, the owner's document, and the activity of the needed dates.

        `needed` returns these dates for the newest day that is covered. The activity is computed from these
        fields of the owner's parts.
        """
        for _ in range(_ATTEMPTS):
            coverage, found = self._read(owner_id, _OF_DAYS)
            ranges = needed(self._newest_day(coverage["as_of"], time_zone))
            if found is None:
                return coverage, None, {}
            parts = self._parts(found, ranges, fields)
            # A part with a higher revision was stored after the owner's document was read. If no part has
            # one, all parts belong to the document, because a part is copied before it leaves the document.
            # If the parts change during each attempt, the newest ones are shown.
            if all(part["revision"] <= found["revision"] for part in parts):
                break
        return coverage, found, activity_by_date(parts)

    def _parts(self, found: Document, ranges: Ranges, fields: Sequence[str]) -> list[Document]:
        """Return the parts of the owner for these local dates: those in the document, and all others."""
        owner_id, projection = found["_id"], dict.fromkeys(("revision", *fields), 1)
        parts: dict[str, Document] = {}
        for first, last in utc_days(ranges):
            query = {"user_id": owner_id, "day": {"$gte": int(first), "$lte": int(last)}}
            parts |= {part["_id"]: part for part in self._older_parts.find(query, projection)}
        recent = {f"{owner_id}:{number_of(dt)}": part for dt, part in found["recent"].items()}
        return list((parts | recent).values())

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


def _earlier(start: date, end: date, shift: int | None) -> tuple[date, date] | None:
    """Return the range `shift` days earlier, by default directly before; None before the year 1."""
    days = end.toordinal() - start.toordinal() + 1 if shift is None else shift
    first = start.toordinal() - days
    # datetime.date supports no date before the year 1.
    return None if first < 1 else (date.fromordinal(first), date.fromordinal(end.toordinal() - days))


def _shown(start: date, end: date) -> dict[str, str]:
    return {"first": start.isoformat(), "last": end.isoformat()}


def _range(
    first: str | None, last: str | None, newest_day: date, limit: int | None = None
) -> tuple[date, date]:
    end = newest_day if last is None else date.fromisoformat(last)
    # datetime.date supports no date before the year 1.
    start = date.fromordinal(max(end.toordinal() - DEFAULT_DAYS + 1, 1))
    start = start if first is None else date.fromisoformat(first)
    if start > end:
        raise _refused(f"Must not be after the parameter to ({end.isoformat()}).")
    if limit is not None and end.toordinal() - start.toordinal() >= limit:
        raise _refused(f"Must be at most {limit - 1} days before the parameter to ({end.isoformat()}).")
    return start, end


def _refused(detail: str) -> Invalid:
    place = {"parameter": "from", "detail": detail}
    return Invalid(errors=[place])
