"""The OpenAPI document is valid and complete: every part has a description and an example, and is used."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import jsonschema_rs
import pytest
from flask import Flask
from flask.testing import FlaskClient
from schemathesis.specs.openapi.definitions import OPENAPI_31

from tests.conformance import Contract, documented_path
from webapp.apidocs import DOCUMENT, render
from webapp.app import create_app
from webapp.core.settings import Settings
from webapp.database.connection import Database
from webapp.sample.timeline import SAMPLE_USER

Json = dict[str, Any]

PROBLEM = "application/problem+json"
ONE_WORD = re.compile(r"[A-Z][a-z]+")
TASK_ID = "01a1fd9e-7109-72ef-b7e1-8cdc5ea16602"


@pytest.fixture
def document(contract: Contract) -> Json:
    return contract.document


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                yield path, method, operation


def parameters(contract: Contract, path: str, operation: Json) -> list[Json]:
    every = [*contract.document["paths"][path].get("parameters", []), *operation.get("parameters", [])]
    return [contract.resolve(each) for each in every]


def contents(contract: Contract) -> Iterator[tuple[str, Json]]:
    """Yield every body of a request or a response, with its operation and its content type or status."""
    for _, _, operation in operations(contract.document):
        for kind, media in operation.get("requestBody", {}).get("content", {}).items():
            yield f"{operation['operationId']} {kind}", media
        for status, answer in operation["responses"].items():
            for media in contract.resolve(answer).get("content", {}).values():
                yield f"{operation['operationId']} {status}", media


def properties(document: Json) -> Iterator[tuple[str, Json]]:
    for name, schema in document["components"]["schemas"].items():
        yield from ((f"{name}.{key}", each) for key, each in schema.get("properties", {}).items())


def test_document_is_valid_openapi_3_1(document: Json) -> None:
    assert document["openapi"].startswith("3.1.")
    errors = jsonschema_rs.validator_for(OPENAPI_31).iter_errors(document)
    assert [(error.instance_path, error.message[:200]) for error in errors] == []


def test_every_schema_is_valid_json_schema(document: Json) -> None:
    for name, schema in document["components"]["schemas"].items():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})
        assert "nullable" not in json.dumps(schema), name


def test_committed_document_is_current() -> None:
    assert DOCUMENT.read_text() == render()


def test_served_document_is_the_committed_one(settings: Settings, database: Database) -> None:
    deployed = create_app(replace(settings, environment="prod"), database).test_client()
    assert deployed.get("/openapi.json").json == json.loads(DOCUMENT.read_text())


def test_sample_users_are_in_the_embedded_document_only(client: FlaskClient) -> None:
    embedded = client.get("/openapi.json").text
    for secret in SAMPLE_USER.values():
        assert secret in embedded
        assert secret not in DOCUMENT.read_text()


def test_embedded_document_says_which_commands_write_sample_users(client: FlaskClient) -> None:
    """`make api` alone creates no users, so the document names the commands that create users."""
    introduction = client.get("/openapi.json").json["info"]["description"]
    (sentence,) = re.findall(rf"[^.]*sample users, such as `{re.escape(SAMPLE_USER['email'])}`", introduction)
    assert "`make run` and `make sample-data` write" in sentence


def test_document_has_every_route(app: Flask, document: Json) -> None:
    served = {
        (documented_path(rule), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule == "/" or rule.rule.startswith(("/api/", "/health"))
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert {(path, method) for path, method, _ in operations(document)} == served


def test_every_reference_exists_and_every_component_is_used(contract: Contract) -> None:
    references = set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(contract.document)))
    assert all(contract.resolve({"$ref": reference}) for reference in references)
    components = contract.document["components"]
    existing = {f"#/components/{kind}/{name}" for kind in components for name in components[kind]}
    assert {each for each in existing if "/securitySchemes/" not in each} == references


def test_every_operation_is_described(document: Json) -> None:
    tags = {tag["name"]: tag["description"] for tag in document["tags"]}
    assert all(ONE_WORD.fullmatch(name) and description for name, description in tags.items())
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(ids) == len(set(ids))
    for _, _, operation in operations(document):
        name = operation["operationId"]
        assert re.fullmatch(r"[a-z]+([A-Z][a-z]*)+", name), name
        assert 0 < len(operation["summary"]) <= 70, name
        assert set(operation["tags"]) <= set(tags), name


def test_every_parameter_and_property_is_described(contract: Contract) -> None:
    for path, _, operation in operations(contract.document):
        named = {each["name"]: each for each in parameters(contract, path, operation)}
        assert all(each["description"] for each in named.values()), operation["operationId"]
        in_path = {name for name, each in named.items() if each["in"] == "path" and each["required"]}
        assert in_path == set(re.findall(r"{(\w+)}", path))
        missing = [name for name, each in named.items() if not each["schema"].get("examples")]
        assert set(missing) <= {"cursor"}, operation["operationId"]
    undescribed = [name for name, each in properties(contract.document) if not described(contract, each)]
    assert undescribed == []


def described(contract: Contract, node: Json) -> bool:
    inner = [node, *node.get("anyOf", []), node.get("items", {})]
    return any(contract.resolve(each).get("description") for each in inner)


def test_every_body_has_a_valid_example(contract: Contract) -> None:
    for name, media in contents(contract):
        assert contract.flaws(media["schema"], media["example"]) == [], name
    for name, each in properties(contract.document):
        assert all(contract.flaws(each, example) == [] for example in each.get("examples", [])), name


def test_every_schema_lists_only_required_fields(contract: Contract) -> None:
    for name, schema in contract.document["components"]["schemas"].items():
        assert schema["additionalProperties"] is False, name
    answers = {
        media["schema"]["$ref"]
        for _, _, operation in operations(contract.document)
        for status, answer in operation["responses"].items()
        if status[0] == "2"
        for media_type, media in answer.get("content", {}).items()
        if media_type != "text/html"
    }
    assert answers
    for reference in answers:
        schema = contract.resolve({"$ref": reference})
        assert sorted(schema["required"]) == sorted(schema["properties"]), reference


def test_every_error_is_a_problem(contract: Contract) -> None:
    for path, _, operation in operations(contract.document):
        refusals = {status for status in operation["responses"] if status[0] in "45"}
        assert "500" in refusals
        assert "default" not in operation["responses"]
        assert ("401" in refusals) >= ("security" in operation)
        assert ("429" in refusals) == (path == "/" or path.startswith("/api/"))
        assert {"400", "405", "408", "413", "414", "431"} <= refusals
        assert not {"415", "422"} - refusals or "requestBody" not in operation
        for status in refusals:
            answer = contract.resolve(operation["responses"][status])
            assert list(answer["content"]) == [PROBLEM]
            assert answer["content"][PROBLEM]["schema"]["$ref"] == "#/components/schemas/Problem"
            assert answer["content"][PROBLEM]["example"]["status"] == int(status)


def test_every_response_has_the_request_id(contract: Contract) -> None:
    for _, _, operation in operations(contract.document):
        for status, answer in operation["responses"].items():
            headers = contract.resolve(answer)["headers"]
            assert "X-Request-ID" in headers, (operation["operationId"], status)
            assert ("WWW-Authenticate" in headers) == (status == "401")
            assert ("Retry-After" in headers) == (status in ("429", "503"))
            assert ("Allow" in headers) == (status == "405")


def test_sign_in_is_documented_where_it_is_required(client: FlaskClient, contract: Contract) -> None:
    assert set(contract.document["components"]["securitySchemes"]) == {"bearerAuth", "refreshAuth"}
    for path, method, operation in operations(contract.document):
        answer = client.open(re.sub(r"{\w+}", TASK_ID, path), method=method.upper(), json={})
        guarded = answer.status_code == 401
        assert guarded == ("security" in operation), (path, method)


def test_passwords_are_never_in_responses(contract: Contract) -> None:
    for name, media in contents(contract):
        if name.split()[1].isdigit():
            schema = contract.resolve(media["schema"])
            assert not [each for each in schema.get("properties", ()) if "password" in each], name
