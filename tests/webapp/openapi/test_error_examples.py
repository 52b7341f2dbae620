"""The examples of errors are correct: a request with the same error gets the text of the example."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.conformance import Contract
from tests.webapp.conftest import Person

Json = dict[str, Any]

JSON = "application/json"
PROBLEM = "application/problem+json"
UNKNOWN = "01a1fd9e-0000-7000-8000-000000000000"
# An invalid value for each query parameter.
INVALID = {"limit": "0", "everywhere": "x", "has_category": "x", "due_before": "x", "from": "x"}
PROVOKED = (400, 404, 405, 412, 415, 422)


def documented(contract: Contract, status: int) -> Iterator[tuple[Json, str, str]]:
    """Yield the method and path of each operation that documents this status, with the operation."""
    for path, item in contract.document["paths"].items():
        for method, operation in item.items():
            if method != "parameters" and str(status) in operation["responses"]:
                yield operation, method.upper(), path


def provoke(
    person: Person, operation: Json, method: str, path: str, status: int, example: Json
) -> TestResponse:
    """Send a request that causes the error in the example."""
    headers = {"Authorization": f"Bearer {person.token}"}
    body = operation.get("requestBody", {}).get("content", {}).get(JSON, {}).get("example")
    match status:
        case 400 if "cursor" in example["detail"]:
            return person.client.open(f"{path}?cursor=x", method=method, headers=headers)
        case 400 if body is None:
            return person.client.open(f"{path}?x=%zz", method=method, headers=headers)
        case 400:
            return person.client.open(
                path, method=method, data=b"{'name':", content_type=JSON, headers=headers
            )
        case 405:
            return person.client.open(path, method="TRACE", headers=headers)
        case 412:
            return person.client.open(path, method=method, json=body, headers={**headers, "If-Match": '"7"'})
        case 415:
            return person.client.open(
                path, method=method, data=b"{}", content_type="text/plain", headers=headers
            )
        case 422:
            return provoke_rule(person, method, path, example, headers)
    return person.client.open(path, method=method, json=body, headers=headers)


def provoke_rule(
    person: Person, method: str, path: str, example: Json, headers: dict[str, str]
) -> TestResponse:
    if "errors" not in example:
        headers = {**headers, "Idempotency-Key": "k"}
        person.client.post("/api/v1/tasks", json={"title": "Mow"}, headers=headers)
        return person.client.open(path, method=method, headers=headers)
    (error,) = example["errors"]
    if "parameter" in error:
        query = f"?{error['parameter']}={INVALID[error['parameter']]}"
        return person.client.open(path + query, method=method, headers=headers)
    body = {error["pointer"].removeprefix("#/"): None} if "null" in error["detail"] else {}
    return person.client.open(path, method=method, json=body, headers=headers)


@pytest.mark.parametrize("status", PROVOKED)
def test_operations_respond_with_their_examples(
    ada: Person, contract: Contract, status: int, subtests: pytest.Subtests
) -> None:
    for operation, method, path in documented(contract, status):
        with subtests.test(operation["operationId"]):
            check_example(ada, operation, method, path, status)


def check_example(ada: Person, operation: Json, method: str, path: str, status: int) -> None:
    example = operation["responses"][str(status)]["content"][PROBLEM]["example"]
    task_id = UNKNOWN if status == 404 else ada.create()["id"]
    user_id = UNKNOWN if status == 404 else "me"
    target = path.format(task_id=task_id, user_id=user_id)
    answer = provoke(ada, operation, method, target, status, example)
    assert answer.status_code == status, answer.text
    found = answer.json or {}
    # Versions and positions are not compared: the example contains version 2, but a new task has version 1.
    shown = re.compile(r"version \d|line \d+, column \d+")
    assert shown.sub("", found["detail"]) == shown.sub("", example["detail"])
    assert found["instance"] == target
    assert re.sub(r"01a1fd9e[0-9a-f-]+", "{task_id}", example["instance"]) == path.replace("{user_id}", "me")
    for error in example.get("errors", []):
        assert error in found["errors"]


def test_every_example_names_the_path_of_its_operation(contract: Contract) -> None:
    for path, item in contract.document["paths"].items():
        pattern = re.compile(re.sub(r"{\w+}", "[^/]+", path))
        for method, operation in item.items():
            for status, answer in operation["responses"].items() if method != "parameters" else ():
                example = answer.get("content", {}).get(PROBLEM, {}).get("example")
                assert example is None or pattern.fullmatch(example["instance"]), (method, path, status)
