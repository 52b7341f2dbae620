"""The API and the pipeline use the database with their own users, also while their passwords rotate."""

import json
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest
from moto import mock_aws
from pymongo.errors import OperationFailure

from cloudformation.rotation import function, users
from tests.aws import IDENTITY, REGION
from tests.conftest import HUNDRED_YEARS_IN_MINUTES, NO_LIMITS, SECRET
from tests.scenario import HOURS, Persona, Pipeline, Scenario
from todo_airflow.addresses import mongodb_uri
from todo_insights.core.database import open_database
from tools.data_folder import ROOT, DataFolder
from tools.ports import LOOPBACK, free_port
from tools.processes import Service
from tools.services.database import is_reachable, uri
from webapp.core.database import connect
from webapp.core.database_login import FRESH_SECONDS
from webapp.core.settings import Settings
from webapp.wsgi import open_login

TEMPLATE = ROOT / "cloudformation" / "templates" / "dev" / "data.json"
MASTER = {"username": "todo", "password": "the master's pass/word"}
STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")


@dataclass(frozen=True)
class AirflowConnection:
    """A connection as Airflow reads it from the secret."""

    host: str | None
    port: int | None
    login: str | None
    password: str | None
    extra_dejson: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Cluster:
    """The secrets and the database; `manager` is a client of Secrets Manager."""

    manager: Any
    port: int
    arns: dict[str, str]

    def read(self, name: str) -> dict[str, Any]:
        found = self.manager.get_secret_value(SecretId=self.arns[name], VersionStage="AWSCURRENT")
        return dict(json.loads(found["SecretString"]))

    def step(self, name: str, step: str, token: str) -> None:
        event = {"Step": step, "SecretId": self.arns[name], "ClientRequestToken": token}
        function.handle(event, None)

    def rotate(self, name: str) -> dict[str, Any]:
        """Rotate a secret as Secrets Manager does, and return its new content."""
        token = str(uuid4())
        for step in STEPS:
            self.step(name, step, token)
        return self.read(name)

    def is_accepted(self, secret: Mapping[str, Any]) -> bool:
        try:
            users.check_login(secret)
        except OperationFailure:
            return False
        return True


@pytest.fixture(scope="module")
def port(data_folder: DataFolder) -> Iterator[int]:
    port = free_port()
    command = [sys.executable, "-m", "tests.database_users", str(port), *MASTER.values()]
    service = Service.start("database", command, os.environ, data_folder.log("users"))
    try:
        service.wait_until(lambda: is_reachable(uri(port)), seconds=60)
        yield port
    finally:
        service.stop()


def _secrets(port: int) -> dict[str, dict[str, Any]]:
    """Return the secrets as CloudFormation creates them, with the address of the test's database."""
    resources = json.loads(TEMPLATE.read_text())["Resources"]
    texts = {
        name: resources[f"{name}DatabaseSecret"]["Properties"]["GenerateSecretString"]["SecretStringTemplate"]
        for name in ("Api", "Pipeline")
    }
    created = {
        name: json.loads(text if isinstance(text, str) else text["Fn::Sub"]) | {"password": uuid4().hex}
        for name, text in texts.items()
    }
    # The embedded database has neither TLS nor replicas.
    return {**created, "Pipeline": created["Pipeline"] | {"host": LOOPBACK, "port": port, "extra": {}}}


@pytest.fixture(scope="module")
def aws() -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name, text in IDENTITY.items():
            patch.setenv(name, text)
        yield boto3.client("secretsmanager", region_name=REGION)


@pytest.fixture
def cluster(port: int, aws: Any, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    """A cluster in the state after its creation; the users are those of the previous test, or new."""
    if not (master := aws.list_secrets(Filters=[{"Key": "name", "Values": ["master"]}])["SecretList"]):
        master = [aws.create_secret(Name="master", SecretString=json.dumps(MASTER))]
    arns = {"Master": master[0]["ARN"]}
    for name, content in _secrets(port).items():
        created = aws.create_secret(Name=uuid4().hex, SecretString=json.dumps(content))
        arns[name] = created["ARN"]
    variables = {
        "DATABASE_NAME": f"test_{uuid4().hex}",
        "DATABASE_URI": uri(port),
        "MASTER_SECRET_ARN": arns["Master"],
    }
    for variable, text in variables.items():
        monkeypatch.setenv(variable, text)
    return Cluster(aws, port, arns)


@pytest.fixture
def stack(cluster: Cluster) -> Iterator[Callable[..., dict[str, Any]]]:
    """Return a function that sends an event of CloudFormation, and returns the answer to CloudFormation."""
    answers: list[dict[str, Any]] = []

    class Bucket(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            answers.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    def send(kind: str = "Create") -> dict[str, Any]:
        event = {
            "RequestType": kind,
            "ResponseURL": f"http://{LOOPBACK}:{server.server_port}/",
            "ResourceProperties": {"SecretArns": [cluster.arns["Api"], cluster.arns["Pipeline"]]},
            **dict.fromkeys(("StackId", "RequestId", "LogicalResourceId"), "DatabaseUsers"),
        }
        function.handle(event, None)
        return answers.pop()

    with HTTPServer((LOOPBACK, 0), Bucket) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield send
        server.shutdown()
        thread.join()


@pytest.fixture
def deployed(cluster: Cluster, stack: Callable[..., dict[str, Any]]) -> Cluster:
    assert stack()["Status"] == "SUCCESS"
    return cluster


@pytest.fixture
def settings(deployed: Cluster) -> Settings:
    return Settings(
        jwt_secret=SECRET,
        access_token_minutes=HUNDRED_YEARS_IN_MINUTES,
        # Connections close at once, so that nearly every command opens one with the present login.
        mongodb_uri=f"{uri(deployed.port)}/?maxIdleTimeMS=1",
        mongodb_database=os.environ["DATABASE_NAME"],
        mongodb_secret_arn=deployed.arns["Api"],
        **NO_LIMITS,
    )


@dataclass
class Seconds:
    """A timer that stands still until a test moves it."""

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
    """Return a pipeline with the login in its secret, as each task reads it."""
    secret = cluster.read("Pipeline")
    address = {name: secret[name] for name in ("host", "port", "login", "password")}
    connection = AirflowConnection(**address, extra_dejson=secret["extra"])
    pipeline = Pipeline.of(scenario, folder)
    return replace(pipeline, settings=replace(pipeline.settings, mongodb_uri=mongodb_uri(connection, None)))


def test_cloudformation_waits_for_the_users(
    cluster: Cluster, stack: Callable[..., dict[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    assert not cluster.is_accepted(cluster.read("Api") | {"username": "todo_api_clone"})
    assert [stack(kind)["Status"] for kind in ("Create", "Update", "Delete")] == ["SUCCESS"] * 3
    assert all(cluster.is_accepted(cluster.read(name)) for name in ("Api", "Pipeline"))

    stranger = {"username": "stranger", "password": "a password of nobody"}
    cluster.manager.put_secret_value(SecretId=cluster.arns["Api"], SecretString=json.dumps(stranger))
    failure = stack("Update")

    assert failure["Status"] == "FAILED"
    assert "The user stranger has no grants" in failure["Reason"]
    assert "a password of nobody" not in failure["Reason"] + caplog.text


def test_former_password_is_valid_until_the_next_rotation(deployed: Cluster) -> None:
    first = deployed.read("Api")
    second = deployed.rotate("Api")
    assert (first["username"], second["username"]) == ("todo_api", "todo_api_clone")
    assert [deployed.is_accepted(each) for each in (first, second)] == [True, True]

    third = deployed.rotate("Api")
    assert third["username"] == "todo_api"
    assert [deployed.is_accepted(each) for each in (first, second, third)] == [False, True, True]


@pytest.mark.parametrize("name", ["Api", "Pipeline", "Master"])
@pytest.mark.parametrize("completed", [1, 2, 3, 4])
def test_interrupted_rotation_is_repeated(name: str, completed: int, deployed: Cluster) -> None:
    before, token = deployed.read(name), str(uuid4())
    for step in STEPS[:completed]:
        deployed.step(name, step, token)
    for step in STEPS:
        deployed.step(name, step, token)

    after = deployed.read(name)
    assert deployed.is_accepted(after)
    assert after["password"] != before["password"]
    # The master user still creates users.
    assert deployed.is_accepted(deployed.rotate("Pipeline"))


def test_failed_rotation_leaves_the_secret_in_use(deployed: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    before, token = deployed.read("Api"), str(uuid4())
    deployed.step("Api", "createSecret", token)
    with monkeypatch.context() as patch:
        patch.setenv("DATABASE_URI", f"{uri(free_port())}/?serverSelectionTimeoutMS=100")
        patch.setattr(users, "TIMEOUT_MS", 100)
        with pytest.raises(Exception, match="Connection refused"):
            deployed.step("Api", "setSecret", token)

    assert deployed.read("Api") == before
    assert deployed.is_accepted(before)


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
