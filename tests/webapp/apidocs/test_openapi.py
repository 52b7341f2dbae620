"""The OpenAPI document says what the API does."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

PROBLEM = "application/problem+json"
BODIES = ("post", "put", "patch")


@pytest.fixture
def document(client: FlaskClient) -> dict[str, Any]:
    return dict(client.get("/openapi.json").json or {})


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                parameters = [*item.get("parameters", []), *operation.get("parameters", [])]
                yield path, method, {**operation, "parameters": [resolve(document, p) for p in parameters]}


def resolve(document: dict[str, Any], node: dict[str, Any]) -> Any:
    while "$ref" in node:
        found: Any = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        node = found
    return node


def test_document_is_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    assert list(document) == ["openapi", "info", "servers", "tags", "paths", "components"]
    assert document["info"]["title"] == "Todo API with Insights"
    assert "nullable" not in json.dumps(document)


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    references = set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(document)))
    assert "#/components/schemas/Task" in references
    assert all(resolve(document, {"$ref": reference}) for reference in references)


def test_document_lists_every_endpoint(document: dict[str, Any]) -> None:
    assert {(path, method) for path, method, _ in operations(document)} == {
        ("/api/v1/users", "post"),
        ("/api/v1/users/{user_id}", "get"),
        ("/api/v1/auth/login", "post"),
        ("/api/v1/tasks", "post"),
        ("/api/v1/tasks", "get"),
        ("/api/v1/tasks/{task_id}", "get"),
        ("/api/v1/tasks/{task_id}", "put"),
        ("/api/v1/tasks/{task_id}", "patch"),
        ("/api/v1/tasks/{task_id}", "delete"),
        ("/api/v1/tasks/{task_id}/history", "get"),
        ("/api/v1/tasks/{task_id}/restore", "post"),
        ("/api/v1/changes", "get"),
        ("/health", "get"),
        ("/health/ready", "get"),
    }


def test_every_operation_is_described(document: dict[str, Any]) -> None:
    tags = {tag["name"] for tag in document["tags"]}
    for path, method, operation in operations(document):
        assert operation["summary"], (path, method)
        assert set(operation["tags"]) <= tags
        assert all(resolve(document, answer)["description"] for answer in operation["responses"].values())


def test_every_path_parameter_is_declared(document: dict[str, Any]) -> None:
    for path, _, operation in operations(document):
        parameters = operation["parameters"]
        declared = {each["name"] for each in parameters if each["in"] == "path" and each["required"]}
        assert declared == set(re.findall(r"{(\w+)}", path))


def test_security_is_documented_where_it_is_asked(client: FlaskClient, document: dict[str, Any]) -> None:
    assert document["components"]["securitySchemes"]["bearerAuth"]["scheme"] == "bearer"
    for path, method, operation in operations(document):
        answer = client.open(re.sub(r"{\w+}", "x", path), method=method.upper(), json={})
        guarded = path != "/api/v1/auth/login" and answer.status_code == 401
        assert operation.get("security", []) == ([{"bearerAuth": []}] if guarded else []), (path, method)
        assert not guarded or "401" in operation["responses"], (path, method)


def test_every_refusal_is_documented_as_problem(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        answers = {status: resolve(document, each) for status, each in operation["responses"].items()}
        assert "default" not in answers
        for status, answer in answers.items():
            if status[0] not in "123":
                schema = answer["content"][PROBLEM]["schema"]
                assert (list(answer["content"]), schema["$ref"]) == (
                    [PROBLEM],
                    "#/components/schemas/Problem",
                ), (path, method, status)


def test_writes_document_their_headers(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        if path.startswith(("/api/v1/tasks", "/api/v1/users")) and method != "get":
            headers = {each["name"] for each in operation["parameters"] if each["in"] == "header"}
            conditional = {"If-Match"} if method in ("put", "patch", "delete") else set()
            assert headers == {"Idempotency-Key"} | conditional, (path, method)


def test_passwords_are_never_in_answers(document: dict[str, Any]) -> None:
    for _, _, operation in operations(document):
        for answer in operation["responses"].values():
            for content in resolve(document, answer).get("content", {}).values():
                assert "password" not in json.dumps(resolve(document, content["schema"]))


def test_patches_document_both_content_types(document: dict[str, Any]) -> None:
    patches = [each for _, method, each in operations(document) if method == "patch"]
    assert patches
    for operation in patches:
        content = operation["requestBody"]["content"]
        assert list(content) == ["application/json", "application/merge-patch+json"]
        assert content["application/json"] == content["application/merge-patch+json"]
