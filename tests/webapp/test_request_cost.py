"""A rejected request of any size costs a limited number of validations, and its response is short."""

import json
from collections.abc import Iterator
from random import Random
from typing import Any

import marshmallow as ma
import pytest
from werkzeug.test import TestResponse

from bench.hostile_requests import BODY_BYTES, SizedRequest, hostile_requests
from tests.webapp.conftest import Person

TASKS = "/api/v1/tasks"
BATCH = f"{TASKS}/batch"
MAX_ERRORS, MAX_ERRORS_OF_OPERATION = 50, 5
# A batch has 100 operations; the members of an operation, the fields of its task and 20 tags are at most 35.
MAX_VALIDATIONS = 100 * 35
# A query has 14 parameters, and lists of up to 4 statuses, 4 priorities, 20 tags and 2 sort keys. Invalid
# values are validated twice: by the compiled schema, and by marshmallow, which describes the errors.
MAX_VALIDATIONS_OF_QUERY = 2 * (14 + 4 + 4 + 20 + 2)
MAX_RESPONSE_BYTES = 128 * 1024


class Validations:
    """Counts the values that marshmallow fields have validated."""

    def __init__(self) -> None:
        self.count = 0


@pytest.fixture
def validations(monkeypatch: pytest.MonkeyPatch) -> Validations:
    counter, deserialize = Validations(), ma.fields.Field.deserialize

    def counted(self: ma.fields.Field[Any], *args: Any, **kwargs: Any) -> Any:
        counter.count += 1
        return deserialize(self, *args, **kwargs)

    monkeypatch.setattr(ma.fields.Field, "deserialize", counted)
    return counter


def listed_errors(answer: TestResponse) -> Iterator[int]:
    """Yield the number of errors in the response, and in the result of each operation of a batch."""
    body = answer.json or {}
    yield len(body.get("errors", ()))
    yield from (len(each.get("problem", {}).get("errors", ())) for each in body.get("results", ()))


def send(ada: Person, request: SizedRequest) -> TestResponse:
    method, path = request.operation.split()
    headers = {"Authorization": f"Bearer {ada.token}", "Content-Type": "application/json", **request.headers}
    return ada.client.open(
        path, method=method, data=request.body, query_string=request.query, headers=headers
    )


@pytest.mark.timeout(300)
def test_every_hostile_request_gets_a_short_answer(ada: Person, validations: Validations) -> None:
    # With a fixed seed, each test run sends the same requests.
    for request in hostile_requests(Random(7), 30):
        validations.count = 0
        answer = send(ada, request)
        named = (request.operation, request.name)
        assert answer.status_code < 500, named
        assert max(listed_errors(answer)) <= MAX_ERRORS, named
        limit = MAX_VALIDATIONS_OF_QUERY if request.query else MAX_VALIDATIONS
        assert validations.count <= limit, named
        if answer.status_code >= 400 or request.name.startswith("batch: "):
            assert len(answer.data) <= MAX_RESPONSE_BYTES, named


def test_length_of_list_is_checked_before_its_elements(ada: Person, validations: Validations) -> None:
    answer = ada.send("POST", TASKS, {"title": "x", "tags": [1] * 340_000})
    assert answer.status_code == 422
    assert answer.json["errors"] == [{"detail": "Longer than maximum length 20.", "pointer": "#/tags"}]
    assert validations.count < 10
    validations.count = 0
    assert ada.send("POST", BATCH, {"operations": [{}] * 101}).status_code == 422
    assert validations.count < 10


@pytest.mark.parametrize(
    ("query", "parameter", "longest"),
    [
        ("tag=a&" * 21, "tag", 20),
        ("status=x&" * 5, "status", 4),
        ("priority=x&" * 5, "priority", 4),
        ("sort=x&" * 3, "sort", 2),
        ("sort=x,x,x", "sort", 2),
    ],
)
def test_length_of_list_in_query_is_checked_before_its_elements(
    ada: Person, validations: Validations, query: str, parameter: str, longest: int
) -> None:
    answer = ada.send("GET", f"{TASKS}?{query}")
    assert answer.status_code == 422
    [error] = answer.json["errors"]
    assert error["parameter"] == parameter
    assert str(longest) in error["detail"]
    # Each of the 14 parameters is validated at most twice, and no element of the list is validated.
    assert validations.count <= 2 * 14


def test_batch_with_invalid_tags_is_answered_briefly(ada: Person, validations: Validations) -> None:
    create = {"op": "create", "task": {"title": "x", "tags": [1] * 3000}}
    answer = ada.send("POST", BATCH, {"operations": [create] * 100})
    assert answer.status_code == 207
    assert {each["status"] for each in answer.json["results"]} == {422}
    assert len(answer.data) < 64 * 1024
    assert validations.count <= MAX_VALIDATIONS


def test_unknown_fields_are_summarized(ada: Person) -> None:
    answer = ada.send("POST", TASKS, {"title": "", **{f"unknown{number}": 0 for number in range(9000)}})
    assert answer.status_code == 422
    details = [error["detail"] for error in answer.json["errors"]]
    assert details.count("Unknown field.") == 10
    assert "8990 more unknown fields; remove them." in details
    assert "#/title" in [error.get("pointer") for error in answer.json["errors"]]
    assert len(answer.data) < 2000


def test_object_with_too_many_fields_is_not_parsed(ada: Person, validations: Validations) -> None:
    answer = ada.send("POST", TASKS, {"title": "x", **{f"u{number}": 0 for number in range(60_000)}})
    assert (answer.status_code, validations.count) == (422, 0)
    assert [error["pointer"] for error in answer.json["errors"]] == ["#"]
    assert "more than 10000 fields" in answer.json["errors"][0]["detail"]


@pytest.mark.parametrize("text", [":[{" * 1666, '\\":[{' * 1000, "\\" * 2000 + "[" * 3000])
def test_texts_may_have_many_brackets_and_colons(ada: Person, text: str) -> None:
    operations = [{"op": "create", "task": {"title": "x", "description": text}}] * 5
    results = ada.send("POST", BATCH, {"operations": operations}).json["results"]
    assert [each["task"]["description"] for each in results] == [text] * 5


def test_unknown_parameters_are_summarized(ada: Person) -> None:
    answer = ada.send("GET", f"{TASKS}?{'&'.join(f'unknown{number}=1' for number in range(2000))}")
    assert answer.status_code == 422
    details = [error["detail"] for error in answer.json["errors"]]
    assert details.count("Unknown field.") == 10
    assert "1990 more unknown fields; remove them." in details


def test_answer_says_that_there_are_more_errors(ada: Person) -> None:
    answer = ada.send("POST", BATCH, {"operations": [{"op": "x"}] * 60})
    assert (answer.status_code, len(answer.json["errors"])) == (422, MAX_ERRORS)
    assert "more than 50 validation errors" in answer.json["detail"]
    answer = ada.send("POST", BATCH, {"operations": [{"op": "x"}] * 50})
    assert (answer.status_code, len(answer.json["errors"])) == (422, MAX_ERRORS)
    assert "more than" not in answer.json["detail"]


def test_operation_of_batch_says_that_there_are_more_errors(ada: Person) -> None:
    good = {"op": "create", "task": {"title": "good"}}
    bad = {"op": "create", "task": {"title": "x", "tags": [""] * 20}}
    results = ada.send("POST", BATCH, {"operations": [bad, good]}).json["results"]
    assert [each["status"] for each in results] == [422, 201]
    assert len(results[0]["problem"]["errors"]) == MAX_ERRORS_OF_OPERATION
    assert "more than 5 validation errors" in results[0]["problem"]["detail"]


@pytest.mark.parametrize("element", [b"{}", b"[]", b'{"a":[]}'])
def test_body_with_too_many_containers_is_not_parsed(ada: Person, element: bytes) -> None:
    headers = {"Authorization": f"Bearer {ada.token}", "Content-Type": "application/json"}
    body = b"[" + (element + b",") * (BODY_BYTES // len(element) // 2) + b"0]"
    answer = ada.client.post(TASKS, data=body, headers=headers)
    assert (answer.status_code, "10000 JSON lists and objects" in answer.json["detail"]) == (400, True)
    largest = {"operations": [{"op": "create", "task": {"title": "x"}}] * 100}
    assert ada.client.post(BATCH, data=json.dumps(largest), headers=headers).status_code == 207
