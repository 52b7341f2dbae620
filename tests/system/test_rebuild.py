"""An operator rebuilds a lost database with the command line, from a lake on S3 and Glue."""

import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.aws import aws_at, on_aws
from tests.scenario import HOURS, Pipeline, Scenario
from tests.serving import PASSWORD
from todo_insights.core.settings import ZONES
from tools.data_folder import BIN, ROOT, DataFolder
from tools.services.aws import IDENTITY, aws_server
from webapp.core.settings import Settings
from webapp.database.connection import Database
from webapp.http.context import services
from webapp.users.store import UserStore

# The retention is the maximum, because the dates of the scenario are in the past, and the commands use the
# present time.
LONGEST_RETENTION = {"CHANGE_RETENTION_DAYS": "24855"}
RunFlask = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def scenario(settings: Settings, database: Database) -> Scenario:
    scenario = Scenario(settings, database)
    scenario.run()
    return scenario


@pytest.fixture
def pipeline(scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pipeline]:
    """The pipeline of the scenario, with its lake on S3 and Glue."""
    pipeline = Pipeline.of(scenario, tmp_path / "lake")
    for name, value in IDENTITY.items():
        monkeypatch.setenv(name, value)
    with aws_server(tmp_path / "aws.log") as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        yield replace(pipeline, settings=on_aws(pipeline.settings, address, aws_at(address)))


@pytest.fixture
def flask(scenario: Scenario, pipeline: Pipeline, data_folder: DataFolder) -> RunFlask:
    env = data_folder.environment(scenario.settings.mongodb_uri) | LONGEST_RETENTION
    env |= {f"{zone.upper()}_URI": pipeline.settings.zone_uris[zone] for zone in ZONES}
    env |= {
        "MONGODB_DATABASE": scenario.settings.mongodb_database,
        "CATALOG_URI": pipeline.settings.catalog_uri,
        "JWT_SECRET_KEY": scenario.settings.jwt_secret,
        "PATH": os.environ["PATH"],
    }

    def call(*arguments: str, text: str = "") -> "subprocess.CompletedProcess[str]":
        command = [str(BIN / "flask"), *arguments]
        return subprocess.run(
            command, env=env, cwd=ROOT, input=text, capture_output=True, text=True, timeout=120, check=False
        )

    return call


def test_lost_database_is_rebuilt(scenario: Scenario, pipeline: Pipeline, flask: RunFlask) -> None:
    pipeline.publish()
    scenario.erase()
    pipeline.publish(HOURS[-1])
    pipeline.write_back(*HOURS)
    before = scenario.answers()
    scenario.lose_database()
    done = flask("changes", "rebuild", "--from-lake")
    assert (done.returncode, done.stdout.count("same"), "DIFFERENT" in done.stdout) == (0, 5, False), done
    assert "3 users have no password" in " ".join(done.stdout.split())
    ada, *others = scenario.people.values()
    completed = flask("users", "set-password", ada.email, text=f"{PASSWORD}\n{PASSWORD}\n")
    assert completed.returncode == 0, completed
    for persona in others:
        services(scenario.restart()).get(UserStore).set_password(persona.email, PASSWORD)
    scenario.log_in()
    pipeline.write_back()
    assert scenario.answers() == before
