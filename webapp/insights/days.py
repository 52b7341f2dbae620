"""Computes the activity of local dates from the parts of the pipeline, each of which belongs to one UTC day.

The fields of a part are described in dags/todo_insights/user_insights/parts.py.
"""

from base64 import b64decode
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from struct import iter_unpack
from typing import Any

from webapp.database.connection import Document
from webapp.insights.periods import COUNTS
from webapp.tasks.rules import STATUSES


def packed_rows(packed: str, width: int) -> list[tuple[int, ...]]:
    """Return rows of `width` numbers, which the pipeline packed into 4 bytes each, in base64."""
    return list(iter_unpack(f"<{width}i", b64decode(packed)))


def activity_by_date(parts: Iterable[Document]) -> dict[str, Document]:
    """Return the activity of each local date in these parts, in order.

    `changed` has the numbers by which the live tasks with each status changed on the date. `hours` has a row
    for each local hour of a part: the hour, changes, creations and completions. `cycle_seconds` has the cycle
    time of each completion. The last two are empty if the parts have no `hours` and `cycles`.
    """
    found: dict[str, Document] = {}
    for part in parts:
        for day, numbers in part["days"].items():
            known = found.setdefault(day, idle_day(day))
            for name, number in zip(COUNTS, numbers, strict=False):
                known[name] += number
            for status, number in zip(STATUSES, numbers[len(COUNTS) :], strict=True):
                known["changed"][status] += number
            known["hours"] += part.get("hours", {}).get(day, ())
            known["cycle_seconds"] += part.get("cycles", {}).get(day, ())
    return dict(sorted(found.items()))


def idle_day(day: str) -> dict[str, Any]:
    """Return the activity of a local date without changes."""
    lists: dict[str, list[Any]] = {"hours": [], "cycle_seconds": []}
    return {"date": day, **dict.fromkeys(COUNTS, 0), "changed": Counter(), **lists}


def tasks_at_start(live_by_month: str, days: Mapping[str, Document], start: date) -> Counter[str]:
    """Return the numbers of live tasks by status at the start of a date.

    `live_by_month` has the changes of these numbers in each month; `days` has the activity of the dates
    between the first day of the month of `start` and `start`.
    """
    live: Counter[str] = Counter(dict.fromkeys(STATUSES, 0))
    for month, *numbers in packed_rows(live_by_month, 1 + len(STATUSES)):
        if month < 12 * start.year + start.month - 1:
            live.update(dict(zip(STATUSES, numbers, strict=True)))
    for day in between(days, start.replace(day=1), start):
        if day["date"] < start.isoformat():
            live.update(day["changed"])
    return live


def between(days: Mapping[str, Document], first: date, last: date) -> list[Document]:
    """Return the activity of the dates from `first` to `last`, both included, without idle dates."""
    return [day for name, day in days.items() if first.isoformat() <= name <= last.isoformat()]


def utc_days(ranges: Sequence[tuple[date, date]]) -> list[tuple[str, str]]:
    """Return ranges of UTC days, like 20261120, that contain all changes on these ranges of local dates.

    The local date of a change is at most one day before or after its UTC date. Overlapping ranges become one.
    """
    joined: list[tuple[date, date]] = []
    for first, last in sorted((_shifted(first, -1), _shifted(last, 1)) for first, last in ranges):
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return [(number_of(first.isoformat()), number_of(last.isoformat())) for first, last in joined]


def number_of(day: str) -> str:
    """Return a day like 2026-11-20 as it is in the ids of parts, like 20261120."""
    return day.replace("-", "")


def _shifted(day: date, days: int) -> date:
    # datetime.date supports no date before the year 1 or after the year 9999.
    return date.fromordinal(min(max(day.toordinal() + days, 1), date.max.toordinal()))
