"""What one user knows for sure: the state that its acknowledged writes left, and how to compare it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Task = dict[str, Any]


class Contradiction(Exception):
    """An answer that what was acknowledged before does not allow."""


@dataclass
class Model:
    """The acknowledged state of one user, who alone writes it, one request at a time.

    `deleted` maps the id of a deleted task to the image before the delete and the version of the delete;
    `keys` are the Idempotency-Keys of all acknowledged writes that made a change.
    """

    user_id: str = ""
    profile: dict[str, Any] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    deleted: dict[str, tuple[Task, int]] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)

    @property
    def versions(self) -> dict[str, int]:
        """The acknowledged version of everything that this user ever made."""
        alive = {task_id: task["version"] for task_id, task in self.tasks.items()}
        dead = {task_id: version for task_id, (_, version) in self.deleted.items()}
        return {**alive, **dead, self.user_id: self.profile["version"]}

    def create(self, answer: Task, asked: Mapping[str, Any]) -> None:
        """Take note of a new task; raises Contradiction unless it is version 1 of what was asked."""
        if answer["id"] in self.versions:
            raise Contradiction(f"created {answer['id']}, which was there before")
        self.tasks[answer["id"]] = answer
        _check_next({"version": 0}, answer, asked)

    def change(self, answer: Task, asked: Mapping[str, Any]) -> None:
        """Take note of a changed task; raises Contradiction unless this is exactly one change later."""
        before, self.tasks[answer["id"]] = self.tasks[answer["id"]], answer
        _check_next(before, answer, asked)

    def change_profile(self, answer: Task, asked: Mapping[str, Any]) -> None:
        """Take note of a changed profile; raises Contradiction unless this is exactly one change later."""
        before, self.profile = self.profile, answer
        _check_next(before, answer, asked)

    def delete(self, task_id: str) -> None:
        """Take note of a delete."""
        task = self.tasks.pop(task_id)
        self.deleted[task_id] = task, task["version"] + 1

    def restore(self, answer: Task) -> None:
        """Take note of a restored task; raises Contradiction unless it is what was deleted."""
        image, version = self.deleted.pop(answer["id"])
        self.tasks[answer["id"]] = answer
        _check_next({**image, "version": version}, answer, {})


def _check_next(before: Mapping[str, Any], answer: Task, asked: Mapping[str, Any]) -> None:
    """Check that the answer is the next version: what was asked is set, and what was not is as it was."""
    if answer["version"] != before["version"] + 1:
        raise Contradiction(f"{answer['id']} went from version {before['version']} to {answer['version']}")
    derived = {"version", "updated_at", "completed_at"}
    expected = {name: value for name, value in before.items() if name not in derived} | dict(asked)
    if wrong := [name for name, value in expected.items() if answer[name] != value]:
        raise Contradiction(f"{answer['id']} version {answer['version']} has other {', '.join(wrong)}")


def expect(known: Mapping[str, Task], seen: Iterable[Task]) -> None:
    """Raise Contradiction unless exactly what is known was seen, each once."""
    listed = list(seen)
    found = {item["id"]: item for item in listed}
    if wrong := differences(known, found):
        raise Contradiction("; ".join(wrong))
    if len(found) != len(listed):
        raise Contradiction("something was seen twice")


def differences(known: Mapping[str, Any], seen: Mapping[str, Any]) -> list[str]:
    """Compare what was acknowledged with what is there, by id; no differences is an empty list."""
    lost = [f"{key}: acknowledged, but not there" for key in known.keys() - seen.keys()]
    extra = [f"{key}: there, but never acknowledged" for key in seen.keys() - known.keys()]
    both = known.keys() & seen.keys()
    other = [
        f"{key}: acknowledged {known[key]}, but is {seen[key]}" for key in both if known[key] != seen[key]
    ]
    return sorted(lost + extra + other)


def key_differences(acknowledged: Iterable[str], logged: Iterable[str]) -> list[str]:
    """Compare the keys of acknowledged writes with those in the log, where each must be exactly once."""
    return differences(Counter(acknowledged), Counter(logged))
