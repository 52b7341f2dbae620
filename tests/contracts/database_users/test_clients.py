"""The API and the pipeline use the database with their own users, also while their passwords rotate."""

import os
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from pymongo.errors import OperationFailure

from tests.conftest import HUNDRED_YEARS_IN_MINUTES, NO_LIMITS, SECRET
from tests.contracts.database_users.conftest import Cluster
from tests.scenario import HOURS, Persona, Pipeline, Scenario
from todo_airflow.addresses import mongodb_uri
from todo_insights.core.database import open_database
from tools.services.database import uri
from webapp.core.settings import Settings
from webapp.credentials.database_login import FRESH_SECONDS
from webapp.database.connection import connect
from webapp.wsgi import open_login


@dataclass(frozen=True)
class AirflowConnection:
    """The fields of the Airflow connection that the pipeline's secret contains."""

    host: str | None
    port: int | None
    login: str | None
    password: str | None
    extra_dejson: Mapping[str, Any] = field(default_factory=dict)


@pytest.fixture
def settings(deployed: Cluster) -> Settings:
    return Settings(
        jwt_secret=SECRET,
        access_token_minutes=HUNDRED_YEARS_IN_MINUTES,
        # An idle connection is closed after a millisecond, so nearly every command opens a new connection
        # with the current login.
        mongodb_uri=f"{uri(deployed.port)}/?maxIdleTimeMS=1",
        mongodb_database=os.environ["DATABASE_NAME"],
        mongodb_secret_arn=deployed.arns["Api"],
        **NO_LIMITS,
    )


@dataclass
class Seconds:
    """A timer that returns the same time until a test sets another time."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def timer() -> Seconds:
    return Seconds()


@pytest.fixture
def scenario(settings: Settings, timer: Seconds) -> Iterator[Scenario]:
    database = connect(settings, open_login(settings, timer))
    yield Scenario(settings, database)
    database.client.close()


def pipeline_of(cluster: Cluster, scenario: Scenario, folder: Path) -> Pipeline:
    """Return a pipeline whose database URI has the login from its secret, as in a task of Airflow."""
    secret = cluster.read("Pipeline")
    address = {name: secret[name] for name in ("host", "port", "login", "password")}
    connection = AirflowConnection(**address, extra_dejson=secret["extra"])
    pipeline = Pipeline.of(scenario, folder)
    return replace(pipeline, settings=replace(pipeline.settings, mongodb_uri=mongodb_uri(connection, None)))


def test_api_keeps_answering_during_rotations(
    deployed: Cluster, scenario: Scenario, timer: Seconds, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    scenario.run()
    ada, ended, statuses = scenario.people["ada"], threading.Event(), []

    def use() -> None:
        client = scenario.app.test_client()
        headers = {"Authorization": f"Bearer {ada.token}"}
        while not ended.is_set():
            statuses.append(client.get("/api/v1/tasks", headers=headers).status_code)
            created = client.post("/api/v1/tasks", headers=headers, json={"title": "Rotate"})
            statuses.append(created.status_code)

    with ThreadPoolExecutor(2) as threads:
        working = [threads.submit(use) for _ in range(2)]
        logins = []
        for _ in range(3):
            logins.append(deployed.rotate("Api"))
            count = len(statuses)
            timer.now += FRESH_SECONDS
            while len(statuses) < count + 8 and not any(each.done() for each in working):
                ended.wait(0.01)
        ended.set()
        assert [each.result() for each in working] == [None, None]

    assert {*statuses} == {200, 201}
    assert caplog.text.count("new connections use the database user") == len(logins)
    assert not any(login["password"] in caplog.text for login in logins)


def test_api_recovers_after_two_rotations_at_once(
    deployed: Cluster, scenario: Scenario, timer: Seconds
) -> None:
    """An operator rotates twice to end a password that has leaked."""
    scenario.run()
    ada = scenario.people["ada"]
    deployed.rotate("Api")
    deployed.rotate("Api")

    assert _status(scenario, ada) == 503
    timer.now += FRESH_SECONDS
    assert _status(scenario, ada) == 200


def test_pipeline_works_across_rotations(deployed: Cluster, scenario: Scenario, tmp_path: Path) -> None:
    scenario.run()
    scenario.erase()
    started = pipeline_of(deployed, scenario, tmp_path)
    deployed.rotate("Pipeline")
    with open_database(started.settings) as database:
        published = replace(started, database=database).publish()
    deployed.rotate("Pipeline")
    following = pipeline_of(deployed, scenario, tmp_path)
    with open_database(following.settings) as database:
        replace(following, database=database).write_back(*HOURS)
        with pytest.raises(OperationFailure, match="not authorized"):
            database.credentials.find_one()
        with pytest.raises(OperationFailure, match="not authorized"):
            database.changes.delete_many({})

    assert len(published) == len(HOURS)
    answer = scenario.client.get(
        "/api/v1/insights/me", headers={"Authorization": f"Bearer {scenario.people['ada'].token}"}
    )
    assert answer.json["source"] == "lake"


def _status(scenario: Scenario, persona: Persona) -> int:
    headers = {"Authorization": f"Bearer {persona.token}"}
    return int(scenario.client.get("/api/v1/tasks", headers=headers).status_code)
