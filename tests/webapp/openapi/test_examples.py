"""Every example in the OpenAPI document works with a new service, and gets a response that is documented."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.conformance import Contract
from tests.webapp.conftest import Person
from webapp.apidocs import DOCUMENT
from webapp.core.settings import Settings
from webapp.database.connection import Database
from webapp.http.context import services
from webapp.sample.runner import SampleRunner, Scenario
from webapp.sample.timeline import SEED
from webapp.startup import Startup

Json = dict[str, Any]

# In this order, earlier operations create what later operations need. Operations that end sessions or
# accounts are last.
WALK = (
    "showIndex",
    "showLiveness",
    "showReadiness",
    "registerUser",
    "logIn",
    "getUser",
    "changeUser",
    "createTask",
    "writeBatch",
    "listTasks",
    "getTask",
    "replaceTask",
    "changeTask",
    "showHistory",
    "deleteTask",
    "restoreTask",
    "listChanges",
    "showInsights",
    "listDays",
    "summarizePeriod",
    "refreshTokens",
    "logOut",
    "logIn",
    "eraseUser",
    "registerUser",
    "logIn",
    "changePassword",
)


class Reader:
    """A client that sends the examples of the OpenAPI document unchanged."""

    def __init__(self, client: FlaskClient, contract: Contract) -> None:
        self._client = client
        self._contract = contract
        self.tokens: dict[str, str] = {}
        self.ids = {"user_id": "me"}

    def run(self, operation_id: str, query: Json | None = None, **headers: str) -> TestResponse:
        """Send a request with the example of the operation as the body; ids are from earlier responses."""
        path, method, operation = find(self._contract.document, operation_id)
        body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
        for scheme in operation.get("security", []):
            headers["Authorization"] = f"Bearer {self.tokens[next(iter(scheme))]}"
        target = path.format(**self.ids) + (f"?{urlencode(query, doseq=True)}" if query else "")
        answer = self._client.open(target, method=method.upper(), json=body, headers=headers)
        self._remember(operation, answer)
        return answer

    def _remember(self, operation: Json, answer: TestResponse) -> None:
        found: Json = answer.get_json() if answer.data else {}
        if "access_token" in found:
            self.tokens = {"bearerAuth": found["access_token"], "refreshAuth": found["refresh_token"]}
        links = operation["responses"].get(str(answer.status_code), {}).get("links", {})
        for link in links.values():
            for name, expression in link["parameters"].items():
                if expression == "$response.body#/id":
                    self.ids[name] = found["id"]


@pytest.fixture
def reader(client: FlaskClient, contract: Contract) -> Reader:
    return Reader(client, contract)


def find(document: Json, operation_id: str) -> tuple[str, str, Json]:
    return next(
        (path, method, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method != "parameters" and operation["operationId"] == operation_id
    )


def success(operation: Json) -> int:
    return min(int(status) for status in operation["responses"])


def sent(parameter: Json) -> Any:
    """Return the example of a query parameter as a client sends it in the URL."""
    match parameter["schema"].get("examples", [None])[0]:
        case bool(value):
            return str(value).lower()
        case value:
            return value


def query_examples() -> list[Any]:
    """Return each documented query parameter with its example, except `cursor`, which has none."""
    return [
        (operation["operationId"], each["name"], sent(each))
        for item in json.loads(DOCUMENT.read_text())["paths"].values()
        for method, operation in item.items()
        if method != "parameters"
        for each in operation.get("parameters", [])
        if each.get("in") == "query" and each["name"] != "cursor"
    ]


def test_walk_contains_all_operations(contract: Contract) -> None:
    every = {
        each["operationId"]
        for item in contract.document["paths"].values()
        for each in item.values()
        if isinstance(each, dict)
    }
    assert set(WALK) == every


def test_examples_run_as_given(reader: Reader, contract: Contract) -> None:
    for operation_id in WALK:
        _, _, operation = find(contract.document, operation_id)
        answer = reader.run(operation_id)
        assert answer.status_code == success(operation), (operation_id, answer.text)


def test_responses_are_like_their_examples(reader: Reader, contract: Contract) -> None:
    for operation_id in ("registerUser", "logIn", "createTask"):
        _, _, operation = find(contract.document, operation_id)
        answer: Json = reader.run(operation_id).get_json()
        example = operation["responses"][str(success(operation))]["content"]["application/json"]["example"]
        given = operation["requestBody"]["content"]["application/json"]["example"]
        assert list(answer) == list(example)
        assert {name: answer[name] for name in given if name in answer} == {
            name: example[name] for name in given if name in example
        }


@pytest.mark.parametrize(("operation_id", "name", "example"), query_examples())
def test_query_examples_run(reader: Reader, operation_id: str, name: str, example: Any) -> None:
    for preparation in ("registerUser", "logIn", "createTask"):
        reader.run(preparation)
    answer = reader.run(operation_id, {name: example})
    assert answer.status_code in (200, 204), answer.text


def test_header_examples_run(reader: Reader, contract: Contract) -> None:
    headers = contract.document["components"]["parameters"]
    key, version, known = (
        {name: headers[name]["schema"]["examples"][0]}
        for name in ("Idempotency-Key", "If-Match", "If-None-Match")
    )
    reader.run("registerUser")
    reader.run("logIn")
    assert [reader.run("createTask", **key).headers.get("Idempotency-Replayed") for _ in "12"] == [
        None,
        "true",
    ]
    assert reader.run("getTask", **known).status_code == 304
    assert reader.run("changeTask", **version).status_code == 200
    assert reader.run("changeTask", **version).status_code == 412


def test_example_cursor_is_that_of_the_page_before(ada: Person) -> None:
    for _ in range(3):
        ada.create()
    page = ada.send("GET", "/api/v1/tasks?limit=2").json
    assert len(ada.send("GET", f"/api/v1/tasks?cursor={page['next_cursor']}").json["items"]) == 1


def test_sample_user_of_the_embedded_document_exists(
    app: Flask, client: FlaskClient, settings: Settings, database: Database
) -> None:
    services(app).get(Startup).run_once()
    scenario = Scenario(users=1, days=1, seed=SEED, end=datetime(2026, 11, 20, 9, tzinfo=UTC))
    list(SampleRunner(settings, database, scenario).run())
    embedded = Reader(client, Contract(json.loads(client.get("/openapi.json").data)))
    for operation_id in ("logIn", "getUser", "changePassword"):
        assert embedded.run(operation_id).status_code in (200, 204), operation_id
