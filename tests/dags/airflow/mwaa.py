"""A local imitation of MWAA: a folder with the files of the bucket, and a virtualenv like that of the image.

The imitation differs from MWAA in these points, which do not make the tests invalid:

* Python is the version in .venv-airflow, 3.11 or 3.12; MWAA has 3.12. The lock file is valid for both.
* The packages are those of .venv-airflow without our requirements. They have the versions of MWAA, but fewer
  providers are installed.
* pip installs packages only from a folder of wheels, which are built from the packages in .venv-airflow.
* A folder of the test replaces /usr/local/airflow, also in the line of requirements.txt with this path.
"""

import json
import os
import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from email import message_from_string
from importlib.metadata import Distribution, distributions
from pathlib import Path
from shutil import copy2, copytree, ignore_patterns
from typing import Any
from zipfile import ZipFile

from tools.data_folder import ROOT

HOME = "/usr/local/airflow"
TEMPLATE = ROOT / "cloudformation" / "templates" / "dev" / "airflow.json"
DATA_TEMPLATE = TEMPLATE.with_name("data.json")
# Values that the template of the stack refers to: the name of the stack, and a parameter of the deployment.
KNOWN = {
    "AWS::StackName": "todo-insights-dev-airflow",
    "ConnectionPrefix": "todo-insights-dev-data/connections",
}
# This hour differs from the default in todo_airflow/policy.py, so the test shows that the option is read.
FIRST_HOUR = "2027-03-04T05:00:00+00:00"


@dataclass(frozen=True)
class Image:
    """A virtualenv with the packages of MWAA's image, and the folder from which its pip installs wheels."""

    python: Path
    wheels: Path

    @property
    def installed(self) -> dict[str, str]:
        """Return the version of every installed package, by the name of the package."""
        return {each.name: each.version for each in _distributions(self.python.parents[1])}

    def pip(self, requirements: Path, *options: str) -> subprocess.CompletedProcess[str]:
        """Install requirements with pip as MWAA's entry point does, but from the folder of wheels."""
        source = ["--no-index", "--find-links", str(self.wheels), "--no-compile"]
        command = [str(self.python), "-m", "pip", "install", *source, *options, "-r", str(requirements)]
        environment = {"PATH": os.environ["PATH"], "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def lay_out(s3: Any, bucket: str, version: str, home: Path) -> None:
    """Copy `dags/` and one version of requirements.txt from the bucket to the folder `home`, as MWAA does."""
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="dags/"):
        for found in page["Contents"]:
            (home / found["Key"]).parent.mkdir(parents=True, exist_ok=True)
            s3.download_file(bucket, found["Key"], str(home / found["Key"]))
    body = s3.get_object(Bucket=bucket, Key="requirements.txt", VersionId=version)["Body"].read().decode()
    (home / "requirements.txt").write_text(body.replace(HOME, str(home)))


def build_image(airflow: Path, home: Path, ours: set[str]) -> Image:
    """Copy the virtualenv `airflow` without the packages in `ours`, and build wheels of those packages."""
    subprocess.run([airflow / "bin" / "python", "-m", "venv", home / "venv"], check=True)
    target, wheels = next((home / "venv" / "lib").glob("*/site-packages")), home / "wheels"
    wheels.mkdir()
    packages = [each for each in _distributions(airflow) if each.name in ours]
    for package in packages:
        _pack(package, wheels)
    left_out = {file.parts[0] for package in packages for file in package.files or ()}
    for entry in next((airflow / "lib").glob("*/site-packages")).iterdir():
        if entry.name not in left_out and not (target / entry.name).exists():
            _link(entry, target / entry.name)
    return Image(home / "venv" / "bin" / "python", wheels)


def environment() -> dict[str, Any]:
    """Return the properties of the MWAA environment that the template defines."""
    found: dict[str, Any] = json.loads(TEMPLATE.read_text())["Resources"]["Environment"]["Properties"]
    return found


def options() -> dict[str, str]:
    """Return the environment variables that MWAA creates from the configuration options of the template."""
    return {
        f"AIRFLOW__{name.replace('.', '__', 1).upper()}": _filled_in(value)
        for name, value in environment()["AirflowConfigurationOptions"].items()
    }


def variables() -> dict[str, str]:
    """Return the secrets of the template by name; each parameter is replaced by its name in lower case."""
    resources = json.loads(TEMPLATE.read_text())["Resources"].values()
    found = [each["Properties"] for each in resources if each["Type"] == "AWS::SecretsManager::Secret"]
    return {_filled_in(each["Name"]): _resolved(_filled_in(each["SecretString"])) for each in found}


def connection(host: str, password: str) -> tuple[str, dict[str, Any]]:
    """Return name and content of the secret with the pipeline's database user, as the stack `data` has it."""
    secret = json.loads(DATA_TEMPLATE.read_text())["Resources"]["PipelineDatabaseSecret"]["Properties"]
    content = secret["GenerateSecretString"]["SecretStringTemplate"]["Fn::Sub"]
    name = secret["Name"]["Fn::Sub"].replace("${AWS::StackName}", "todo-insights-dev-data")
    return name, json.loads(content.replace("${Cluster.Endpoint}", host)) | {"password": password}


def pins(requirements: Path) -> dict[str, str]:
    """Return the pinned version of each package in a requirements file."""
    return dict(re.findall(r"^([\w.-]+)==(\S+)", requirements.read_text(), re.MULTILINE))


def _filled_in(value: Any) -> str:
    if value == {"Ref": "FirstHour"}:
        return FIRST_HOUR
    text = str(value["Fn::Sub"] if isinstance(value, dict) else value)
    for name, known in KNOWN.items():
        text = text.replace(f"${{{name}}}", known)
    return text


def _resolved(text: str) -> str:
    return re.sub(r"\$\{(\w+)\}", lambda match: match[1].lower(), text)


def _distributions(virtualenv: Path) -> Iterable[Distribution]:
    return distributions(path=[str(path) for path in (virtualenv / "lib").glob("*/site-packages")])


def _pack(package: Distribution, folder: Path) -> None:
    tag = message_from_string(package.read_text("WHEEL") or "")["Tag"]
    with ZipFile(folder / f"{package.name}-{package.version}-{tag}.whl", "w") as wheel:
        for file in package.files or ():
            if file.parts[0] != ".." and file.suffix != ".pyc":
                wheel.write(str(file.locate()), file.as_posix())


def _link(source: Path, target: Path) -> None:
    if source.is_dir():
        # Other tests may write bytecode at the same time. Python first writes it to a temporary file, whose
        # name matches this pattern, and then renames the file.
        copytree(source, target, copy_function=_link_file, ignore=ignore_patterns("*.pyc.*"))
    else:
        _link_file(source, target)


def _link_file(source: str | Path, target: str | Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # The two folders are on different file systems, so a hard link is not possible.
        copy2(source, target)
