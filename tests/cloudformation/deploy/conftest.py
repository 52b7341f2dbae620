"""Fixtures: Sceptre in a copy of the repository, with the moto server instead of AWS."""

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tools.data_folder import ROOT
from tools.services.aws import IDENTITY
from tools.supervision.ports import LOOPBACK, free_port, is_in_use
from tools.supervision.processes import Service

SCEPTRE = ROOT / ".venv-deploy" / "bin" / "sceptre"
# The files and folders of the repository that a deployment reads.
CHECKOUT = (
    ".ebextensions", ".platform", "LICENSE", "Procfile", "cloudformation", "dags", "gunicorn.conf.py",
    "requirements.txt", "webapp", "docs/athena",
)  # fmt: skip
REGION = "us-east-1"
BUCKET = "artefacts"
# A database instance that exists only in prod; the moto server fails to create it.
FAILING = "Instance3"
# Python imports this module when it starts. Sceptre waits four seconds between two checks of a stack, but the
# moto server creates a stack at once. Therefore the module shortens each pause.
QUICK_POLLING = """
import time

sleep = time.sleep
time.sleep = lambda seconds: sleep(seconds / 40)
"""


Client = Callable[[str], Any]


def client(service: str, **optional: str) -> Any:
    """Return a client of boto3 with credentials for tests."""
    return boto3.client(
        service,
        region_name=REGION,
        aws_access_key_id=IDENTITY["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=IDENTITY["AWS_SECRET_ACCESS_KEY"],
        **optional,
    )


@dataclass(frozen=True)
class Deployment:
    """A copy of the repository that tests may change, and the address of the moto server in place of AWS."""

    root: Path
    address: str

    def client(self, service: str) -> Any:
        return client(service, endpoint_url=self.address)

    def sceptre(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command of Sceptre; `variables` are added to the environment variables of the command."""
        environment = {
            **IDENTITY,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self.address,
            # boto3 would put a prefix before the host of requests to Airflow; the server has no such host.
            "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
            "HOME": str(self.root),
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(self.root),
            **variables,
        }
        return subprocess.run(
            [SCEPTRE, "--no-colour", "--dir", "cloudformation", *arguments],
            cwd=self.root,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def stacks(self) -> dict[str, str]:
        """Return the status of each stack by the name of the stack."""
        found = self.client("cloudformation").describe_stacks()["Stacks"]
        return {stack["StackName"]: stack["StackStatus"] for stack in found}

    def replace(self, path: str, old: str, new: str) -> None:
        """Replace text in a file of the copy."""
        text = (self.root / path).read_text()
        assert old in text
        (self.root / path).write_text(text.replace(old, new))


@pytest.fixture(autouse=True)
def _no_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove AWS_ENDPOINT_URL, because requests would go to the server in this variable, not to mock_aws."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)


@pytest.fixture
def aws() -> Iterator[Client]:
    with mock_aws():
        yield client


@pytest.fixture
def s3(aws: Client) -> Any:
    """A client of S3 with a versioned bucket for artefacts."""
    found = aws("s3")
    found.create_bucket(Bucket=BUCKET)
    found.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    return found


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("checkout")
    for name in CHECKOUT:
        source = ROOT / name
        if source.is_dir():
            # Bytecode is not copied, because other tests may write it at the same time.
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, root / name, symlinks=True, ignore=ignored)
        else:
            shutil.copy(source, root / name)
    (root / "sitecustomize.py").write_text(QUICK_POLLING)
    register_plugins(root / "todo_api_with_insights-0.dist-info")
    return root


def register_plugins(folder: Path) -> None:
    """Register the plugins of this pyproject.toml, because .venv-deploy may have those of an earlier one."""
    folder.mkdir()
    (folder / "METADATA").write_text("Name: todo-api-with-insights\nVersion: 0\n")
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]
    lines = [
        line
        for group, plugins in groups.items()
        for line in [f"[{group}]", *(f"{name} = {place}" for name, place in plugins.items())]
    ]
    (folder / "entry_points.txt").write_text("\n".join(lines) + "\n")


@pytest.fixture(scope="session")
def deployment(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    port = free_port()
    command = [sys.executable, "-m", "tests.cloudformation.deploy.server", str(port)]
    environment = {**os.environ, "FAIL": FAILING, "PYTHONPATH": str(ROOT)}
    service = Service.start("AWS", command, environment, tmp_path_factory.mktemp("aws") / "log")
    try:
        service.wait_until(lambda: is_in_use(port), seconds=60)
        yield Deployment(checkout, f"http://{LOOPBACK}:{port}")
    finally:
        service.stop()
