"""The deployment creates Airflow's pools, and uploads the files for the history rebuild."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.stub import Stubber

from cloudformation.artefacts import contents, storage
from cloudformation.deploy.finish import create_pools, wanted_pools
from cloudformation.errors import DeployError
from cloudformation.settings import DEV
from tests.cloudformation.deploy.conftest import BUCKET, client
from tools.data_folder import ROOT

ENVIRONMENT = "todo-insights-dev-airflow"
PUBLISH, SLICES = wanted_pools(DEV)


@pytest.fixture
def mwaa() -> Iterator[tuple[Any, Stubber]]:
    found = client("mwaa")
    with Stubber(found) as stubber:
        yield found, stubber
        stubber.assert_no_pending_responses()


def answer(stubber: Stubber, status: int, body: Any) -> None:
    """Expect a request that creates or changes both pools."""
    create = {"action": "create", "action_on_existence": "overwrite", "entities": [PUBLISH, SLICES]}
    request = {"Name": ENVIRONMENT, "Method": "PATCH", "Path": "/pools", "Body": {"actions": [create]}}
    response = {"RestApiStatusCode": status, "RestApiResponse": body}
    if status < 400:
        stubber.add_response("invoke_rest_api", response, request)
    else:
        error = {"expected_params": request, "modeled_fields": response}
        stubber.add_client_error("invoke_rest_api", "RestApiClientException", **error)


def test_both_pools_are_created_or_changed(mwaa: tuple[Any, Stubber]) -> None:
    airflow, stubber = mwaa
    answer(stubber, 200, {"create": {"success": [SLICES["name"], PUBLISH["name"]], "errors": []}})
    assert (
        create_pools(airflow, ENVIRONMENT, DEV)
        == "pools: todo_publish with 1 slots, todo_slices with 3 slots"
    )


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (403, {"detail": "Forbidden"}, "403, .*Forbidden"),
        (
            200,
            {"create": {"success": ["todo_publish"], "errors": [{"error": "no slots"}]}},
            "200, .*no slots",
        ),
    ],
)
def test_refused_pool_stops_the_deployment_with_a_remedy(
    mwaa: tuple[Any, Stubber], status: int, body: Any, reason: str
) -> None:
    airflow, stubber = mwaa
    answer(stubber, status, body)
    with pytest.raises(DeployError, match=rf"{reason}.*Run the command again"):
        create_pools(airflow, ENVIRONMENT, DEV)


def test_options_name_the_created_pools() -> None:
    template = (ROOT / "cloudformation/templates/dev/airflow.json").read_text()
    for option, pool in (("publish_pool", PUBLISH), ("slice_pool", SLICES)):
        assert f'"todo.{option}": "{pool["name"]}"' in template


def test_artefacts_are_uploaded_once_per_content(s3: Any, tmp_path: Path) -> None:
    package = tmp_path / "dags/todo_insights"
    (package / "history").mkdir(parents=True)
    (package / "history/__main__.py").write_text("print('rebuild')\n")
    (package / "tables.toml").write_text("a = 1\n")
    (tmp_path / "dags/requirements.txt").write_text("")
    first, second = ([*storage.upload(s3, BUCKET, "airflow", tmp_path)] for _ in range(2))
    assert first[:2] == ["history/main.py uploaded", "history/todo_insights.zip uploaded"]
    assert "is not built" in first[-1]
    assert second == first[-1:]
    archive = tmp_path / contents.ARCHIVE
    archive.parent.mkdir(parents=True)
    archive.write_bytes(b"python")
    assert [*storage.upload(s3, BUCKET, "airflow", tmp_path)] == ["history/environment.tar.gz uploaded"]
    assert s3.get_object(Bucket=BUCKET, Key="history/environment.tar.gz")["Body"].read() == b"python"


def test_entry_point_needs_only_the_code_of_the_zip(tmp_path: Path) -> None:
    """The zip file must also contain tables.toml. The job starts, and then fails, as PySpark is missing."""
    for key, content in contents.history_objects().items():
        (tmp_path / Path(key).name).write_bytes(content)
    job = [sys.executable, "main.py", "--from", "2026-11-01", "--to", "2026-11-02", "--id", "any"]
    env = {"PYTHONPATH": "todo_insights.zip", "LAKE_URI": tmp_path.as_uri()}
    done = subprocess.run(job, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (
        1,
        "Error: PySpark is not installed; install it with: make spark\n",
    )
    code = "import todo_insights.history.rebuild as module; print(module.__file__)"
    imported = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True, check=True
    )
    assert "todo_insights.zip" in imported.stdout
