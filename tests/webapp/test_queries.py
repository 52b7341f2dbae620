"""docs/queries.md lists every command that the API sends to the database; an index supports each command."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import pytest
from flask import Flask, request
from pymongo import MongoClient

from tests.conformance import Contract
from tests.webapp.conftest import MovableClock, Person
from tests.webapp.insights.documents import written
from tests.webapp.query_table import Command, CommandRecorder, Row, best_row, rows
from tests.webapp.tour import take_tour
from webapp.core.settings import Settings
from webapp.database import connection as database_module
from webapp.database.connection import EXPIRING, Database, connect
from webapp.database.indexes import INDEXES
from webapp.http.context import services
from webapp.startup import Startup

TABLE = rows()
ROW_IDS = [f"{row.collection}-{row.command}-{'-'.join(name for name, _ in row.finds_by)}" for row in TABLE]
UNIQUE = {("_id",), ("idempotency_key",)}
SCAN = ()


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Enable the rate limit that is counted in the database, with a limit that no test reaches."""
    return replace(settings, rate_limit_sign_in="100000/day")


@pytest.fixture
def recorder() -> CommandRecorder:
    return CommandRecorder()


@pytest.fixture
def database(
    settings: Settings, recorder: CommandRecorder, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Database]:
    monkeypatch.setattr(database_module, "MongoClient", partial(MongoClient, event_listeners=[recorder]))
    opened = connect(settings)
    yield opened
    opened.client.drop_database(opened.name)
    opened.client.close()


@pytest.fixture
def asked(app: Flask) -> set[tuple[str, str]]:
    """The methods and routes that the test has requested so far."""
    seen: set[tuple[str, str]] = set()

    @app.before_request
    def note() -> None:
        seen.add((request.method, str(request.url_rule)))

    return seen


@pytest.fixture
def recorded(
    app: Flask,
    asked: set[tuple[str, str]],
    recorder: CommandRecorder,
    ada: Person,
    clock: MovableClock,
    contract: Contract,
    database: Database,
) -> list[Command]:
    """The commands that the API sent at the start of the process and during the tour of all operations."""
    # The pipeline has written insights of ada, so the API also reads the parts of days.
    database.insights.insert_one(written(ada.user_id))
    recorder.recorded.clear()
    take_tour(app, ada, clock, contract.document)
    recorder.starting = True
    preparation = services(app).get(Startup)
    preparation._done = False
    preparation.run_once()
    operations = {
        (method, str(rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/")
    }
    assert operations <= asked
    return recorder.recorded


def test_commands_and_table_agree(recorded: list[Command]) -> None:
    described = [(command, best_row(TABLE, command)) for command in recorded]
    assert {command for command, row in described if row is None} == set(), "not in docs/queries.md"
    met = {id(row) for _, row in described}
    assert [row for row in TABLE if id(row) not in met] == [], "in docs/queries.md, but never sent"
    scans = [command for command, row in described if row is not None and row.index == SCAN]
    assert all(command.starting for command in scans)
    assert {command.name for command in recorded} <= {"find", "update", "delete"}
    assert not any("skip" in command.options for command in recorded)
    assert max(command.limit for command in recorded) <= 101


@pytest.mark.parametrize(
    "path", ["/api/v1/tasks?limit=7", "/api/v1/tasks/{}/history?limit=7", "/api/v1/changes?limit=8"]
)
def test_page_reads_one_additional_document(
    app: Flask, recorder: CommandRecorder, ada: Person, path: str
) -> None:
    task = ada.create()
    recorder.recorded.clear()
    assert ada.send("GET", path.format(task["id"])).status_code == 200
    assert [command.limit for command in recorder.recorded if command.limit > 1] == [8]


@pytest.mark.parametrize("row", TABLE, ids=ROW_IDS)
def test_index_supports_row(row: Row) -> None:
    known = {index.fields for index in INDEXES if index.collection == row.collection} | {("_id",)}
    known |= {("at",)} if row.collection == "changes" else set()
    known |= {("expires_at",)} if row.collection in EXPIRING else set()
    if row.index == SCAN:
        assert row.purpose.startswith("process start")
        return
    assert row.index in known
    first = (*row.equalities, *row.ranges)
    assert row.index[: len(first)] == first or row.finds_by == (("_id", "in"),)
    if row.order is not None:
        assert (*row.equalities, row.order) == row.index


@pytest.mark.parametrize("row", TABLE, ids=ROW_IDS)
def test_row_is_bounded(row: Row) -> None:
    assert row.bound
    if row.bound == "one":
        assert row.index in UNIQUE
        assert row.finds_by == ((row.index[0], "="),)


def test_every_index_supports_a_row() -> None:
    used = {(row.collection, row.index) for row in TABLE}
    assert [index for index in INDEXES if (index.collection, index.fields) not in used] == []


@pytest.mark.parametrize(
    ("collection", "condition"),
    [
        ("tasks", {"title": "x"}),
        ("tasks", {"user_id": "u", "title": "x"}),
        ("tasks", {"user_id": {"$in": ["u"]}}),
        ("tasks", {"user_id": "u", "_id": {"$ne": "x"}}),
        ("changes", {}),
        ("users", {"email": "x"}),
    ],
)
def test_other_conditions_are_not_in_table(
    database: Database, recorder: CommandRecorder, collection: str, condition: dict[str, object]
) -> None:
    list(database[collection].find(condition).sort("_id", 1).limit(1))
    assert [best_row(TABLE, command) for command in recorder.recorded] == [None]
