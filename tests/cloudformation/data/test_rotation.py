"""The function that rotates passwords: its archive is complete, and it gets every variable that it reads."""

import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

from cloudformation.artefacts import contents
from cloudformation.rotation import function, users
from tests.cloudformation.rules.core import Json, of_type
from tools.data_folder import ROOT

CODE = ROOT / "cloudformation" / "rotation"
# A program that prints the path of pymongo, and whether pymongo uses C extensions. The archive has no C
# extensions, so that its code runs on every architecture.
SCRIPT = "import cloudformation.rotation.function, pymongo; print(pymongo.__file__, pymongo.has_c())"


def test_code_runs_with_the_packages_of_its_archive(tmp_path: Path) -> None:
    files = contents.rotation_files()
    for path, content in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.split() == [str(tmp_path / "pymongo" / "__init__.py"), "False"]
    assert contents.zip_bytes(files) == contents.zip_bytes(contents.rotation_files())
    # Lambda accepts zip files of at most 50 MB.
    assert len(contents.zip_bytes(files)) < 10_000_000


def test_deployment_has_the_pymongo_that_is_tested() -> None:
    pins = {
        re.findall(r"^pymongo==(\S+)", (ROOT / "requirements" / name).read_text(), re.MULTILINE)[0]
        for name in ("deploy.txt", "dev.txt")
    }
    assert len(pins) == 1


def test_function_gets_what_its_code_reads(resources: Json) -> None:
    properties = resources["RotationFunction"]["Properties"]
    module, _, name = properties["Handler"].rpartition(".")
    given = properties["Environment"]["Variables"]
    read = {
        variable
        for path in CODE.glob("*.py")
        for variable in re.findall(r'os\.environ\["(\w+)"\]', path.read_text())
    }

    assert callable(getattr(importlib.import_module(module), name))
    assert given.keys() == read
    assert given["DATABASE_URI"]["Fn::Sub"].endswith(f"&tlsCAFile=/var/task/{contents.CERTIFICATES}")
    assert "tls=true" in given["DATABASE_URI"]["Fn::Sub"]


def test_function_may_make_every_call_of_its_code(resources: Json) -> None:
    policy = resources["RotationRole"]["Properties"]["Policies"][0]["PolicyDocument"]
    (rotate,) = [each for each in policy["Statement"] if each["Sid"] == "RotateSecrets"]
    code = "".join(path.read_text() for path in CODE.glob("*.py"))
    calls = re.findall(r"_manager(?:\(\))?\.(\w+_\w+)\(", code)

    assert {*rotate["Action"]} == {f"secretsmanager:{call.title().replace('_', '')}" for call in calls}


def test_function_rotates_every_secret_that_it_may_read(resources: Json, template: Json) -> None:
    schedules = of_type(template, "AWS::SecretsManager::RotationSchedule").values()
    policy = resources["RotationRole"]["Properties"]["Policies"][0]["PolicyDocument"]
    (rotate,) = [each for each in policy["Statement"] if each["Sid"] == "RotateSecrets"]

    passwords = {"DatabaseSecretArn", *of_type(template, "AWS::SecretsManager::Secret")}

    assert {each["SecretId"]["Ref"] for each in schedules} == passwords
    assert {each["Ref"] for each in rotate["Resource"]} == passwords


def test_function_ends_its_calls_before_its_own_timeout(resources: Json) -> None:
    """The slowest case: AWS and the database do not respond, and CloudFormation accepts the result late."""
    aws = function.AWS_CONFIG
    call = (aws.connect_timeout + aws.read_timeout) * aws.retries["total_max_attempts"]
    seconds = call + users.TIMEOUT_MS / 1000 + function.ANSWER_SECONDS
    timeout = resources["RotationFunction"]["Properties"]["Timeout"]

    assert seconds < timeout < resources["DatabaseUsers"]["Properties"]["ServiceTimeout"]


def test_users_exist_before_their_passwords_rotate(resources: Json) -> None:
    instances = [name for name, each in resources.items() if each["Type"] == "AWS::DocDB::DBInstance"]

    assert resources["DatabaseUsers"]["DependsOn"] == instances
    # CloudFormation calls the function again only if a property has changed, and a new cluster has no users.
    assert resources["DatabaseUsers"]["Properties"]["DatabaseHost"] == {"Fn::GetAtt": ["Cluster", "Endpoint"]}
    assert all(
        "DatabaseUsers" in each["DependsOn"]
        for each in resources.values()
        if each["Type"] == "AWS::SecretsManager::RotationSchedule"
    )
