"""A database with users, and the secrets of these users as the CloudFormation templates create them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import boto3
import pytest
from moto import mock_aws
from pymongo.errors import OperationFailure

from cloudformation.rotation import function, users
from tests.contracts.database_users.server import MASTER, users_server
from tools.data_folder import ROOT, DataFolder
from tools.services.aws import IDENTITY, REGION
from tools.services.database import uri
from tools.supervision.ports import LOOPBACK

TEMPLATE = ROOT / "cloudformation" / "templates" / "dev" / "data.json"
STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")


@dataclass
class Cluster:
    """The secrets and the port of the database; `manager` is a client of Secrets Manager."""

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
    with users_server(data_folder.log("users")) as port:
        yield port


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
    # The embedded database has neither TLS nor replicas, so the options for them are removed.
    return {**created, "Pipeline": created["Pipeline"] | {"host": LOOPBACK, "port": port, "extra": {}}}


@pytest.fixture(scope="module")
def aws() -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name, text in IDENTITY.items():
            patch.setenv(name, text)
        yield boto3.client("secretsmanager", region_name=REGION)


@pytest.fixture
def cluster(port: int, aws: Any, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    """A cluster before its users are created; the server may still have the users of the previous test."""
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
def deployed(cluster: Cluster) -> Cluster:
    """The cluster after CloudFormation has created the users."""
    for name in ("Api", "Pipeline"):
        users.write_user(cluster.read("Master"), cluster.read(name))
    return cluster
