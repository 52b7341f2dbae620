"""A lake with figures that can be computed by hand: five users, twelve tasks, seventeen days.

| user | time zone        | account                             |
|------|------------------|-------------------------------------|
| ada  | UTC              | from Mon 2 Nov 09:00                |
| bob  | America/New_York | from Tue 3 Nov 10:00                |
| eve  | UTC              | from Wed 4 Nov 10:00 to 13 Nov 10:00|
| cleo | Asia/Tokyo       | from Tue 10 Nov 01:00               |
| dan  | UTC              | from Wed 11 Nov 08:00               |

The current time of the tests is Wednesday 18 Nov 2026, 12:00. All times are UTC. New York is 5 hours behind
UTC, Tokyo is 9 hours ahead. The log also has two changes that create tasks and are rejected, at 10 Nov 05:30
and 17 Nov 05:30.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.dags.change_log import Document, created, deleted, extracted, restored, task, updated, user
from todo_insights.catalog.sqlite_catalog import SqliteCatalog
from todo_insights.catalog.stores import CheckedCatalog, Stores
from todo_insights.core.hours import Hour, to_text
from todo_insights.hourly.manifest import Slice
from todo_insights.hourly.process import process_from
from todo_insights.hourly.publish import publish_hours
from todo_insights.lake.storage import Lake
from todo_insights.maintenance.hour_quality import record_hours
from todo_insights.transform.bronze import Extracted

NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)
TIME_ZONES = {"bob": "America/New_York", "cleo": "Asia/Tokyo"}
REGISTRATIONS = {"ada": "02T09", "bob": "03T10", "eve": "04T10", "cleo": "10T01", "dan": "11T08"}
# For each task: owner, category, priority, due date in November, and changes. A change is a time in November,
# followed by a new status, by `deleted` or `restored`, or by a slash and a new category. The first change,
# which is only a time, creates a pending task.
TASKS: dict[str, tuple[str, str | None, str, int | None, tuple[str, ...]]] = {
    "a1": ("ada", "home", "high", 5, ("02T10", "03T10 in_progress", "04T10 completed")),
    "a2": ("ada", "work", "medium", 6, ("02T12", "09T12 completed")),
    "a3": ("ada", "work", "low", None, ("09T10", "10T10 completed", "11T10 pending", "16T10 completed")),
    "a4": ("ada", "home", "urgent", 10, ("09T11",)),
    "a5": ("ada", None, "medium", 20, ("17T09",)),
    "b1": ("bob", "work", "high", 10, ("03T15", "04T15 in_progress", "11T03:30 completed")),
    "b2": ("bob", "home", "low", None, ("03T16", "05T16 cancelled")),
    "b3": ("bob", "work", "medium", None, ("04T16", "05T17 in_progress")),
    "c1": ("cleo", "study", "medium", 12, ("10T02", "12T16 completed")),
    "c2": ("cleo", "study", "low", None, ("10T03", "11T03 /home")),
    "c3": ("cleo", "study", "high", None, ("16T02", "17T02 deleted", "17T03 restored")),
    "e1": ("eve", "home", "medium", None, ("04T11", "10T10 deleted")),
}


def log() -> list[Document]:
    """Return the changes of the story, ordered by time."""
    accounts = {name: _account(name, time) for name, time in REGISTRATIONS.items()}
    changes = [created(image, at=image["created_at"]) for image in accounts.values()]
    changes.append(deleted(accounts["eve"], at=_at("13T10")))
    for name in TASKS:
        changes += _changes(name)
    rejected = [
        created(task(_id="bad1", status="lost"), at=_at("10T05:30")),
        created(task(_id="bad2", due_date="2026-02-30"), at=_at("17T05:30")),
    ]
    return sorted([*changes, *rejected], key=lambda each: each["at"])


def _account(name: str, time: str) -> Document:
    return user(_id=name, created_at=_at(time), time_zone=TIME_ZONES.get(name, "UTC"))


def _changes(name: str) -> list[Document]:
    owner, category, priority, due, times = TASKS[name]
    image = task(
        _id=name,
        user_id=owner,
        category=category,
        priority=priority,
        due_date=due and f"2026-11-{due:02}",
        created_at=_at(times[0]),
    )
    zone = {"time_zone": TIME_ZONES.get(owner, "UTC")}
    changes = [created(image, at=_at(times[0]), **zone)]
    for time, _, what in (each.partition(" ") for each in times[1:]):
        at = _at(time)
        change = _change(image, what, at) | {"at": at} | zone
        image = change["after"] or image | {"version": change["version"]}
        changes.append(change)
    return changes


def _change(image: Document, what: str, at: datetime) -> Document:
    if what == "deleted":
        return deleted(image)
    if what == "restored":
        return restored(image | {"version": image["version"] + 1})
    if what.startswith("/"):
        return updated(image, category=what[1:])
    return updated(image, status=what, completed_at=at if what == "completed" else None)


def _at(time: str) -> datetime:
    """Return the time for a text like 02T09 or 11T03:30, which is in November 2026."""
    return datetime.fromisoformat(f"2026-11-{time}").replace(tzinfo=UTC)


def build(folder: Path) -> Stores:
    """Run the steps of the pipeline for every hour of the story that has changes."""
    lake = Lake({zone: (folder / zone).as_uri() for zone in ("bronze", "silver", "gold")})
    stores = Stores(lake, CheckedCatalog(SqliteCatalog(folder / "catalog.sqlite"), lake))
    changes = log()
    hours = list(dict.fromkeys(Hour.containing(each["at"]) for each in changes))
    manifests = [
        process_from(_slice(hour), lambda first, end: _between(changes, first, end), lake, NOW)
        for hour in hours
    ]
    publish_hours(manifests, stores, timedelta(0), NOW)
    record_hours([str(hour) for hour in hours], stores, NOW)
    return stores


def _slice(hour: Hour) -> Slice:
    end = to_text(hour.start + timedelta(hours=1))
    return Slice(hour=str(hour), slice=0, slices=1, reason="scheduled", start=to_text(hour.start), end=end)


def _between(changes: list[Document], first: datetime, end: datetime) -> list[Extracted]:
    return [extracted(*(each for each in changes if first <= each["at"] < end))]
