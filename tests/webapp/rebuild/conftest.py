"""A world that has lived, its lake, and what the pipeline hands out of it."""

from pathlib import Path

import bson
import pytest
from click.testing import Result

from tests.lives import Pipeline, World
from tests.webapp.conftest import PASSWORD
from todo_insights.hours import Hour
from todo_insights.lake.export import export
from todo_insights.lake.stores import open_stores
from webapp.database import Database
from webapp.settings import Settings


@pytest.fixture
def world(settings: Settings, database: Database) -> World:
    world = World(settings, database)
    world.live()
    return world


@pytest.fixture
def pipeline(world: World, tmp_path: Path) -> Pipeline:
    return Pipeline.of(world, tmp_path / "lake")


def hand_out(pipeline: Pipeline, path: Path, after: Hour | None = None) -> Path:
    """Write what the lake has of the log to a file, as `python -m todo_insights changes` does."""
    path.write_bytes(b"".join(map(bson.encode, export(open_stores(pipeline.settings), after))))
    return path


def rebuild(world: World, *arguments: str) -> Result:
    """`flask changes rebuild`, in a process that starts for it."""
    return world.restart().test_cli_runner().invoke(args=["changes", "rebuild", *arguments])


def give_passwords(world: World) -> None:
    """Have everybody log in again, as an operator makes it possible."""
    for somebody in world.people.values():
        runner = world.app.test_cli_runner()
        done = runner.invoke(args=["users", "set-password", somebody.email], input=f"{PASSWORD}\n" * 2)
        assert done.exit_code == 0, done.output
    world.log_in()


def said(result: Result) -> str:
    """What a command said, on one line."""
    return " ".join(result.output.split())
