"""`X-Request-ID`: every response has this header, with a valid id of the client or with a new id."""

import re
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from tests.webapp.conftest import Person
from webapp.database.connection import Database

HEADER = "X-Request-ID"


@pytest.mark.parametrize(
    "valid", ["12345678", "a" * 64, "01a1fd9e-0000-7000-8000-000000000000", "Trace_1.2-3"]
)
def test_valid_request_id_is_kept(client: FlaskClient, valid: str) -> None:
    assert client.get("/health", headers={HEADER: valid}).headers[HEADER] == valid


@pytest.mark.parametrize(
    "insane",
    [
        "",
        "1234567",
        "a" * 65,
        "with space",
        "ada@example.com",
        "<script>",
        "\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9",
    ],
)
def test_invalid_request_id_is_replaced(client: FlaskClient, insane: str) -> None:
    given = client.get("/health", headers={HEADER: insane}).headers[HEADER]
    assert str(UUID(given)) == given


def test_each_request_gets_another_id(client: FlaskClient) -> None:
    assert len({client.get(path).headers[HEADER] for path in ("/health", "/health", "/nowhere")}) == 3


def test_change_contains_its_request_id(ada: Person, database: Database) -> None:
    ada.send("POST", "/api/v1/tasks", {"title": "Mow"}, X_Request_ID="my-own-request")
    changes = {change["entity"]: change["request_id"] for change in database.changes.find({})}
    assert changes["task"] == "my-own-request"
    assert re.fullmatch(r"[0-9a-f-]{36}", changes["user"])
