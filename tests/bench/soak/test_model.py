"""The model of a user notices every loss, double and change that nobody asked for."""

from typing import Any

import pytest

from bench.soak.model import Contradiction, Model, differences, key_differences

FIELDS = {"title": "Water the plants", "status": "pending"}


def image(version: int, **fields: Any) -> dict[str, Any]:
    return {"id": "a", **FIELDS, "version": version, "updated_at": f"at {version}", **fields}


def model_with_a_task() -> Model:
    model = Model(user_id="ada", profile={"id": "ada", "version": 1})
    model.create(image(1), FIELDS)
    return model


def test_acknowledged_writes_are_remembered() -> None:
    model = model_with_a_task()
    model.change(image(2, title="Water them"), {"title": "Water them"})
    assert model.tasks == {"a": image(2, title="Water them")}
    assert model.versions == {"a": 2, "ada": 1}


def test_restored_task_is_the_deleted_one() -> None:
    model = model_with_a_task()
    model.delete("a")
    assert (model.tasks, model.versions["a"]) == ({}, 2)
    model.restore(image(3))
    assert (model.tasks, model.deleted) == ({"a": image(3)}, {})


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(image(3), id="carried out twice"),
        pytest.param(image(1), id="not carried out"),
        pytest.param(image(2, title="Other"), id="asked for something else"),
        pytest.param(image(2, title="New", status="completed"), id="changed more than asked"),
    ],
)
def test_answer_that_cannot_follow_is_noticed(answer: dict[str, Any]) -> None:
    with pytest.raises(Contradiction):
        model_with_a_task().change(answer, {"title": "New"})


def test_task_created_twice_is_noticed() -> None:
    with pytest.raises(Contradiction, match="there before"):
        model_with_a_task().create(image(1), FIELDS)


def test_restore_of_other_content_is_noticed() -> None:
    model = model_with_a_task()
    model.delete("a")
    with pytest.raises(Contradiction, match="other title"):
        model.restore(image(3, title="Other"))


@pytest.mark.parametrize(
    ("seen", "found"),
    [
        ({"a": 1, "b": 2}, []),
        ({"a": 1}, ["b: acknowledged, but not there"]),
        ({"a": 1, "b": 2, "c": 1}, ["c: there, but never acknowledged"]),
        ({"a": 1, "b": 3}, ["b: acknowledged 2, but is 3"]),
    ],
    ids=["same", "lost", "doubled", "changed"],
)
def test_differences_name_what_is_wrong(seen: dict[str, int], found: list[str]) -> None:
    assert differences({"a": 1, "b": 2}, seen) == found


@pytest.mark.parametrize(
    ("logged", "found"),
    [
        (["one", "two"], []),
        (["one"], ["two: acknowledged, but not there"]),
        (["one", "two", "two"], ["two: acknowledged 1, but is 2"]),
        (["one", "two", "three"], ["three: there, but never acknowledged"]),
    ],
    ids=["same", "lost", "doubled", "unasked"],
)
def test_keys_are_logged_exactly_once(logged: list[str], found: list[str]) -> None:
    assert key_differences(["one", "two"], logged) == found
