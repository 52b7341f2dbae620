"""The expected state of a soak detects lost, duplicated and unrequested changes."""

from typing import Any

import pytest

from bench.soak.expected_state import ConsistencyError, ExpectedState, differences, key_differences

FIELDS = {"title": "Water the plants", "status": "pending"}


def image(version: int, **fields: Any) -> dict[str, Any]:
    return {"id": "a", **FIELDS, "version": version, "updated_at": f"at {version}", **fields}


def state_with_a_task() -> ExpectedState:
    expected = ExpectedState(user_id="ada", profile={"id": "ada", "version": 1})
    expected.create(image(1), FIELDS)
    return expected


def test_acknowledged_writes_are_stored() -> None:
    expected = state_with_a_task()
    expected.change(image(2, title="Water them"), {"title": "Water them"})
    assert expected.tasks == {"a": image(2, title="Water them")}
    assert expected.versions == {"a": 2, "ada": 1}


def test_restored_task_has_deleted_content() -> None:
    expected = state_with_a_task()
    expected.delete("a")
    assert (expected.tasks, expected.versions["a"]) == ({}, 2)
    expected.restore(image(3))
    assert (expected.tasks, expected.deleted) == ({"a": image(3)}, {})


@pytest.mark.parametrize(
    "response",
    [
        pytest.param(image(3), id="executed twice"),
        pytest.param(image(1), id="not executed"),
        pytest.param(image(2, title="Other"), id="other value than requested"),
        pytest.param(image(2, title="New", status="completed"), id="changed more than requested"),
    ],
)
def test_response_that_is_not_next_version_is_detected(response: dict[str, Any]) -> None:
    with pytest.raises(ConsistencyError):
        state_with_a_task().change(response, {"title": "New"})


def test_task_created_twice_is_detected() -> None:
    with pytest.raises(ConsistencyError, match="already exists"):
        state_with_a_task().create(image(1), FIELDS)


def test_restore_of_other_content_is_detected() -> None:
    expected = state_with_a_task()
    expected.delete("a")
    with pytest.raises(ConsistencyError, match="unexpected values of title"):
        expected.restore(image(3, title="Other"))


@pytest.mark.parametrize(
    ("seen", "found"),
    [
        ({"a": 1, "b": 2}, []),
        ({"a": 1}, ["b: acknowledged, but missing"]),
        ({"a": 1, "b": 2, "c": 1}, ["c: stored, but never acknowledged"]),
        ({"a": 1, "b": 3}, ["b: acknowledged 2, but is 3"]),
    ],
    ids=["same", "lost", "duplicated", "changed"],
)
def test_differences_are_described(seen: dict[str, int], found: list[str]) -> None:
    assert differences({"a": 1, "b": 2}, seen) == found


@pytest.mark.parametrize(
    ("logged", "found"),
    [
        (["one", "two"], []),
        (["one"], ["two: acknowledged, but missing"]),
        (["one", "two", "two"], ["two: acknowledged 1, but is 2"]),
        (["one", "two", "three"], ["three: stored, but never acknowledged"]),
    ],
    ids=["same", "lost", "duplicated", "unrequested"],
)
def test_keys_are_logged_exactly_once(logged: list[str], found: list[str]) -> None:
    assert key_differences(["one", "two"], logged) == found
