"""A copy kept from the feed notices what the feed leaves out, invents or tells wrongly."""

from contextlib import nullcontext
from typing import Any

import pytest

from bench.soak.mirror import NEVER, Mirror
from bench.soak.model import Contradiction, Model

PROFILE = {"id": "ada", "version": 1}


def item(version: int, op: str = "updated", name: str = "a") -> dict[str, Any]:
    task = None if op == "deleted" else {"id": name, "version": version}
    at = f"2026-11-20T09:30:0{version}.000Z"
    return {"id": name, "version": version, "op": op, "at": at, "task": task, "user": None}


def applied(*items: dict[str, Any], whole_since: str = NEVER) -> Mirror:
    mirror = Mirror(whole_since=whole_since)
    for each in items:
        mirror.apply(each)
    return mirror


def knowing(*tasks: dict[str, Any]) -> Model:
    return Model(user_id="ada", profile=PROFILE, tasks={task["id"]: task for task in tasks})


@pytest.mark.parametrize(
    "items",
    [
        pytest.param([item(1, "created"), item(2), item(3)], id="all"),
        pytest.param([item(3, "snapshot"), item(2), item(3), item(4)], id="snapshot ahead of the changes"),
        pytest.param([item(4), item(5, "deleted"), item(6, "restored")], id="deleted before the snapshot"),
        pytest.param([item(1, "created"), item(1, "created"), item(2)], id="twice"),
    ],
)
def test_complete_feeds_are_taken(items: list[dict[str, Any]]) -> None:
    newest = items[-1]["version"]
    assert applied(*items).images == {"a": {"id": "a", "version": newest}}


@pytest.mark.parametrize(
    "items",
    [
        pytest.param([item(1, "created"), item(3)], id="update"),
        pytest.param([item(4, "snapshot"), item(6, "deleted")], id="after the snapshot"),
    ],
)
def test_change_left_out_is_noticed(items: list[dict[str, Any]]) -> None:
    with pytest.raises(Contradiction, match="the feed goes from version"):
        applied(*items)


@pytest.mark.parametrize(("since", "noticed"), [("2026-11-20T09:30:01.900Z", True), (NEVER, False)])
@pytest.mark.parametrize("op", ["updated", "deleted"])
def test_missing_beginning_is_noticed_after_the_snapshot(op: str, since: str, noticed: bool) -> None:
    with pytest.raises(Contradiction) if noticed else nullcontext():
        applied(item(2, op), whole_since=since)


def test_deleted_tasks_leave_the_copy() -> None:
    assert applied(item(1, "created"), item(2, "deleted")).images == {}


def test_copy_may_lag_behind() -> None:
    mirror = applied(item(1, "created"))
    mirror.check(knowing({"id": "a", "version": 2}))
    assert not mirror.is_complete(knowing({"id": "a", "version": 2}))


@pytest.mark.parametrize("task", [{"id": "b", "version": 1}, {"id": "a", "version": 1, "title": "Other"}])
def test_copy_of_something_else_is_noticed(task: dict[str, Any]) -> None:
    with pytest.raises(Contradiction):
        applied(item(1, "created")).check(knowing(task))


def test_copy_of_everything_is_complete() -> None:
    mirror = applied(item(1, "created"), {**item(1, "snapshot", "ada"), "task": None, "user": PROFILE})
    assert mirror.is_complete(knowing({"id": "a", "version": 1}))
