"""The Lambda function creates database users for CloudFormation, and completes an interrupted rotation."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from uuid import uuid4

import pytest
from urllib3.exceptions import HTTPError

from cloudformation.rotation import function, users
from tests.contracts.database_users.conftest import STEPS, Cluster
from tools.services.database import uri
from tools.supervision.ports import LOOPBACK, free_port


@pytest.fixture
def stack(cluster: Cluster) -> Iterator[Callable[..., dict[str, Any]]]:
    """Return a function that sends an event of CloudFormation, and returns the answer to CloudFormation.

    `status` is the HTTP status with which CloudFormation responds to this answer.
    """
    answers: list[dict[str, Any]] = []
    statuses: list[int] = []

    class Bucket(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            answers.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(statuses.pop())
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    def send(kind: str = "Create", status: int = 200) -> dict[str, Any]:
        statuses.append(status)
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


def test_cloudformation_waits_for_the_users(
    cluster: Cluster, stack: Callable[..., dict[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    assert not cluster.is_accepted(cluster.read("Api") | {"username": "todo_api_clone"})
    assert [stack(kind)["Status"] for kind in ("Create", "Update", "Delete")] == ["SUCCESS"] * 3
    assert all(cluster.is_accepted(cluster.read(name)) for name in ("Api", "Pipeline"))

    stranger = {"username": "stranger", "password": "the stranger's password"}
    cluster.manager.put_secret_value(SecretId=cluster.arns["Api"], SecretString=json.dumps(stranger))
    failure = stack("Update")

    assert failure["Status"] == "FAILED"
    assert "The user stranger has no grants" in failure["Reason"]
    assert "the stranger's password" not in failure["Reason"] + caplog.text
    with pytest.raises(HTTPError, match="status 403"):
        stack("Delete", status=403)


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
    # Afterwards, the master user can still rotate the passwords of other users.
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
