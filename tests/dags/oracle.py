"""Computes the expected insights from the log with simple loops, for comparison with the lake."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.dags.change_log import Document, Row


def _local(moment: datetime, zone: str) -> date:
    return moment.astimezone(ZoneInfo(zone)).date()


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


class Oracle:
    """Applies the changes of a log in order, and computes every figure from the final state."""

    def __init__(self, log: Iterable[Document]) -> None:
        self.log = sorted(log, key=lambda each: each["at"])
        self.users: set[str] = set()
        self.erased: set[str] = set()
        self.tasks: dict[str, Document] = {}
        self.seen: dict[str, list[datetime]] = defaultdict(list)
        self.days: dict[str, set[date]] = defaultdict(set)
        self.events: dict[str, Counter[str]] = defaultdict(Counter)
        for change in self.log:
            self.seen[change["user_id"]].append(change["at"])
            if change["entity"] == "user":
                self._account(change)
            else:
                self._task(change)

    def _account(self, change: Document) -> None:
        if change["op"] == "deleted":
            self.users.discard(change["entity_id"])
            self.erased.add(change["entity_id"])
        else:
            self.users.add(change["entity_id"])

    def _task(self, change: Document) -> None:
        who, now = change["user_id"], change["after"]
        was = self.tasks.pop(change["entity_id"], None)
        if now is not None:
            self.tasks[change["entity_id"]] = now
        self.days[who].add(_local(change["at"], change["time_zone"]))
        self.events[who].update(events(change, was))

    def user_analytics(self) -> dict[str, Row]:
        return {
            who: {
                "registered_at": min(self.seen[who]),
                "active_days": len(self.days[who]),
                "changes": self.events[who]["changes"],
                "live_tasks": len(self._live(who)),
                "completion_rate": _ratio(len(self._live(who, "completed")), len(self._live(who))),
                "last_change_at": max(self.seen[who]),
            }
            for who in self.users
        }

    def user_metrics(self) -> dict[str, Row]:
        found = {}
        for who, events in self.events.items():
            row: Row = {
                f"{status}_tasks": len(self._live(who, status))
                for status in ("pending", "in_progress", "completed", "cancelled")
            }
            for name in ("created", "completed", "reopened", "deleted"):
                row[f"tasks_{name}"] = events[name]
            row["total_tasks"] = len(self._live(who))
            row["completion_rate"] = _ratio(row["completed_tasks"], len(self._live(who)))
            row["avg_cycle_hours"] = _hours(events)
            row["on_time_rate"] = _ratio(events["on_time"], events["on_time"] + events["late"])
            found[who] = row
        return found

    def kpis(self, today: date) -> Row:
        total = sum(self.events.values(), Counter[str]())
        recent = {
            change["user_id"]
            for change in self.log
            if change["entity"] == "task" and change["at"].date() > today - timedelta(days=7)
            if change["user_id"] not in self.erased
        }
        done = len([task for task in self.tasks.values() if task["status"] == "completed"])
        return {
            "total_users": len(self.users),
            "active_users_7d": len(recent),
            "total_tasks": len(self.tasks),
            "completed_tasks": done,
            "completion_rate": _ratio(done, len(self.tasks)),
            "avg_tasks_per_user": _ratio(len(self.tasks), len(self.users)),
            "avg_cycle_hours": _hours(total),
            "on_time_rate": _ratio(total["on_time"], total["on_time"] + total["late"]),
            # The logs in these tests contain no invalid changes.
            "rejected_changes": 0,
        }

    def live_by_cell(self) -> Counter[tuple[str, str, str]]:
        return Counter(
            (task["category"] or "(none)", task["priority"], task["status"]) for task in self.tasks.values()
        )

    def _live(self, who: str, status: str | None = None) -> list[Document]:
        return [
            task
            for task in self.tasks.values()
            if task["user_id"] == who and status in (None, task["status"])
        ]


def events(change: Document, was: Document | None) -> Counter[str]:
    """Return the events that a change of a task counts as; `was` is the task before the change, or None."""
    now, found = change["after"], Counter({"changes": 1, change["op"]: 1})
    is_done = now is not None and now["status"] == "completed"
    was_done = was is not None and was["status"] == "completed"
    if is_done and not was_done and change["op"] != "restored":
        found["completed"] += 1
        found["cycle_seconds"] += int((now["completed_at"] - now["created_at"]).total_seconds())
        if now["due_date"] is not None:
            on_time = _local(now["completed_at"], change["time_zone"]).isoformat() <= now["due_date"]
            found["on_time" if on_time else "late"] += 1
    if was_done and now is not None and not is_done:
        found["reopened"] += 1
    return found


def _hours(events: Counter[str]) -> float | None:
    return _ratio(events["cycle_seconds"] / 3600, events["completed"])


def comparable(value: Any) -> Any:
    """Return the value with rounded floats, because the rounding error of a sum depends on the order."""
    return round(value, 9) if isinstance(value, float) else value
