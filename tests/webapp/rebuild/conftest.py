"""One past for all tests: people lived it once, and each test begins with what is left of it."""

import shutil
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import bson
import pytest
from click.testing import Result

from tests.conftest import NO_LIMITS, SECRET
from tests.scenario import EVENING, HOURS, Persona, Pipeline, Scenario
from tests.webapp.conftest import PASSWORD
from todo_insights.lake.export import export
from todo_insights.lake.stores import open_stores
from webapp.core.database import Database, Document, connect
from webapp.core.settings import Settings


@dataclass(frozen=True)
class Past:
    """What was there: the database before Eve went; afterwards everybody's answers and the lake.

    Bronze still holds what she wrote: the hours before her last one were published before.
    """

    documents: dict[str, list[Document]]
    everybody: dict[str, Persona]
    answers: dict[str, Any]
    lake: Path


@pytest.fixture(scope="session")
def past(mongodb_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Past]:
    settings = Settings(
        jwt_secret=SECRET,
        mongodb_uri=mongodb_uri,
        mongodb_database=f"past_{uuid4().hex}",
        access_token_minutes=10**6,
        **NO_LIMITS,
    )
    world = Scenario(settings, connect(settings))
    pipeline = Pipeline.of(world, tmp_path_factory.mktemp("past"))
    world.run()
    documents = {name: list(world.database[name].find({})) for name in world.database.list_collection_names()}
    everybody = deepcopy(world.people)
    pipeline.publish()
    world.erase()
    pipeline.publish(HOURS[-1])
    pipeline.write_back(*HOURS)
    yield Past(documents, everybody, world.answers(), pipeline.folder)
    world.lose_database()
    world.database.client.close()


@pytest.fixture
def world(past: Past, settings: Settings, database: Database) -> Scenario:
    """The people on an empty database, on the evening after."""
    world = Scenario(settings, database)
    world.people = deepcopy(past.everybody)
    world.clock.now = EVENING
    return world


@pytest.fixture
def lived(past: Past, world: Scenario) -> Scenario:
    """The people on the database as it was before Eve went."""
    for name, documents in past.documents.items():
        if documents:
            world.database[name].insert_many(documents)
    world.clock.now = HOURS[-1].start.replace(minute=30)
    return world


@pytest.fixture
def pipeline(past: Past, world: Scenario, tmp_path: Path) -> Pipeline:
    """A pipeline with a copy of the lake."""
    return Pipeline.of(world, Path(shutil.copytree(past.lake, tmp_path / "lake")))


@pytest.fixture
def empty_pipeline(world: Scenario, tmp_path: Path) -> Pipeline:
    """A pipeline that has published nothing."""
    return Pipeline.of(world, tmp_path / "empty")


@pytest.fixture
def changes(pipeline: Pipeline, tmp_path: Path) -> Path:
    """What the lake has of the log."""
    return hand_out(pipeline, tmp_path / "changes.bson")


@pytest.fixture
def restored(world: Scenario, changes: Path) -> Scenario:
    """The people on a database that was rebuilt from the lake."""
    result = rebuild(world, "--from-file", str(changes))
    assert (result.exit_code, "DIFFERENT" in result.output) == (0, False), result.output
    del world.people["eve"]
    return world


def hand_out(pipeline: Pipeline, path: Path) -> Path:
    """Write what the lake has of the log to a file, as `python -m todo_insights changes` does."""
    path.write_bytes(b"".join(map(bson.encode, export(open_stores(pipeline.settings)))))
    return path


def rebuild(world: Scenario, *arguments: str) -> Result:
    """`flask changes rebuild`, in a process that starts for it."""
    return world.restart().test_cli_runner().invoke(args=["changes", "rebuild", *arguments])


def give_passwords(world: Scenario) -> None:
    """Have everybody log in again, as an operator makes it possible."""
    runner = world.app.test_cli_runner()
    for somebody in world.people.values():
        done = runner.invoke(args=["users", "set-password", somebody.email], input=f"{PASSWORD}\n" * 2)
        assert done.exit_code == 0, done.output
    world.log_in()


def said(result: Result) -> str:
    """What a command said, on one line."""
    return " ".join(result.output.split())
