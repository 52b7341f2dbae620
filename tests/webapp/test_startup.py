"""While the database is unavailable, some requests succeed, and the others get 503; later all succeed."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import SECRET
from tests.invariants import assert_log_and_projection_agree
from tests.webapp.conftest import PASSWORD, MovableClock
from tools.data_folder import DataFolder
from tools.services import database as server
from tools.supervision.ports import free_port
from webapp.app import create_app
from webapp.core.settings import Settings
from webapp.database.connection import Database, connect

USER = {"email": "ada@example.com", "name": "Ada", "password": PASSWORD}
PROBLEM = "application/problem+json"


@pytest.fixture(scope="module")
def port() -> int:
    """The port of a database server that runs only after a test has started it."""
    return free_port()


@pytest.fixture
def cut_off(port: int) -> Iterator[Flask]:
    settings = Settings(jwt_secret=SECRET, mongodb_uri=server.uri(port))
    database = connect(settings)
    yield create_app(settings, database)
    database.client.close()


@pytest.fixture
def client(cut_off: Flask) -> FlaskClient:
    return cut_off.test_client()


@pytest.mark.parametrize(
    ("path", "status"),
    [("/health", 200), ("/docs", 200), ("/docs/", 404), ("/openapi.json", 200), ("/nowhere", 404)],
)
def test_requests_without_database_succeed_at_once(client: FlaskClient, path: str, status: int) -> None:
    begun = time.monotonic()
    assert client.get(path, buffered=True).status_code == status
    assert time.monotonic() - begun < 1


def test_preflight_needs_no_database(client: FlaskClient) -> None:
    assert client.options("/api/v1/tasks").status_code == 200


@pytest.mark.parametrize("path", ["/health/ready", "/api/v1/tasks"])
def test_other_requests_get_retry_after(client: FlaskClient, path: str) -> None:
    begun = time.monotonic()
    answer = client.get(path)
    assert (answer.status_code, answer.content_type) == (503, PROBLEM)
    assert int(answer.headers["Retry-After"]) > 0
    assert "127.0.0.1" not in answer.text
    assert time.monotonic() - begun < 4


def test_waiting_requests_do_not_queue_up(cut_off: Flask) -> None:
    begun = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: cut_off.test_client().get("/health/ready"), range(8)))
    assert {answer.status_code for answer in answers} == {503}
    assert {int(answer.headers["Retry-After"]) for answer in answers} == {5}
    assert time.monotonic() - begun < 6


def test_api_recovers_with_its_database(client: FlaskClient, port: int, tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    (tmp_path / "logs").mkdir()
    assert client.post("/api/v1/users", json=USER).status_code == 503
    service = server.start(folder, port)
    try:
        assert client.post("/api/v1/users", json=USER).status_code == 201
    finally:
        service.stop()
    assert client.get("/health/ready").status_code == 503
    service = server.start(folder, port)
    try:
        assert client.get("/health/ready").status_code == 200
        assert client.post("/api/v1/users", json=USER).status_code == 409
    finally:
        service.stop()


def test_first_request_finds_indexes_and_repaired_log(
    app: Flask, settings: Settings, database: Database, clock: MovableClock
) -> None:
    app.test_client().post("/api/v1/users", json=USER)
    unique = [list(index["key"]) for index in database.changes.list_indexes() if index.get("unique")]
    assert unique == [["idempotency_key"]]
    database.users.delete_many({})
    assert create_app(settings, database, clock).test_client().get("/health/ready").status_code == 200
    assert_log_and_projection_agree(database)
