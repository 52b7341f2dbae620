"""Builds documents of insights in the form that the pipeline writes (tests/contracts checks the form)."""

from datetime import UTC, datetime, timedelta
from typing import Any

FIGURES = "/api/v1/insights/me"
DAYS = f"{FIGURES}/daily"
PERIOD = f"{FIGURES}/period"
AS_OF = datetime(2026, 11, 20, 9, tzinfo=UTC)
COVERAGE = {
    "revision": 1,
    "computed_at": AS_OF + timedelta(minutes=5),
    "as_of": AS_OF,
    "covers_from": datetime(2026, 11, 1, tzinfo=UTC),
    "missing_hours": 0,
    "provisional_from": None,
    "format": 2,
}
LIVE = {"pending": 1, "in_progress": 0, "completed": 2, "cancelled": 0, "total": 3}
NONE = dict.fromkeys(LIVE, 0)
EVENTS = {"changes": 9, "created": 4, "completed": 3, "reopened": 1, "deleted": 1}
PUNCTUALITY = {"completed_on_time": 2, "completed_late": 1}
NOTHING = dict.fromkeys(EVENTS, 0)
IDLE = NOTHING | dict.fromkeys(PUNCTUALITY, 0)
STATUSES = {name: LIVE[name] for name in ("pending", "in_progress", "completed", "cancelled")}
PRIORITIES = [
    {"priority": name, **(LIVE if name == "medium" else NONE)} for name in ("low", "medium", "high")
]


def written(owner_id: str, *, newest_until: str | None = "2026-11-20", **fields: Any) -> dict[str, Any]:
    return {
        "_id": owner_id,
        **COVERAGE,
        "tasks": LIVE,
        "activity": EVENTS,
        "completion_rate": 2 / 3,
        "on_time_rate": None,
        "median_cycle_hours": 5003 / 3600,
        "streaks": {"longest": 5, "newest": 3, "newest_until": newest_until},
        "by_category": [{"category": "home", **LIVE}, {"category": None, **NONE}],
        "by_priority": [*PRIORITIES, {"priority": "urgent", **NONE}],
        "open_by_date": [
            {"created_on": "2026-08-22", "pending": 0, "in_progress": 1},
            {"created_on": "2026-11-14", "pending": 2, "in_progress": 0},
        ],
        "days": [day("2026-11-18", [3600, 7200, 1800]), day("2026-11-20", [36_000])],
    } | fields


def day(date: str, cycle_seconds: list[int]) -> dict[str, Any]:
    hours = [{"hour": 9, "changes": 7, "created": 4, "completed": 1}]
    shown = {"date": date, **EVENTS, **PUNCTUALITY, "tasks": STATUSES}
    return shown | {"hours": hours, "cycle_seconds": cycle_seconds}
