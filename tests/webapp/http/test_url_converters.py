"""Paths: `/tasks/batch` is an action with its own methods, not the path of a task with the id `batch`."""

import pytest

from tests.webapp.conftest import Person


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_action_is_not_an_id(ada: Person, method: str) -> None:
    answer = ada.send(method, "/api/v1/tasks/batch", {})
    assert (answer.status_code, set(answer.headers["Allow"].split(", "))) == (405, {"POST", "OPTIONS"})


@pytest.mark.parametrize("word", ["batches", "abatch", "Batch", "x", "batch%20"])
def test_any_other_segment_is_an_id(ada: Person, word: str) -> None:
    answer = ada.send("GET", f"/api/v1/tasks/{word}")
    assert (answer.status_code, answer.json["detail"]) == (404, "This task does not exist.")


def test_double_slash_is_not_found(ada: Person) -> None:
    answer = ada.send("GET", "/api/v1//tasks", Host="elsewhere.example")
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")
    assert "Location" not in answer.headers
