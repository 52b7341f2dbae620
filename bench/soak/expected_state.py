"""The state after a user's acknowledged writes, and functions that compare responses with this state."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Task = dict[str, Any]


class ConsistencyError(Exception):
    """A response contradicts earlier acknowledged responses."""


@dataclass
class ExpectedState:
    """The acknowledged state of one user, who sends one request at a time.

    `deleted` maps the id of a deleted task to its content before the delete, and to its version after the
    delete. `keys` are the Idempotency-Keys of all acknowledged writes that created a change.
    """

    user_id: str = ""
    profile: dict[str, Any] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    deleted: dict[str, tuple[Task, int]] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)

    @property
    def versions(self) -> dict[str, int]:
        """The acknowledged version of the user and of all its tasks, including deleted ones, by id."""
        alive = {task_id: task["version"] for task_id, task in self.tasks.items()}
        dead = {task_id: version for task_id, (_, version) in self.deleted.items()}
        return {**alive, **dead, self.user_id: self.profile["version"]}

    def create(self, response: Task, requested: Mapping[str, Any]) -> None:
        """Add a new task; raises ConsistencyError unless it is version 1 with the requested fields."""
        if response["id"] in self.versions:
            raise ConsistencyError(f"created {response['id']}, which already exists")
        self.tasks[response["id"]] = response
        _check_next({"version": 0}, response, requested)

    def change(self, response: Task, requested: Mapping[str, Any]) -> None:
        """Store a changed task; raises ConsistencyError unless it is the next version."""
        before, self.tasks[response["id"]] = self.tasks[response["id"]], response
        _check_next(before, response, requested)

    def change_profile(self, response: Task, requested: Mapping[str, Any]) -> None:
        """Store a changed profile; raises ConsistencyError unless it is the next version."""
        before, self.profile = self.profile, response
        _check_next(before, response, requested)

    def delete(self, task_id: str) -> None:
        """Mark a task as deleted."""
        task = self.tasks.pop(task_id)
        self.deleted[task_id] = task, task["version"] + 1

    def restore(self, response: Task) -> None:
        """Store a restored task; raises ConsistencyError unless it has the content from before the delete."""
        image, version = self.deleted.pop(response["id"])
        self.tasks[response["id"]] = response
        _check_next({**image, "version": version}, response, {})


def _check_next(before: Mapping[str, Any], response: Task, requested: Mapping[str, Any]) -> None:
    """Check that the response is the next version: requested fields are set, and all others unchanged."""
    if response["version"] != before["version"] + 1:
        raise ConsistencyError(
            f"{response['id']} went from version {before['version']} to {response['version']}"
        )
    derived = {"version", "updated_at", "completed_at"}
    expected = {name: value for name, value in before.items() if name not in derived} | dict(requested)
    if wrong := [name for name, value in expected.items() if response[name] != value]:
        raise ConsistencyError(
            f"{response['id']} version {response['version']} has unexpected values of {', '.join(wrong)}"
        )


def require_equal(known: Mapping[str, Task], seen: Iterable[Task]) -> None:
    """Raise ConsistencyError unless `seen` contains each known item once, and no other item."""
    listed = list(seen)
    found = {item["id"]: item for item in listed}
    if wrong := differences(known, found):
        raise ConsistencyError("; ".join(wrong))
    if len(found) != len(listed):
        raise ConsistencyError("an item was returned twice")


def differences(known: Mapping[str, Any], seen: Mapping[str, Any]) -> list[str]:
    """Return a sentence about each difference between acknowledged and stored items (by id)."""
    lost = [f"{key}: acknowledged, but missing" for key in known.keys() - seen.keys()]
    extra = [f"{key}: stored, but never acknowledged" for key in seen.keys() - known.keys()]
    both = known.keys() & seen.keys()
    other = [
        f"{key}: acknowledged {known[key]}, but is {seen[key]}" for key in both if known[key] != seen[key]
    ]
    return sorted(lost + extra + other)


def key_differences(acknowledged: Iterable[str], logged: Iterable[str]) -> list[str]:
    """Return a sentence about each acknowledged key that the log does not contain exactly once."""
    return differences(Counter(acknowledged), Counter(logged))
