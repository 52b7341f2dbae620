"""The database fails during a batch: the response to the batch, and the result of a retry."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from tests.webapp.conftest import PASSWORD, Person
from tools.data_folder import DataFolder
from tools.services import database as server
from tools.supervision.ports import free_port
from webapp.app import create_app
from webapp.changes import Change, ChangeLog
from webapp.core.settings import Settings
from webapp.database.connection import Database, connect
from webapp.http.context import services

BATCH = {"operations": [{"op": "create", "task": {"title": f"Task {number}"}} for number in range(100)]}


class Server:
    """A database server for one test, which can be stopped and started."""

    def __init__(self, folder: DataFolder) -> None:
        self._folder = folder
        self.port = free_port()
        self.start()

    def start(self) -> None:
        self._service = server.start(self._folder, self.port)

    def stop(self) -> None:
        self._service.stop()


@pytest.fixture
def own_server(data_folder: DataFolder) -> Iterator[Server]:
    started = Server(data_folder)
    yield started
    started.stop()


@pytest.fixture
def own_database(settings: Settings, own_server: Server) -> Iterator[Database]:
    opened = connect(replace(settings, mongodb_uri=server.uri(own_server.port)))
    yield opened
    opened.client.close()


@pytest.fixture
def ada(settings: Settings, own_database: Database) -> Person:
    client = create_app(settings, own_database).test_client()
    proof = {"email": "ada@example.com", "password": PASSWORD}
    user_id = client.post("/api/v1/users", json={**proof, "name": "Ada"}).json["id"]
    token = client.post("/api/v1/auth/login", json=proof).json["access_token"]
    return Person(client, user_id, token)


def before_commit(ada: Person, number: int, act: Callable[[], None]) -> list[int]:
    """Call `act` before the commit with this number; returns a list of the commits that were attempted."""
    log, tried = services(ada.client.application).get(ChangeLog), list[int]()
    append = log._append

    def act_then_append(change: Change) -> None:
        tried.append(len(tried))
        if len(tried) == number + 1:
            act()
        append(change)

    log._append = act_then_append  # type: ignore[method-assign]
    return tried


def test_rest_of_batch_is_not_attempted(ada: Person, own_server: Server, own_database: Database) -> None:
    tried = before_commit(ada, 3, own_server.stop)
    answer = ada.send("POST", "/api/v1/tasks/batch", BATCH, Idempotency_Key="k")
    results = answer.json["results"]
    assert answer.status_code == 207
    assert [result["status"] for result in results] == [201] * 3 + [503] * 97
    assert {result["problem"]["title"] for result in results[3:]} == {"Service Unavailable"}
    assert tried == [0, 1, 2, 3]
    own_server.start()
    time.sleep(1)
    again = ada.send("POST", "/api/v1/tasks/batch", BATCH, Idempotency_Key="k")
    assert [result["status"] for result in again.json["results"]] == [201] * 100
    assert again.json["results"][:3] == results[:3]
    assert "Idempotency-Replayed" not in again.headers
    assert own_database.tasks.count_documents({}) == 100


def test_outage_at_the_start_fails_the_batch(ada: Person, own_server: Server) -> None:
    tried = before_commit(ada, 0, own_server.stop)
    answer = ada.send("POST", "/api/v1/tasks/batch", BATCH)
    assert (answer.status_code, answer.content_type) == (503, "application/problem+json")
    assert "Retry-After" in answer.headers
    assert tried == [0]
    own_server.start()
