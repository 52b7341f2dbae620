"""An erasure finishes even if it is killed at any step, and with concurrent writes."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import datetime
from threading import Event
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.crashes import Crasher
from tests.webapp.conftest import PASSWORD, MovableClock, Person
from tests.webapp.users.erased import ME, TASKS, assert_nothing_is_left, erase, sign_up
from webapp.app import create_app
from webapp.auth.credentials import Credentials
from webapp.changes import ChangeLog, Entity, KeyClaims, Origin, ProposedChange
from webapp.core.errors import InvalidToken
from webapp.core.ids import new_id
from webapp.core.settings import Settings
from webapp.database.connection import Database, Document
from webapp.database.registry import Services
from webapp.http.context import services
from webapp.startup import Startup
from webapp.users.addresses import Addresses
from webapp.users.emails import Claim
from webapp.users.erasure import Eraser
from webapp.users.rules import Registration
from webapp.users.store import UserStore

REQUEST = "tests.webapp.changes.forked:request"
PATHS = ("webapp/users/erasure.py", "webapp/changes/log.py")


@pytest.fixture
def here(app: Flask) -> Services:
    services(app).get(Startup).run_once()
    return services(app)


@pytest.mark.sampled
@pytest.mark.parametrize("path", PATHS)
def test_killed_erasure_is_finished(
    crashes: Crasher, client: FlaskClient, settings: Settings, database: Database, path: str
) -> None:
    """A repeated request finishes the erasure, and so does a restart of the API."""
    people: dict[int, Person] = {}

    def arguments(number: int) -> dict[str, Any]:
        people[number] = sign_up(client, number)
        headers = {"Authorization": f"Bearer {people[number].token}"}
        request = {"method": "DELETE", "path": ME, "json": {"password": PASSWORD}, "headers": headers}
        return {"settings": asdict(settings), "request": request}

    for number, _ in enumerate(crashes.every_kill(REQUEST, [path], arguments, times=2), 1):
        ada = people[number]
        # If the credentials are already deleted, the repeated request is refused, and only a restart can
        # finish.
        again = number % 2 and erase(ada)
        if again != 204:
            services(create_app(settings, database)).get(Startup).run_once()
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


def test_late_claim_of_a_key_does_not_survive_the_erasure(
    here: Services, client: FlaskClient, database: Database
) -> None:
    ada = sign_up(client)
    assert erase(ada) == 204
    late = Origin(ada.user_id, key=f"{ada.user_id}:late", fingerprint="a digest of a title")
    with pytest.raises(InvalidToken):
        here.get(KeyClaims).claim(late)
    assert_nothing_is_left(database, ada.user_id)


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


def late(here: Services, ada: Person, log: ChangeLog) -> None:
    """Write like a request that is authenticated before the erasure and commits after the erasure."""
    task_id = new_id(here.clock())

    def build(current: Document | None, at: datetime) -> ProposedChange:
        here.get(Eraser).erase(ada.user_id)
        fields = {"title": "A late secret", "description": None, "tags": ["hush"], "category": "home"}
        fields |= {"status": "pending", "priority": "low", "due_date": None, "completed_at": None}
        image = {"_id": task_id, "user_id": ada.user_id, **fields, "created_at": at}
        return ProposedChange("created", image)

    log.commit(Entity.TASK, task_id, build, Origin(ada.user_id))


def test_late_writer_erases_its_own_write(client: FlaskClient, here: Services, database: Database) -> None:
    ada = sign_up(client)
    with pytest.raises(InvalidToken):
        late(here, ada, here.get(ChangeLog))
    assert_nothing_is_left(database, ada.user_id)


def test_write_of_killed_late_writer_is_erased(
    client: FlaskClient, here: Services, settings: Settings, database: Database, clock: MovableClock
) -> None:
    ada = sign_up(client)
    late(here, ada, ChangeLog(database, clock))
    assert "late secret" in repr(list(database.changes.find({})))
    clock.advance(days=3)
    services(create_app(settings, database, clock)).get(Startup).run_once()
    assert_nothing_is_left(database, ada.user_id)


def test_late_change_of_address_is_erased(
    client: FlaskClient, here: Services, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, claim = sign_up(client), Addresses.claim_for_user

    def claim_after_the_erasure(self: Addresses, email: str, user_id: str) -> Claim:
        here.get(Eraser).erase(user_id)
        return claim(self, email, user_id)

    monkeypatch.setattr(Addresses, "claim_for_user", claim_after_the_erasure)
    assert ada.send("PATCH", ME, {"email": "ada.late@example.net"}).status_code == 401
    assert_nothing_is_left(database, ada.user_id)


def test_late_retry_of_registration_creates_no_user(
    client: FlaskClient, here: Services, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = here.get(UserStore).register(
        Registration("ada@example.com", "Ada Lovelace", PASSWORD), Origin("", key="k")
    )
    user_id, keep = made.change.entity_id, Credentials.create

    def keep_after_the_erasure(self: Credentials, owner_id: str, *passwords: str) -> None:
        here.get(Eraser).erase(owner_id)
        keep(self, owner_id, *passwords)

    monkeypatch.setattr(Credentials, "create", keep_after_the_erasure)
    with pytest.raises(InvalidToken):
        here.get(UserStore).register(
            Registration("ada@example.com", "Ada Lovelace", PASSWORD), Origin("", key="k")
        )
    assert database.users.find_one({"_id": user_id, "deleted_at": {"$exists": True}}) is not None
    assert_nothing_is_left(database, user_id)
