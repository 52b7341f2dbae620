"""`flask users normalize` changes documents of the previous release to the form of this release."""

from dataclasses import asdict
from typing import Any
from urllib.parse import quote

import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient

from tests.crashes import Crasher
from tests.invariants import assert_log_and_projection_agree
from tests.sampling import sample
from tests.webapp.conftest import PASSWORD
from tests.webapp.previous_release import PreviousRelease
from tests.webapp.users.invariants import assert_everybody_holds_their_address
from webapp.core.settings import Settings
from webapp.database.connection import Database

Json = dict[str, Any]

LOGIN, TASKS = "/api/v1/auth/login", "/api/v1/tasks"
STRASSE, ANDRE = "stra\u00dfe@example.com", "andre\u0301@example.com"
FORKED, FILES = (
    "tests.webapp.cli.forked_normalize:normalize",
    ["webapp/normalization.py", "webapp/cli/users.py"],
)


@pytest.fixture
def old(database: Database) -> PreviousRelease:
    return PreviousRelease(database)


def normalize(app: Flask) -> Result:
    return app.test_cli_runner().invoke(args=["users", "normalize"])


def token(client: FlaskClient, email: str) -> str | None:
    answer = client.post(LOGIN, json={"email": email, "password": PASSWORD})
    return answer.json["access_token"] if answer.status_code == 200 else None


def found(client: FlaskClient, email: str, query: str) -> list[str]:
    headers = {"Authorization": f"Bearer {token(client, email)}"}
    items = client.get(f"{TASKS}?sort=created_at&{query}", headers=headers).json["items"]
    return [task["id"] for task in items]


def everything(database: Database) -> Json:
    names = ("changes", "users", "tasks", "emails")
    return {name: sorted(database[name].find({}), key=lambda row: str(row["_id"])) for name in names}


def write_old_documents(old: PreviousRelease) -> tuple[str, list[str]]:
    user_id = old.user(STRASSE, " Eve\u200b")
    tasks = [
        old.task(user_id, "Cafe\u0301", "cafe\u0301", ("e\u0301", "\u00e9", "\u200b")),
        old.task(user_id, "Zadzwo\u0144 do \u0141ukasza", "home"),
        old.task(user_id, "plain", "home", ("weekly",)),
        old.task(user_id, "\u200b"),
    ]
    old.user(ANDRE)
    old.user("ada@b\u00fccher.example")
    old.user("Bob@example.com")
    return user_id, tasks


def test_user_of_previous_release_can_log_in_and_find_tasks(
    app: Flask, client: FlaskClient, database: Database, old: PreviousRelease
) -> None:
    user_id, tasks = write_old_documents(old)
    assert token(client, STRASSE) is None
    result = normalize(app)
    assert result.exit_code == 0, result.output
    assert "4 users and 4 tasks: rewrote 2 users and 1 tasks, moved 1 addresses" in result.output
    for email in (STRASSE, "andr\u00e9@example.com", "ada@xn--bcher-kva.example", "bob@example.com"):
        assert token(client, email) is not None
    assert token(client, "strasse@example.com") is None
    for query in ("category=caf\u00e9", "tag=e\u0301", "tag=\u00e9", "q=cafe"):
        assert found(client, STRASSE, quote(query, safe="=")) == tasks[:1]
    assert found(client, STRASSE, "q=lukasza") == tasks[1:2]
    assert database.users.find_one({"_id": user_id})["name"] == "Eve"
    assert database.tasks.find_one({"_id": tasks[0]})["tags"] == ["\u00e9"]
    assert_everybody_holds_their_address(database)
    assert_log_and_projection_agree(database)


def test_second_run_changes_nothing(app: Flask, database: Database, old: PreviousRelease) -> None:
    write_old_documents(old)
    normalize(app)
    before = everything(database)
    result = normalize(app)
    assert result.exit_code == 0
    assert "rewrote 0 users and 0 tasks, moved 0 addresses, and reindexed 0 tasks" in result.output
    assert everything(database) == before


def test_texts_are_rewritten_through_the_log(app: Flask, database: Database, old: PreviousRelease) -> None:
    """The log has both categories, so the pipeline can move the task from the old to the new category."""
    _, tasks = write_old_documents(old)
    normalize(app)
    changes = list(database.changes.find({"entity_id": tasks[0]}).sort("version", 1))
    assert [change["op"] for change in changes] == ["created", "updated"]
    assert (changes[1]["before"]["category"], changes[1]["after"]["category"]) == ("cafe\u0301", "caf\u00e9")
    for unchanged in tasks[1:]:
        assert database.changes.count_documents({"entity_id": unchanged}) == 1


def test_collision_is_reported_and_merges_nothing(
    app: Flask, client: FlaskClient, database: Database, old: PreviousRelease
) -> None:
    """Two addresses differ only in a leading space; only in the previous release, they were different."""
    first = old.user("eve@example.com")
    second = old.user(" eve@example.com")
    before = everything(database)["users"]
    result = normalize(app)
    assert result.exit_code == 1
    assert f"User {second} has the same address as user {first}" in result.output
    assert "eve@" not in result.output
    assert everything(database)["users"] == before
    assert token(client, "eve@example.com") is not None


def test_free_form_of_former_key_can_be_registered(
    app: Flask, client: FlaskClient, database: Database, old: PreviousRelease
) -> None:
    old.user(STRASSE)
    normalize(app)
    other = {"email": "strasse@example.com", "name": "Eve", "password": "another good password"}
    assert client.post("/api/v1/users", json=other).status_code == 201
    assert normalize(app).exit_code == 0
    assert token(client, STRASSE) is not None
    assert_everybody_holds_their_address(database)


@pytest.mark.sampled
@pytest.mark.timeout(300)
def test_normalization_survives_any_kill(
    app: Flask, crashes: Crasher, database: Database, settings: Settings, old: PreviousRelease
) -> None:
    def reset() -> None:
        for name in ("changes", "users", "tasks", "emails", "credentials", "erasures"):
            database[name].delete_many({})
        write_old_documents(PreviousRelease(database))

    def texts() -> Json:
        timeless = {"at", "updated_at", "position", "claimed_at", "claim_id", "keys", "before", "after"}
        return {
            name: [{key: value for key, value in row.items() if key not in timeless} for row in rows]
            for name, rows in everything(database).items()
        }

    arguments = {"settings": asdict(settings)}
    reset()
    places = crashes.kill_points(FORKED, FILES, arguments)
    expected = texts()
    for place in sample(places, 12):
        reset()
        assert crashes.run(FORKED, FILES, place, arguments) is None
        assert normalize(app).exit_code == 0
        assert texts() == expected
        assert_everybody_holds_their_address(database)
        assert_log_and_projection_agree(database)
