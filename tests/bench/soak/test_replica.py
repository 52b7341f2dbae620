"""The replica that a soak keeps detects missing, invented and wrong items of the change feed."""

from contextlib import nullcontext
from typing import Any

import pytest

from bench.soak.expected_state import ConsistencyError, ExpectedState
from bench.soak.replica import NEVER, Replica

PROFILE = {"id": "ada", "version": 1}


def item(version: int, op: str = "updated", name: str = "a") -> dict[str, Any]:
    task = None if op == "deleted" else {"id": name, "version": version}
    at = f"2026-11-20T09:30:0{version}.000Z"
    return {"id": name, "version": version, "op": op, "at": at, "task": task, "user": None}


def applied(*items: dict[str, Any], snapshot_end: str = NEVER) -> Replica:
    replica = Replica(snapshot_end=snapshot_end)
    for each in items:
        replica.apply(each)
    return replica


def acknowledged(*tasks: dict[str, Any]) -> ExpectedState:
    return ExpectedState(user_id="ada", profile=PROFILE, tasks={task["id"]: task for task in tasks})


@pytest.mark.parametrize(
    "items",
    [
        pytest.param([item(1, "created"), item(2), item(3)], id="all"),
        pytest.param([item(3, "snapshot"), item(2), item(3), item(4)], id="snapshot ahead of the changes"),
        pytest.param([item(4), item(5, "deleted"), item(6, "restored")], id="deleted before the snapshot"),
        pytest.param([item(1, "created"), item(1, "created"), item(2)], id="twice"),
    ],
)
def test_complete_feeds_are_accepted(items: list[dict[str, Any]]) -> None:
    newest = items[-1]["version"]
    assert applied(*items).images == {"a": {"id": "a", "version": newest}}


@pytest.mark.parametrize(
    "items",
    [
        pytest.param([item(1, "created"), item(3)], id="update"),
        pytest.param([item(4, "snapshot"), item(6, "deleted")], id="after the snapshot"),
    ],
)
def test_missing_change_is_detected(items: list[dict[str, Any]]) -> None:
    with pytest.raises(ConsistencyError, match="the feed skips from version"):
        applied(*items)


@pytest.mark.parametrize(("since", "detected"), [("2026-11-20T09:30:01.900Z", True), (NEVER, False)])
@pytest.mark.parametrize("op", ["updated", "deleted"])
def test_missing_first_change_is_detected_after_snapshot(op: str, since: str, detected: bool) -> None:
    with pytest.raises(ConsistencyError) if detected else nullcontext():
        applied(item(2, op), snapshot_end=since)


def test_replica_removes_deleted_tasks() -> None:
    assert applied(item(1, "created"), item(2, "deleted")).images == {}


def test_replica_may_lag_behind() -> None:
    replica = applied(item(1, "created"))
    replica.check(acknowledged({"id": "a", "version": 2}))
    assert not replica.is_complete(acknowledged({"id": "a", "version": 2}))


@pytest.mark.parametrize("task", [{"id": "b", "version": 1}, {"id": "a", "version": 1, "title": "Other"}])
def test_wrong_content_is_detected(task: dict[str, Any]) -> None:
    with pytest.raises(ConsistencyError):
        applied(item(1, "created")).check(acknowledged(task))


def test_replica_with_everything_is_complete() -> None:
    replica = applied(item(1, "created"), {**item(1, "snapshot", "ada"), "task": None, "user": PROFILE})
    assert replica.is_complete(acknowledged({"id": "a", "version": 1}))
