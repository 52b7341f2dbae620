"""A local imitation of an Elastic Beanstalk instance: the unpacked bundle, and a virtualenv for the API.

https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/platforms-linux-extend.build-proc.html
"""

import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import boto3
import yaml  # type: ignore[import-untyped]  # we install no type stubs for it

from cloudformation.artefacts import contents, storage
from tools.data_folder import ROOT
from tools.services.aws import IDENTITY, REGION
from tools.supervision.ports import LOOPBACK

TEMPLATE = ROOT / "cloudformation" / "templates" / "dev" / "webapp.json"
VARIABLES = "aws:elasticbeanstalk:application:environment"
SECRETS = "aws:elasticbeanstalk:application:environmentsecrets"
# In production, AWS generates this secret in the foundation stack.
JWT_SECRET = "Sixty-four letters and digits that only Secrets Manager would know"
# In production, AWS generates this password in the data stack.
DATABASE_SECRET = {"username": "todo_api", "password": "a pass/word of the API"}


@dataclass(frozen=True)
class Instance:
    """One instance, whose root directory is the folder `root`; `aws` is the URL of the emulated AWS."""

    root: Path
    aws: str
    jwt_secret_arn: str
    database_secret_arn: str

    @property
    def current(self) -> Path:
        """The working directory of the application."""
        return self.root / "var" / "app" / "current"

    @property
    def programs(self) -> Path:
        """The folder with the programs of the virtualenv that the platform creates from requirements.txt."""
        return self.root / "var" / "app" / "venv" / "staging-LQM1lest" / "bin"

    @property
    def command(self) -> list[str]:
        """The command of the process `web` in the Procfile, as the platform runs it."""
        procfile = (self.current / "Procfile").read_text()
        (web,) = re.findall(r"^web: (.+)$", procfile, re.MULTILINE)
        return ["/bin/sh", "-c", f"cd {self.current} && exec {web}"]

    def trust(self, authority: bytes) -> None:
        """Replace the certificate authorities that the API trusts for DocumentDB by this authority (PEM)."""
        (self.current / contents.CERTIFICATES).write_bytes(authority)

    def environment(self, port: int, database_port: int) -> dict[str, str]:
        """Return all environment variables of the process: those of the platform, the bundle and the stack.

        `port` and the URL of the emulated AWS replace the values of production.
        """
        platform = {"PATH": f"{self.programs}:/usr/bin:/bin", "PYTHONPATH": str(self.programs)}
        stand_ins = {**IDENTITY, "AWS_ENDPOINT_URL": self.aws, "PORT": str(port)}
        return {**platform, **stand_ins, **self._bundle_variables(), **self._stack_variables(database_port)}

    def _bundle_variables(self) -> dict[str, str]:
        settings: dict[str, str] = {}
        for path in sorted((self.current / ".ebextensions").glob("*.config")):
            settings |= yaml.safe_load(path.read_text())["option_settings"].get(VARIABLES, {})
        return settings

    def _stack_variables(self, database_port: int) -> dict[str, str]:
        """Return the environment variables that the stack sets, with the secrets of this instance."""
        template = json.loads(TEMPLATE.read_text())
        arns = {"JwtSecretArn": self.jwt_secret_arn, "ApiDatabaseSecretArn": self.database_secret_arn}
        variables = _variables(template, VARIABLES, arns)
        address = {"MONGODB_URI": self._address(variables["MONGODB_URI"], database_port)}
        return {**variables, **_variables(template, SECRETS, {"JwtSecretArn": JWT_SECRET}), **address}

    def _address(self, text: str, port: int) -> str:
        """Return the stack's connection string, changed for a server without replica set."""
        text = re.sub(r"//\$\{DatabaseHost\}:\d+", f"//{LOOPBACK}:{port}", text)
        return text.replace("replicaSet=rs0&", "").replace("/var/app/", f"{self.root}/var/app/")


def prepare_instance(root: Path, aws: str) -> Instance:
    """Upload the bundle as a deployment does, unpack the bundle, and install its requirements."""
    session = boto3.Session(
        IDENTITY["AWS_ACCESS_KEY_ID"], IDENTITY["AWS_SECRET_ACCESS_KEY"], region_name=REGION
    )
    manager = session.client("secretsmanager", endpoint_url=aws)
    secrets = {"jwt": JWT_SECRET, "database": json.dumps(DATABASE_SECRET)}
    arns = [manager.create_secret(Name=name, SecretString=text)["ARN"] for name, text in secrets.items()]
    instance = Instance(root, aws, *arns)
    with zipfile.ZipFile(BytesIO(_uploaded(session.client("s3", endpoint_url=aws)))) as archive:
        archive.extractall(instance.current)
    (uv,) = (ROOT / ".cache").glob("uv-*/bin/uv")
    python = instance.programs / "python"
    _run(uv, "venv", "--python", sys.executable, instance.programs.parent)
    # The installation needs no network, because `make setup` has put the locked versions into the package
    # cache.
    _run(uv, "pip", "sync", "--offline", "--python", python, instance.current / "requirements.txt")
    return instance


def _uploaded(s3: Any) -> bytes:
    s3.create_bucket(Bucket="artefacts", CreateBucketConfiguration={"LocationConstraint": REGION})
    (key,) = contents.objects("webapp")
    assert [*storage.upload(s3, "artefacts", "webapp")] == [f"{key} uploaded"]
    found: bytes = s3.get_object(Bucket="artefacts", Key=key)["Body"].read()
    return found


def _variables(template: Mapping[str, Any], namespace: str, known: Mapping[str, str]) -> dict[str, str]:
    """Return the variables in one namespace of options; `known` contains the values to which `Ref` refers."""
    options = template["Resources"]["Environment"]["Properties"]["OptionSettings"]
    values = {each["OptionName"]: each["Value"] for each in options if each.get("Namespace") == namespace}
    return {name: _resolved(value, known) for name, value in values.items()}


def _resolved(value: Any, known: Mapping[str, str]) -> str:
    if isinstance(value, dict):
        return str(value["Fn::Sub"]) if "Fn::Sub" in value else known[value["Ref"]]
    return str(value)


def _run(*command: object) -> None:
    subprocess.run([str(each) for each in command], check=True, capture_output=True)
