"""Fixtures: the scenario runs once; each test starts with a copy of its result, the baseline."""

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
from todo_insights.catalog.export import export
from todo_insights.catalog.stores import open_stores
from webapp.core.settings import Settings
from webapp.database.connection import Database, Document, connect


@dataclass(frozen=True)
class Baseline:
    """The documents before the erasure of Eve, and the responses and the lake after this erasure.

    Bronze still contains Eve's words, because only the last hour was published after the erasure.
    """

    documents: dict[str, list[Document]]
    people: dict[str, Persona]
    answers: dict[str, Any]
    lake: Path


@pytest.fixture(scope="session")
def baseline(mongodb_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Baseline]:
    settings = Settings(
        jwt_secret=SECRET,
        mongodb_uri=mongodb_uri,
        mongodb_database=f"baseline_{uuid4().hex}",
        access_token_minutes=10**6,
        **NO_LIMITS,
    )
    scenario = Scenario(settings, connect(settings))
    pipeline = Pipeline.of(scenario, tmp_path_factory.mktemp("baseline"))
    scenario.run()
    documents = {
        name: list(scenario.database[name].find({})) for name in scenario.database.list_collection_names()
    }
    people = deepcopy(scenario.people)
    pipeline.publish()
    scenario.erase()
    pipeline.publish(HOURS[-1])
    pipeline.write_back(*HOURS)
    yield Baseline(documents, people, scenario.answers(), pipeline.folder)
    scenario.lose_database()
    scenario.database.client.close()


@pytest.fixture
def scenario(baseline: Baseline, settings: Settings, database: Database) -> Scenario:
    """The scenario with an empty database; its clock shows the evening of its last day."""
    scenario = Scenario(settings, database)
    scenario.people = deepcopy(baseline.people)
    scenario.clock.now = EVENING
    return scenario


@pytest.fixture
def before_erasure(baseline: Baseline, scenario: Scenario) -> Scenario:
    """The scenario with the database as it was before the erasure of Eve."""
    for name, documents in baseline.documents.items():
        if documents:
            scenario.database[name].insert_many(documents)
    scenario.clock.now = HOURS[-1].start.replace(minute=30)
    return scenario


@pytest.fixture
def pipeline(baseline: Baseline, scenario: Scenario, tmp_path: Path) -> Pipeline:
    """A pipeline with a copy of the lake."""
    return Pipeline.of(scenario, Path(shutil.copytree(baseline.lake, tmp_path / "lake")))


@pytest.fixture
def empty_pipeline(scenario: Scenario, tmp_path: Path) -> Pipeline:
    """A pipeline that has published nothing."""
    return Pipeline.of(scenario, tmp_path / "empty")


@pytest.fixture
def changes(pipeline: Pipeline, tmp_path: Path) -> Path:
    """The path of a file with all changes of the lake."""
    return export_changes(pipeline, tmp_path / "changes.bson")


@pytest.fixture
def restored(scenario: Scenario, changes: Path) -> Scenario:
    """The scenario with a database that was rebuilt from the lake."""
    result = rebuild(scenario, "--from-file", str(changes))
    assert (result.exit_code, "DIFFERENT" in result.output) == (0, False), result.output
    del scenario.people["eve"]
    return scenario


def export_changes(pipeline: Pipeline, path: Path) -> Path:
    """Export the changes of the lake to a file, as `python -m todo_insights changes` does."""
    path.write_bytes(b"".join(map(bson.encode, export(open_stores(pipeline.settings)))))
    return path


def rebuild(scenario: Scenario, *arguments: str) -> Result:
    """Run `flask changes rebuild` in a new application."""
    return scenario.restart().test_cli_runner().invoke(args=["changes", "rebuild", *arguments])


def set_passwords(scenario: Scenario) -> None:
    """Set the passwords of all users as an operator does, and log the users in."""
    runner = scenario.app.test_cli_runner()
    for persona in scenario.people.values():
        done = runner.invoke(args=["users", "set-password", persona.email], input=f"{PASSWORD}\n" * 2)
        assert done.exit_code == 0, done.output
    scenario.log_in()


def output_of(result: Result) -> str:
    """Return the output of a command as one line, with a space in place of each line break."""
    return " ".join(result.output.split())
