"""A lost database and the commands that an operator types, on a lake of files and on S3 with Glue."""

import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.aws import IDENTITY, aws_at, aws_server, on_aws
from tests.lives import HOURS, Pipeline, World
from tests.serving import PASSWORD
from todo_insights.settings import ZONES
from tools.places import BIN, ROOT, DataFolder
from webapp.core.database import Database
from webapp.core.settings import Settings
from webapp.http.context import services
from webapp.users.store import UserStore

# The longest there is: the people of the tests live on fixed days, and the commands have the real time.
FOR_GOOD = {"CHANGE_RETENTION_DAYS": "24855"}
Flask = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def world(settings: Settings, database: Database) -> World:
    world = World(settings, database)
    world.live()
    return world


@pytest.fixture(params=["files", "aws"])
def pipeline(
    request: pytest.FixtureRequest, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Pipeline]:
    """A pipeline and the environment in which its commands find the lake."""
    pipeline = Pipeline.of(world, tmp_path / "lake")
    if request.param == "aws":
        for name, value in IDENTITY.items():
            monkeypatch.setenv(name, value)
        with aws_server(tmp_path / "aws.log") as address:
            pipeline = replace(pipeline, settings=on_aws(pipeline.settings, address, aws_at(address)))
            monkeypatch.setenv("AWS_ENDPOINT_URL", address)
            yield pipeline
    else:
        yield pipeline


@pytest.fixture
def flask(world: World, pipeline: Pipeline, data_folder: DataFolder) -> Flask:
    env = data_folder.environment(world.settings.mongodb_uri) | FOR_GOOD
    env |= {f"{zone.upper()}_URI": pipeline.settings.zone_uris[zone] for zone in ZONES}
    env |= {
        "MONGODB_DATABASE": world.settings.mongodb_database,
        "CATALOG_URI": pipeline.settings.catalog_uri,
        "JWT_SECRET_KEY": world.settings.jwt_secret,
        "PATH": os.environ["PATH"],
    }

    def call(*arguments: str, text: str = "") -> "subprocess.CompletedProcess[str]":
        command = [str(BIN / "flask"), *arguments]
        return subprocess.run(
            command, env=env, cwd=ROOT, input=text, capture_output=True, text=True, timeout=120, check=False
        )

    return call


def test_lost_database_comes_back(world: World, pipeline: Pipeline, flask: Flask) -> None:
    pipeline.publish()
    world.erase()
    pipeline.publish(HOURS[-1])
    pipeline.write_back(*HOURS)
    before = world.answers()
    world.lose_database()
    done = flask("changes", "rebuild", "--from-lake")
    assert (done.returncode, done.stdout.count("same"), "DIFFERENT" in done.stdout) == (0, 5, False), done
    assert "3 users have no password" in " ".join(done.stdout.split())
    ada, *others = world.people.values()
    typed = flask("users", "set-password", ada.email, text=f"{PASSWORD}\n{PASSWORD}\n")
    assert typed.returncode == 0, typed
    for somebody in others:
        services(world.restart()).get(UserStore).set_password(somebody.email, PASSWORD)
    world.log_in()
    pipeline.write_back()
    assert world.answers() == before
