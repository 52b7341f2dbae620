"""The uploaded files are sufficient: Airflow can install the packages and load the DAGs from them alone."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from moto import mock_aws

from cloudformation.artefacts import storage
from tests.dags.airflow import mwaa
from tests.dags.airflow.airflows import Airflow
from tools.data_folder import ROOT
from tools.services.aws import aws_server

pytestmark = pytest.mark.airflow

OURS = mwaa.pins(ROOT / "dags" / "requirements.txt")
KEYS = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
# With these variables, boto3 sends no requests to find a region or credentials. DAG files must not need a
# region or credentials for parsing.
OFFLINE = {"AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that replaces /usr/local/airflow, as MWAA fills it at the first deployment."""
    home = tmp_path_factory.mktemp("mwaa")
    with mock_aws():
        s3 = boto3.client("s3", "us-east-1")
        s3.create_bucket(Bucket="artefacts")
        s3.put_bucket_versioning(Bucket="artefacts", VersioningConfiguration={"Status": "Enabled"})
        assert [*storage.upload(s3, "artefacts", "airflow")]
        version = storage.requirements_version(s3, "artefacts")
        mwaa.lay_out(s3, "artefacts", version, home)
    return home


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> mwaa.Image:
    return mwaa.build_image(ROOT / ".venv-airflow", tmp_path_factory.mktemp("image"), set(OURS))


@pytest.fixture(scope="module")
def before(image: mwaa.Image) -> dict[str, str]:
    return image.installed


@pytest.fixture(scope="module")
def after(image: mwaa.Image, before: dict[str, str], home: Path) -> dict[str, str]:
    done = image.pip(home / "requirements.txt")
    assert done.returncode == 0, done.stdout + done.stderr
    return image.installed


@pytest.fixture(scope="module")
def report(image: mwaa.Image, after: dict[str, str], home: Path) -> dict[str, Any]:
    airflow = Airflow(image.python, home, home / "dags")
    found, _ = airflow.run("dag_report.py", str(airflow.dags), **mwaa.options(), **OFFLINE)
    return dict(found)


def test_image_lacks_the_required_packages(before: dict[str, str]) -> None:
    assert before["apache-airflow"] == mwaa.environment()["AirflowVersion"]
    assert not OURS.keys() & before.keys()


def test_installation_changes_no_package_of_the_image(before: dict[str, str], after: dict[str, str]) -> None:
    assert after == before | OURS


@pytest.mark.parametrize("wish", ["boto3==1.40.0", "apache-airflow==3.3.1", "numpy==2.4.5"])
def test_version_other_than_the_images_is_refused(
    image: mwaa.Image, home: Path, tmp_path: Path, wish: str
) -> None:
    constraint = (home / "requirements.txt").read_text().splitlines()[0]
    (tmp_path / "requirements.txt").write_text(f"{constraint}\n{wish}\n")
    done = image.pip(tmp_path / "requirements.txt", "--dry-run")

    assert done.returncode == 1
    assert f"The user requested (constraint) {wish.partition('==')[0]}" in done.stdout + done.stderr


def test_every_dag_loads_without_an_error(report: dict[str, Any]) -> None:
    assert report["import_errors"] == {}
    assert {*report["dags"]} == {path.stem for path in (ROOT / "dags").glob("*.py")}


def test_first_hour_is_that_of_the_deployment(report: dict[str, Any]) -> None:
    assert report["dags"]["todo_hourly_insights"]["start_date"] == mwaa.FIRST_HOUR.replace("T", " ")


def test_only_dag_files_are_parsed(report: dict[str, Any]) -> None:
    assert report["parsed"] == sorted(path.name for path in (ROOT / "dags").glob("*.py"))


@pytest.fixture(scope="module")
def found(image: mwaa.Image, after: dict[str, str], home: Path) -> Iterator[dict[str, Any]]:
    """The settings that tasks get when Airflow's secrets backend reads the secrets of the templates.

    The password of the database has been rotated.
    """
    with aws_server(home / "aws.log") as address:
        manager = boto3.client("secretsmanager", endpoint_url=address, **KEYS, region_name="us-east-1")
        name, created = mwaa.connection("docdb.example", "unused")
        rotated = {"login": f"{created['login']}_clone", "password": "a/b"}
        for each, text in {**mwaa.variables(), name: json.dumps(created)}.items():
            manager.create_secret(Name=each, SecretString=text)
        manager.put_secret_value(SecretId=name, SecretString=json.dumps(created | rotated))
        airflow = Airflow(image.python, home, home / "dags")
        backend = {"AWS_ENDPOINT_URL": address, **{name.upper(): value for name, value in KEYS.items()}}
        yield dict(airflow.run("lookups.py", str(airflow.dags), **mwaa.options(), **OFFLINE, **backend)[0])


def test_tasks_find_the_lake(found: dict[str, Any]) -> None:
    assert found["zones"]["gold"] == "s3://goldbucketname"
    assert (found["catalog"], found["environment"]) == ("glue://databasename", "dev")


def test_tasks_find_the_database(found: dict[str, Any]) -> None:
    address, _, options = found["address"].partition("?")

    assert (address, found["database"]) == (
        "mongodb://todo_pipeline_clone:a%2Fb@docdb.example:27017/",
        "todo",
    )
    assert {"tls=true", "replicaSet=rs0", "retryWrites=false"} <= {*options.split("&")}


def test_certificates_exist_at_path_of_the_connection(found: dict[str, Any], home: Path) -> None:
    named = parse_qs(urlsplit(found["address"]).query)["tlsCAFile"][0]

    assert (home / Path(named).relative_to(mwaa.HOME)).read_text().count("BEGIN CERTIFICATE") > 10
