"""Computes the expected content of the lake from the API's responses, without code of the product."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

STATUSES = ("pending", "in_progress", "completed", "cancelled")


@dataclass
class Oracle:
    """Collects the responses to all writes, and computes the expected numbers of tasks and changes.

    `changes` has the number of task changes in each hour, by the start of the hour.
    """

    zones: dict[str, str] = field(default_factory=dict)
    tasks: dict[str, tuple[str, Mapping[str, Any]]] = field(default_factory=dict)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    changes: Counter[datetime] = field(default_factory=Counter)

    def registered(self, user: Mapping[str, Any]) -> None:
        self.zones[user["id"]] = user["time_zone"]

    def answered(self, user_id: str, task: Mapping[str, Any], hour: datetime) -> None:
        """Record the response to a create or an update that was sent in this hour."""
        known = self.tasks.get(task["id"])
        before = known[1]["status"] if known else None
        # An update that changes no value creates no change.
        self.changes[hour] += known is None or known[1]["version"] != task["version"]
        self.counts[user_id, "updated" if known else "created"] += 1
        if task["status"] == "completed" and before != "completed":
            self._completed(user_id, task)
        if before == "completed" and task["status"] != "completed":
            self.counts[user_id, "reopened"] += 1
        self.tasks[task["id"]] = (user_id, task)

    def deleted(self, task_id: str, hour: datetime) -> None:
        user_id, _ = self.tasks.pop(task_id)
        self.changes[hour] += 1
        self.counts[user_id, "deleted"] += 1

    def per_user(self) -> dict[str, dict[str, int]]:
        """Return the numbers of tasks by status, and of created, completed, … tasks, by user id."""
        live = Counter((user_id, task["status"]) for user_id, task in self.tasks.values())
        kinds = ("created", "completed", "reopened", "deleted")
        return {
            user_id: {f"{status}_tasks": live[user_id, status] for status in STATUSES}
            | {f"tasks_{kind}": self.counts[user_id, kind] for kind in kinds}
            for user_id in self.zones
        }

    def per_category(self) -> dict[tuple[str, str], dict[str, int]]:
        """Return the numbers of tasks by status, for each category and priority that has tasks."""
        cells: dict[tuple[str, str], dict[str, int]] = {}
        for _, task in self.tasks.values():
            empty = {f"{status}_tasks": 0 for status in STATUSES}
            cell = cells.setdefault((task["category"] or "(none)", task["priority"]), empty)
            cell[f"{task['status']}_tasks"] += 1
        return cells

    def kpis(self) -> dict[str, float]:
        total, users = len(self.tasks), len(self.zones)
        completed = sum(task["status"] == "completed" for _, task in self.tasks.values())
        sums = Counter[str]()
        for (_, kind), count in self.counts.items():
            sums[kind] += count
        active = {
            user for (user, kind), _ in self.counts.items() if kind in ("created", "updated", "deleted")
        }
        return {
            "total_users": users,
            "active_users_7d": len(active),
            "total_tasks": total,
            "completed_tasks": completed,
            "completion_rate": completed / total,
            "avg_tasks_per_user": total / users,
            "avg_cycle_hours": sums["cycle_seconds"] / sums["completed"] / 3600,
            "on_time_rate": sums["on_time"] / (sums["on_time"] + sums["late"]),
            "rejected_changes": 0,
        }

    def _completed(self, user_id: str, task: Mapping[str, Any]) -> None:
        done, made = (datetime.fromisoformat(task[name]) for name in ("completed_at", "created_at"))
        self.counts[user_id, "completed"] += 1
        self.counts[user_id, "cycle_seconds"] += int((done - made).total_seconds())
        if task["due_date"] is not None:
            local_date = done.astimezone(ZoneInfo(self.zones[user_id])).date().isoformat()
            self.counts[user_id, "on_time" if local_date <= task["due_date"] else "late"] += 1
