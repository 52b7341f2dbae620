"""Erasure: no word of the person is left, whatever crashes, whoever still writes."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import datetime
from threading import Event
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.crashes import Crasher, crasher
from tests.invariants import assert_log_and_projection_agree
from tests.webapp.conftest import PASSWORD, MovableClock, Person
from webapp.app import create_app
from webapp.auth.credentials import Credentials
from webapp.auth.sessions import GONE
from webapp.changes import ChangeLog, Draft, Entity, Origin
from webapp.database import Database, Document, connect
from webapp.errors import InvalidToken
from webapp.ids import new_id
from webapp.rooms import Rooms, rooms
from webapp.settings import Settings
from webapp.users.addresses import Addresses
from webapp.users.rules import Registration

ME = "/api/v1/users/me"
TASKS = "/api/v1/tasks"
REGISTRATION = {"email": "ada@example.com", "name": "Ada Lovelace", "password": PASSWORD}
# Every line of the one, and every fifth of the other, which has crash tests of its own.
PATHS = (("webapp/users/erasure.py", 1), ("webapp/changes/log.py", 5))
# Everything personal that the tests write about Ada, in lower case.
WORDS = ("ada@", "ada.", "lovelace", "secret", "plan b", "hush")

pytestmark = pytest.mark.usefixtures("quick_hashes")


@pytest.fixture(scope="module")
def crashes() -> Iterator[Crasher]:
    with crasher() as opened:
        yield opened


@pytest.fixture
def here(app: Flask) -> Rooms:
    app.extensions["todo-preparation"].ensure()
    return rooms(app)


def sign_up(client: FlaskClient, number: int = 0) -> Person:
    """Ada with a task that changed, one that is gone, and an address and a name that she had before."""
    email = f"ada.{number}@example.com"
    made = client.post(
        "/api/v1/users", json={**REGISTRATION, "email": email}, headers={"Idempotency-Key": "k"}
    )
    tokens = client.post("/api/v1/auth/login", json={"email": email, "password": PASSWORD}).json
    ada = Person(client, made.json["id"], tokens["access_token"], tokens["refresh_token"])
    task = ada.create("A secret", description="Plan B", tags=["hush"], category="home")
    ada.send("PATCH", f"{TASKS}/{task['id']}", {"title": "Another secret"})
    ada.send("DELETE", f"{TASKS}/{ada.create('A third secret')['id']}")
    assert ada.send("PATCH", ME, {"email": f"ada.{number}@example.org"}).status_code == 200
    client.post("/api/v1/auth/login", json={"email": f"ada.{number}@example.org", "password": "wrong"})
    return ada


def erase(ada: Person) -> int:
    return ada.send("DELETE", ME, {"password": PASSWORD}).status_code


def assert_nothing_is_left(database: Database, *user_ids: str) -> None:
    """Scan every document of every collection, and look up what hangs on the ids."""
    for name in database.list_collection_names():
        for document in database[name].find({}):
            text = repr(document).lower()
            assert [word for word in WORDS if word in text] == [], name
    for user_id in user_ids:
        assert database.credentials.find_one({"_id": user_id}) is None
        assert database.emails.find_one({"user_id": user_id}) is None
        assert database.tasks.find_one({"user_id": user_id}) is None
        assert all(row["erased"] for row in database.changes.find({"user_id": user_id}))
        erasure = database.erasures.find_one({"_id": user_id})
        assert erasure is not None
        assert erasure["finished_at"] is not None
    assert_log_and_projection_agree(database)


def test_erasure_leaves_no_word(client: FlaskClient, database: Database) -> None:
    ada = sign_up(client)
    database.insights.insert_one({"_id": ada.user_id, "total": 7})
    answer = ada.send("DELETE", f"/api/v1/users/{ada.user_id}", {"password": PASSWORD})
    assert (answer.status_code, answer.data) == (204, b"")
    assert_nothing_is_left(database, ada.user_id)
    assert database.insights.count_documents({}) == 0
    assert database.login_failures.count_documents({}) == 0


def test_figures_survive_the_words(client: FlaskClient, database: Database) -> None:
    ada = sign_up(client)
    before = {row["_id"]: row for row in database.changes.find({})}
    assert erase(ada) == 204
    after = {row["_id"]: row for row in database.changes.find({})}
    assert len(after) == len(before) + 2
    for identity, row in before.items():
        for side in ("before", "after"):
            words: Document = {"title": None, "description": None, "tags": [], "email": None, "name": None}
            image = row[side]
            kept = image and image | {name: words[name] for name in words if name in image}
            assert after[identity][side] == kept
        rest = {name: value for name, value in row.items() if name not in ("before", "after", "fingerprint")}
        assert after[identity].items() >= rest.items()
    assert {row["op"] for identity, row in after.items() if identity not in before} == {"deleted"}


def test_erasure_leaves_others_alone(
    client: FlaskClient, register: Callable[..., Person], database: Database
) -> None:
    eve = register("eve@example.com")
    task = eve.create("Mine", description="Untouched")
    assert erase(sign_up(client)) == 204
    assert eve.send("GET", f"{TASKS}/{task['id']}").json == task
    assert eve.send("GET", ME).json["email"] == "eve@example.com"
    row = database.changes.find_one({"_id": f"task:{task['id']}:1"})
    assert row is not None
    assert row["after"]["title"] == "Mine"
    assert "erased" not in row


def test_wrong_password_erases_nothing(client: FlaskClient, database: Database) -> None:
    ada = sign_up(client)
    answer = ada.send("DELETE", ME, {"password": "not the password"})
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "#/password")
    assert database.erasures.count_documents({}) == 0
    assert ada.send("GET", ME).json["name"] == "Ada Lovelace"


@pytest.mark.parametrize(("method", "path"), [("GET", ME), ("GET", TASKS), ("POST", TASKS), ("DELETE", ME)])
def test_tokens_of_the_erased_are_worth_nothing(client: FlaskClient, method: str, path: str) -> None:
    ada = sign_up(client)
    erase(ada)
    body = {"title": "Still here"} if path == TASKS else {"password": PASSWORD}
    answer = ada.send(method, path, None if method == "GET" else body)
    assert (answer.status_code, answer.json["detail"]) == (401, GONE)
    refresh = ada.send("POST", "/api/v1/auth/refresh", Authorization=f"Bearer {ada.refresh_token}")
    assert (refresh.status_code, refresh.json["detail"]) == (401, GONE)


def test_erased_address_is_free_and_unknown(client: FlaskClient) -> None:
    ada = sign_up(client)
    erase(ada)
    proof = {"email": "ada.0@example.org", "password": PASSWORD}
    assert client.post("/api/v1/auth/login", json=proof).status_code == 401
    again = client.post("/api/v1/users", json={**REGISTRATION, "email": "ada.0@example.org"})
    assert (again.status_code, again.json["version"]) == (201, 1)
    assert again.json["id"] != ada.user_id


def request_in_child(settings: dict[str, Any], request: dict[str, Any]) -> Callable[[], int]:
    """Runs in the fork: one request to an application of its own."""
    chosen = Settings(**settings)
    app = create_app(chosen, connect(chosen))
    app.extensions["todo-preparation"].ensure()
    client = app.test_client()
    return lambda: client.open(**request).status_code


@pytest.mark.parametrize(("path", "step"), PATHS)
def test_killed_erasure_comes_to_its_end(
    crashes: Crasher, client: FlaskClient, settings: Settings, database: Database, path: str, step: int
) -> None:
    """By asking again or by a restart: each after every other line."""
    people: dict[int, Person] = {}
    function = f"{__name__}:request_in_child"

    def arguments(line: int) -> dict[str, Any]:
        people[line] = sign_up(client, line)
        headers = {"Authorization": f"Bearer {people[line].token}"}
        request = {"method": "DELETE", "path": ME, "json": {"password": PASSWORD}, "headers": headers}
        return {"settings": asdict(settings), "request": request}

    lines = crashes.first_and_last(function, [path], arguments(0))[::step]
    for turn, line in enumerate(lines):
        assert crashes.run(function, [path], line, arguments(line)) is None
        ada = people[line]
        # Refused when the credentials are gone already: only a restart or an operator can go on then.
        again = turn % 2 and erase(ada)
        if again != 204:
            create_app(settings, database).extensions["todo-preparation"].ensure()
            if database.erasures.find_one({"_id": ada.user_id}) is None:
                assert ada.send("GET", ME).json["name"] == "Ada Lovelace"
                assert erase(ada) == 204
        assert_nothing_is_left(database, ada.user_id)


def test_repair_command_finishes_erasures(app: Flask, client: FlaskClient, database: Database) -> None:
    ada = sign_up(client)
    database.erasures.insert_one(
        {"_id": ada.user_id, "requested_at": datetime(2026, 11, 20), "finished_at": None}  # noqa: DTZ001
    )
    result = app.test_cli_runner().invoke(args=["changes", "repair"])
    assert result.output.endswith("Finished 1 erasures.\n")
    assert_nothing_is_left(database, ada.user_id)
    assert "erasures" not in app.test_cli_runner().invoke(args=["changes", "repair"]).output


def test_writers_do_not_survive_the_erasure(app: Flask, client: FlaskClient, database: Database) -> None:
    ada = sign_up(client)
    mine = ada.create("A common secret")["id"]
    begun = Event()

    def write(number: int) -> set[int]:
        writer, statuses = Person(app.test_client(), ada.user_id, ada.token), set()
        for turn in range(40):
            if number % 2:
                answer = writer.send("POST", TASKS, {"title": f"Secret {number} {turn}"})
            else:
                answer = writer.send("PATCH", f"{TASKS}/{mine}", {"title": f"Secret {number} {turn}"})
            statuses.add(answer.status_code)
            begun.set()
        return statuses

    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(write, number) for number in range(4)]
        begun.wait()
        assert erase(ada) == 204
        statuses = set().union(*(writer.result() for writer in writers))
    assert statuses <= {200, 201, 401, 404}
    assert 401 in statuses
    assert_nothing_is_left(database, ada.user_id)


def late(here: Rooms, ada: Person, log: ChangeLog) -> None:
    """A writer who was let in before the erasure, and commits after its end."""
    task_id = new_id(here.clock())

    def build(current: Document | None, at: datetime) -> Draft:
        here.eraser.erase(ada.user_id)
        fields = {"title": "A late secret", "description": None, "tags": ["hush"], "category": "home"}
        fields |= {"status": "pending", "priority": "low", "due_date": None, "completed_at": None}
        image = {"_id": task_id, "user_id": ada.user_id, **fields, "created_at": at}
        return Draft("created", image)

    log.commit(Entity.TASK, task_id, build, Origin(ada.user_id))


def test_late_writer_erases_what_it_wrote(client: FlaskClient, here: Rooms, database: Database) -> None:
    ada = sign_up(client)
    with pytest.raises(InvalidToken):
        late(here, ada, here.log)
    assert_nothing_is_left(database, ada.user_id)


def test_late_writer_that_dies_is_cleaned_up(
    client: FlaskClient, here: Rooms, settings: Settings, database: Database, clock: MovableClock
) -> None:
    ada = sign_up(client)
    late(here, ada, ChangeLog(database, clock))
    assert "late secret" in repr(list(database.changes.find({})))
    clock.advance(days=3)
    create_app(settings, database, clock).extensions["todo-preparation"].ensure()
    assert_nothing_is_left(database, ada.user_id)


def test_late_change_of_address_is_erased(
    client: FlaskClient, here: Rooms, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, claim = sign_up(client), Addresses.claim_for_user

    def claim_after_the_erasure(self: Addresses, email: str, user_id: str) -> None:
        here.eraser.erase(user_id)
        claim(self, email, user_id)

    monkeypatch.setattr(Addresses, "claim_for_user", claim_after_the_erasure)
    assert ada.send("PATCH", ME, {"email": "ada.late@example.net"}).status_code == 401
    assert_nothing_is_left(database, ada.user_id)


def test_late_retry_of_registration_revives_nobody(
    client: FlaskClient, here: Rooms, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = here.users.register(Registration("ada@example.com", "Ada Lovelace", PASSWORD), Origin("", key="k"))
    user_id, keep = made.change.entity_id, Credentials.create

    def keep_after_the_erasure(self: Credentials, owner_id: str, password: str) -> None:
        here.eraser.erase(owner_id)
        keep(self, owner_id, password)

    monkeypatch.setattr(Credentials, "create", keep_after_the_erasure)
    with pytest.raises(InvalidToken):
        here.users.register(Registration("ada@example.com", "Ada Lovelace", PASSWORD), Origin("", key="k"))
    assert database.users.find_one({"_id": user_id, "deleted_at": {"$exists": True}}) is not None
    assert_nothing_is_left(database, user_id)
