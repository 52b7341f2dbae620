"""Upgrades: this version reads data of earlier releases, and these releases can read data of this version.

During a rolling deployment, an earlier release and this version work on one log. `tests/upgrades/record.py`
recorded the releases.
"""

import json
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from bson import json_util

from tests.conftest import SECRET
from tests.dags.insights import documents
from tests.scenario import EVENING, HOURS, ME, PAY, TASKS, Persona, Pipeline, Scenario
from tests.upgrades.record import FIXTURES, settings
from todo_insights.catalog.stores import open_stores
from todo_insights.sql.athena import views
from todo_insights.sql.query import query
from tools.data_folder import ROOT
from webapp.database.connection import connect

Json = dict[str, Any]
RELEASES = sorted(FIXTURES.glob("release-*"))
CHANGELOG = ROOT / "docs" / "changelog.md"


@dataclass(frozen=True)
class Release:
    """A recorded release, and a scenario and a lake that contain its documents and files."""

    folder: Path
    scenario: Scenario
    pipeline: Pipeline

    def read(self, name: str) -> Any:
        return json_util.loads((self.folder / f"{name}.json").read_text("utf-8"))

    def token(self, name: str, kind: str) -> str:
        """Return a token with the recorded claims of a token of the release."""
        header, claims = self.read("people")[name]["tokens"][kind]
        return jwt.encode(claims, SECRET, header["alg"], header)

    def rows(self, table: str) -> list[Json]:
        """Return the recorded rows of a table of the lake, as Parquet stores them."""
        zone, _, name = table.partition("_")
        files = sorted((self.folder / "lake" / zone / name).rglob("*.parquet"))
        return [row for file in files for row in pq.ParquetFile(file).read().to_pylist()]


@pytest.fixture(params=RELEASES, ids=lambda folder: folder.name)
def release(request: pytest.FixtureRequest, mongodb_uri: str, tmp_path: Path) -> Iterator[Release]:
    folder: Path = request.param
    options = settings(mongodb_uri, f"upgrade_{uuid4().hex}")
    database = connect(options)
    scenario = Scenario(options, database)
    opened = Release(folder, scenario, Pipeline.of(scenario, tmp_path / "lake"))
    for name, found in opened.read("database").items():
        if found:
            database[name].insert_many(found)
    shutil.copytree(folder / "lake", tmp_path / "lake")
    with sqlite3.connect(tmp_path / "lake" / "catalog.sqlite") as catalog:
        catalog.executescript((folder / "lake" / "catalog.sql").read_text("utf-8"))
    for name, person in opened.read("people").items():
        token = opened.token(name, "access_token")
        scenario.people[name] = Persona(person["email"], person["user_id"], token, person["task_ids"])
    yield opened
    scenario.lose_database()
    database.client.close()


def test_api_answers_as_the_release_did(release: Release) -> None:
    """An answer may have new fields, which the changelog names.

    Insights are not compared, because their figures are computed again after an upgrade.
    """
    found = json.loads(json.dumps(release.scenario.answers(), default=str))
    compared, added = 0, set[str]()
    for name, recorded in release.read("answers").items():
        for path, body in recorded.items():
            if "/insights/" not in path and "cursor=" not in path:
                compared += 1
                assert _missing(body, found[name][path][2]) == [], (name, path)
                added |= _keys(found[name][path][2]) - _keys(body)
    assert compared > 40
    changelog = CHANGELOG.read_text("utf-8")
    unnamed = [name for name in sorted(added) if f"`{name}`" not in changelog]
    assert not unnamed, f"docs/changelog.md: name the fields that were added to answers: {unnamed}"


def test_users_stay_signed_in_and_can_log_in_again(release: Release) -> None:
    scenario = release.scenario
    scenario.clock.now = EVENING
    for name, person in scenario.people.items():
        assert scenario.send(person, "GET", ME).json["id"] == person.user_id
        refreshing = Persona(person.email, person.user_id, release.token(name, "refresh_token"))
        scenario.send(refreshing, "POST", "/api/v1/auth/refresh")
    scenario.log_in()


def test_retry_of_a_request_to_the_release_changes_nothing(release: Release) -> None:
    ada, before = release.scenario.people["ada"], release.scenario.database.changes.count_documents({})
    release.scenario.clock.now = EVENING
    again = release.scenario.send(ada, "POST", TASKS, PAY, **{"Idempotency-Key": "once"})
    assert again.json["id"] in ada.task_ids
    assert release.scenario.database.changes.count_documents({}) == before


def test_documents_of_the_release_can_be_changed(release: Release) -> None:
    scenario, bob = release.scenario, release.scenario.people["bob"]
    scenario.clock.now = EVENING
    first, second, third = bob.task_ids
    version = scenario.send(bob, "GET", f"{TASKS}/{third}").json["version"]
    changed = scenario.send(bob, "PATCH", f"{TASKS}/{third}", {"status": "completed"}).json
    assert (changed["version"], changed["status"]) == (version + 1, "completed")
    assert scenario.send(bob, "POST", f"{TASKS}/{first}/restore").json["title"] == "Nº 1"
    scenario.send(bob, "DELETE", f"{TASKS}/{second}")
    history = scenario.send(bob, "GET", f"{TASKS}/{first}/history").json["items"]
    assert [each["op"] for each in history] == ["restored", "deleted", "created"]
    scenario.erase("eve")


def test_pipeline_reads_the_log_and_the_lake_of_the_release(release: Release, tmp_path: Path) -> None:
    """Hours that the release has processed have the same rows after this version processes them again."""
    again = Pipeline.of(release.scenario, tmp_path / "again")
    again.publish(*HOURS[:2])
    stores = open_stores(release.pipeline.settings), open_stores(again.settings)
    for table in {each.table for each in stores[0].catalog.snapshot()}:
        names = list(release.rows(table)[0]) if release.rows(table) else ["dt", "hour"]
        sql = f"SELECT {', '.join(names)} FROM {table}"
        old, new = (sorted(map(str, query(sql, each).rows)) for each in stores)
        assert old == new, table


def test_pipeline_continues_the_lake_of_the_release(release: Release, tmp_path: Path) -> None:
    fresh = Pipeline.of(release.scenario, tmp_path / "fresh")
    insights = []
    for pipeline, hours in ((release.pipeline, HOURS[2:]), (fresh, HOURS)):
        pipeline.publish(*hours)
        pipeline.write_back(*HOURS)
        figures = documents(release.scenario.database)
        insights.append({name: each for name, each in figures.items() if name != "lake"})
    assert insights[0] == insights[1]
    stores = open_stores(release.pipeline.settings)
    assert all(query(f"SELECT * FROM {name}", stores).columns for name in views())


def test_release_can_read_what_this_version_writes(release: Release, tmp_path: Path) -> None:
    """A field that all documents of the release have is still written, with a type that the release wrote."""
    recorded = release.read("database")
    options = settings(release.scenario.settings.mongodb_uri, f"upgrade_{uuid4().hex}")
    scenario = Scenario(options, connect(options))
    try:
        scenario.run()
        pipeline = Pipeline.of(scenario, tmp_path / "today")
        pipeline.publish(*HOURS[:2])
        pipeline.write_back(*HOURS[:2])
        written = {name: list(scenario.database[name].find({})) for name in recorded}
    finally:
        scenario.lose_database()
        scenario.database.client.close()
    for kind, fields in _shapes(recorded).items():
        found = _shapes(written).get(kind)
        assert found is not None, f"{kind} is not written any more"
        lost = {name for name, types in fields.items() if not found.get(name, {"missing"}) <= types}
        assert lost == set(), f"{kind}: the release cannot read these fields"
    for file in (release.folder / "lake").rglob("*.parquet"):
        (place,) = {each.parent.parent for each in [file]}
        today = next((tmp_path / "today" / place.relative_to(release.folder / "lake")).rglob("*.parquet"))
        columns = {column.name: column.type for column in pq.read_schema(today)}
        for column in pq.read_schema(file):
            assert _has_type(columns.get(column.name), column.type), (place, column.name)


def _has_type(found: pa.DataType | None, recorded: pa.DataType) -> bool:
    """Return whether a column has the recorded type; a struct may have more fields than recorded."""
    if found is None or not (pa.types.is_struct(found) and pa.types.is_struct(recorded)):
        return bool(found == recorded)
    types = {field.name: field.type for field in found}
    return all(_has_type(types.get(field.name), field.type) for field in recorded)


def _missing(recorded: Any, found: Any, path: str = "") -> list[str]:
    """List the parts of a recorded answer that the present answer does not contain."""
    if isinstance(recorded, dict) and isinstance(found, dict):
        return [
            line
            for name, value in recorded.items()
            for line in _missing(value, found.get(name, "missing"), f"{path}.{name}")
        ]
    if isinstance(recorded, list) and isinstance(found, list) and len(recorded) == len(found):
        return [line for pair in zip(recorded, found, strict=True) for line in _missing(*pair, path)]
    # Cursors may differ: they are signed for one version, and a client gets a new cursor with each page.
    return [] if recorded == found or path.endswith("cursor") else [f"{path}: {recorded} is now {found}"]


def _keys(answer: Any) -> set[str]:
    """Return the names of all fields in an answer, at any depth."""
    if isinstance(answer, dict):
        return {*answer}.union(*map(_keys, answer.values()))
    return set[str]().union(*map(_keys, answer)) if isinstance(answer, list) else set()


def _shapes(database: dict[str, list[Json]]) -> dict[str, dict[str, set[str]]]:
    """Return the types of each field that all documents of a kind have, by kind and path of the field."""
    kinds: dict[str, list[Json]] = {}
    for collection, found in database.items():
        for document in found:
            state = "deleted" if "deleted_at" in document else "present"
            kind = f"{document['entity']} {document['op']}" if collection == "changes" else state
            kinds.setdefault(f"{collection} ({kind})", []).append(document)
    return {kind: _types(found) for kind, found in kinds.items()}


def _types(found: Iterable[Json]) -> dict[str, set[str]]:
    types: dict[str, set[str]] = {}
    leaves = [dict(_leaves(document)) for document in found]
    for name in set.intersection(*(set(each) for each in leaves)):
        types[name] = {each[name] for each in leaves}
    return types


def _leaves(document: Json, path: str = "") -> Iterator[tuple[str, str]]:
    for name, value in document.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", "number" if isinstance(value, int | float) else type(value).__name__
