"""An instance as Elastic Beanstalk lays it out: the bundle unpacked, its requirements in a virtualenv.

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
import yaml  # type: ignore[import-untyped]  # its stubs are not among our pins

from cloudformation.artefacts import bundle
from tests.aws import IDENTITY, REGION
from tools.places import ROOT
from tools.ports import LOOPBACK

TEMPLATE = ROOT / "cloudformation" / "templates" / "dev" / "webapp.json"
VARIABLES = "aws:elasticbeanstalk:application:environment"
SECRETS = "aws:elasticbeanstalk:application:environmentsecrets"
# What foundation has AWS make up.
JWT_SECRET = "Sixty-four letters and digits that only Secrets Manager would know"


@dataclass(frozen=True)
class Instance:
    """`root` stands for the / of a machine, `aws` for AWS, which keeps the key of tokens."""

    root: Path
    aws: str
    jwt_secret_arn: str

    @property
    def current(self) -> Path:
        """Where the application runs."""
        return self.root / "var" / "app" / "current"

    @property
    def programs(self) -> Path:
        """Where the platform keeps what requirements.txt asks for."""
        return self.root / "var" / "app" / "venv" / "staging-LQM1lest" / "bin"

    @property
    def command(self) -> list[str]:
        """The command of the process `web`, as the platform's service runs it."""
        procfile = (self.current / "Procfile").read_text()
        (web,) = re.findall(r"^web: (.+)$", procfile, re.MULTILINE)
        return ["/bin/sh", "-c", f"cd {self.current} && exec {web}"]

    def trust(self, authority: bytes) -> None:
        """Have another authority in place of those of DocumentDB."""
        (self.current / bundle.CERTIFICATES).write_bytes(authority)

    def environment(self, port: int, database_port: int) -> dict[str, str]:
        """What the process gets and nothing else: the platform's variables, the bundle's and the stack's.

        Beside those a port, since 8000 may be taken here, and the way to a stand-in for AWS.
        """
        platform = {"PATH": f"{self.programs}:/usr/bin:/bin", "PYTHONPATH": str(self.programs)}
        stand_ins = {**IDENTITY, "AWS_ENDPOINT_URL": self.aws, "PORT": str(port)}
        return {**platform, **stand_ins, **self._of_bundle(), **self._of_stack(database_port)}

    def _of_bundle(self) -> dict[str, str]:
        settings: dict[str, str] = {}
        for path in sorted((self.current / ".ebextensions").glob("*.config")):
            settings |= yaml.safe_load(path.read_text())["option_settings"].get(VARIABLES, {})
        return settings

    def _of_stack(self, database_port: int) -> dict[str, str]:
        """The variables of the stack: of each secret what it holds, and where one of them lies."""
        template = json.loads(TEMPLATE.read_text())
        held = {"JwtSecretArn": JWT_SECRET, "DatabaseUri": self._address(template, database_port)}
        variables = _given(template, VARIABLES, {"JwtSecretArn": self.jwt_secret_arn})
        return {**variables, **_given(template, SECRETS, held)}

    def _address(self, template: Mapping[str, Any], port: int) -> str:
        """The address as the stack spells it, for the embedded server: no login and no replica set there."""
        text = template["Resources"]["DatabaseUri"]["Properties"]["SecretString"]["Fn::Sub"]
        text = re.sub(r"//.*@\$\{DatabaseHost\}:\d+", f"//{LOOPBACK}:{port}", text)
        return str(text.replace("replicaSet=rs0&", "").replace("/var/app/", f"{self.root}/var/app/"))


def lay_out(root: Path, aws: str) -> Instance:
    """Unpack the bundle that a deployment uploads to this stand-in for AWS, and install its requirements."""
    session = boto3.Session(
        IDENTITY["AWS_ACCESS_KEY_ID"], IDENTITY["AWS_SECRET_ACCESS_KEY"], region_name=REGION
    )
    secret = session.client("secretsmanager", endpoint_url=aws).create_secret(
        Name="jwt", SecretString=JWT_SECRET
    )
    instance = Instance(root, aws, secret["ARN"])
    with zipfile.ZipFile(BytesIO(_uploaded(session.client("s3", endpoint_url=aws)))) as archive:
        archive.extractall(instance.current)
    (uv,) = (ROOT / ".cache").glob("uv-*/bin/uv")
    python = instance.programs / "python"
    _run(uv, "venv", "--python", sys.executable, instance.programs.parent)
    # What is locked, without resolving it again, and from the cache that `make setup` filled.
    _run(uv, "pip", "sync", "--offline", "--python", python, instance.current / "requirements.txt")
    return instance


def _uploaded(s3: Any) -> bytes:
    s3.create_bucket(Bucket="artefacts", CreateBucketConfiguration={"LocationConstraint": REGION})
    key = bundle.upload(s3, "artefacts")
    found: bytes = s3.get_object(Bucket="artefacts", Key=key)["Body"].read()
    return found


def _given(template: Mapping[str, Any], namespace: str, known: Mapping[str, str]) -> dict[str, str]:
    """The variables of one kind; a value that is looked up comes from `known`."""
    options = template["Resources"]["Environment"]["Properties"]["OptionSettings"]
    values = {each["OptionName"]: each["Value"] for each in options if each.get("Namespace") == namespace}
    return {name: value if isinstance(value, str) else known[value["Ref"]] for name, value in values.items()}


def _run(*command: object) -> None:
    subprocess.run([str(each) for each in command], check=True, capture_output=True)
