"""Builds documents of insights in the form that the pipeline writes (tests/contracts checks the form)."""

import struct
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
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
    "format": 3,
}
LIVE = {"pending": 1, "in_progress": 0, "completed": 2, "cancelled": 0, "total": 3}
NONE = dict.fromkeys(LIVE, 0)
EVENTS = {"changes": 9, "created": 4, "completed": 3, "reopened": 1, "deleted": 1}
PUNCTUALITY = {"completed_on_time": 2, "completed_late": 1}
NOTHING = dict.fromkeys(EVENTS, 0)
IDLE = NOTHING | dict.fromkeys(PUNCTUALITY, 0)
STATUSES = {name: LIVE[name] for name in ("pending", "in_progress", "completed", "cancelled")}
_AUGUST_22, _NOVEMBER_14 = (date(2026, *day).toordinal() for day in ((8, 22), (11, 14)))
NO_CHANGE = dict.fromkeys(STATUSES, 0)
PRIORITIES = [
    {"priority": name, **(LIVE if name == "medium" else NONE)} for name in ("low", "medium", "high")
]


def written(owner_id: str, *, newest_until: str | None = "2026-11-20", **fields: Any) -> dict[str, Any]:
    """Return the document of a user; the part of the 18th is in another document (`older_part`)."""
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
        "open_by_date": packed([[_AUGUST_22, 0, 1], [_NOVEMBER_14, 2, 0]]),
        "live_by_month": packed([[12 * 2026 + 11 - 1, *STATUSES.values()]]),
        "recent": {"2026-11-20": part("2026-11-20", [36_000], NO_CHANGE)},
    } | fields


def older_part(owner_id: str) -> dict[str, Any]:
    return {
        "_id": f"{owner_id}:20261118",
        "user_id": owner_id,
        "day": 20261118,
        **part("2026-11-18", [1800, 3600, 7200], STATUSES),
    }


def part(day: str, cycle_seconds: Sequence[int], changed: Mapping[str, int]) -> dict[str, Any]:
    """Return the part of a day with these cycle times and changes in the numbers of live tasks."""
    return {
        "days": {day: [*EVENTS.values(), *PUNCTUALITY.values(), *changed.values()]},
        "hours": {day: [[9, 7, 4, 1]]},
        "cycles": {day: list(cycle_seconds)},
        "revision": 1,
    }


def packed(rows: Iterable[Sequence[int]]) -> str:
    return b64encode(b"".join(struct.pack(f"<{len(row)}i", *row) for row in rows)).decode()
