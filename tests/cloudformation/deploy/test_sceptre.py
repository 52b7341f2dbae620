"""All operations on an environment: creation, a change, a refused change, a failure, and deletion.

The tests depend on each other and run in this order, because a separate deployment for each test would be too
slow.
"""

import pytest

from cloudformation.deploy.stack import values
from cloudformation.stacks import STACKS
from tests.cloudformation.deploy.conftest import FAILING, SCEPTRE, Deployment

pytestmark = pytest.mark.skipif(not SCEPTRE.exists(), reason="Sceptre is not installed; run: make setup")
NAMES = {f"todo-insights-dev-{stack}" for stack in STACKS}


@pytest.fixture(scope="module")
def deployed(deployment: Deployment) -> Deployment:
    done = deployment.sceptre("launch", "--yes", "dev", ALERT_EMAIL="ada@example.com")
    assert done.returncode == 0, done.stdout + done.stderr
    return deployment


def outputs(deployed: Deployment, stack: str) -> dict[str, str]:
    return values(deployed.client("cloudformation"), f"todo-insights-dev-{stack}", "Output")


def parameters(deployed: Deployment, stack: str) -> dict[str, str]:
    return values(deployed.client("cloudformation"), f"todo-insights-dev-{stack}", "Parameter")


def test_every_stack_is_created(deployed: Deployment) -> None:
    assert deployed.stacks() == dict.fromkeys(NAMES, "CREATE_COMPLETE")


def test_artefacts_are_where_the_stacks_read_them(deployed: Deployment) -> None:
    s3, bucket = deployed.client("s3"), outputs(deployed, "foundation")["ArtefactBucketName"]
    requirements = s3.head_object(Bucket=bucket, Key="requirements.txt")

    assert s3.head_object(Bucket=bucket, Key=parameters(deployed, "webapp")["ApplicationBundleKey"])
    assert parameters(deployed, "airflow")["RequirementsVersion"] == requirements["VersionId"]
    assert s3.head_object(Bucket=bucket, Key="dags/certificates/global-bundle.pem")


def test_views_are_created_in_athena(deployed: Deployment) -> None:
    athena = deployed.client("athena")
    ids = athena.list_query_executions(WorkGroup=outputs(deployed, "lake")["WorkgroupName"])
    queries = [
        athena.get_query_execution(QueryExecutionId=each)["QueryExecution"]["Query"]
        for each in ids["QueryExecutionIds"]
    ]

    views = list(deployed.root.glob("dags/todo_insights/sql/views/*.sql"))
    assert len([query for query in queries if query.startswith("CREATE OR REPLACE VIEW")]) == len(views) > 0


def test_change_updates_only_its_stack_and_keeps_parameters(deployed: Deployment) -> None:
    before = parameters(deployed, "airflow")["FirstHour"]
    (deployed.root / "webapp" / "changed.py").write_text("")
    bundle = parameters(deployed, "webapp")["ApplicationBundleKey"]

    shown = deployed.sceptre("diff", "dev/webapp.yaml")
    assert parameters(deployed, "webapp")["ApplicationBundleKey"] == bundle
    done = deployed.sceptre("launch", "--yes", "dev")

    assert (shown.returncode, done.returncode) == (0, 0), shown.stderr + done.stdout + done.stderr
    assert "ApplicationBundleKey" in shown.stdout
    assert "todo-insights-dev-webapp is updated by a change set" in done.stdout + done.stderr
    assert parameters(deployed, "webapp")["ApplicationBundleKey"] != bundle
    assert parameters(deployed, "airflow")["FirstHour"] == before
    (deployed.root / "webapp" / "changed.py").unlink()
    back = deployed.sceptre("launch", "--yes", "dev/webapp.yaml")
    assert "todo-insights-dev-webapp is updated by a change set" in back.stdout + back.stderr
    assert parameters(deployed, "webapp")["ApplicationBundleKey"] == bundle
    assert parameters(deployed, "foundation")["AlertEmail"] == "ada@example.com"
    assert {name for name, status in deployed.stacks().items() if status == "UPDATE_COMPLETE"} <= {
        "todo-insights-dev-webapp"
    }


def test_removal_of_data_is_refused(deployed: Deployment) -> None:
    deployed.replace("cloudformation/foundation/buckets.py", '"ArtefactBucket"', '"Artefacts"')
    bucket = outputs(deployed, "foundation")["ArtefactBucketName"]

    done = deployed.sceptre("launch", "--yes", "dev/foundation.yaml")
    deployed.replace("cloudformation/foundation/buckets.py", '"Artefacts"', '"ArtefactBucket"')

    assert done.returncode != 0
    assert "ArtefactBucket would be replaced or removed" in done.stdout + done.stderr
    assert outputs(deployed, "foundation")["ArtefactBucketName"] == bucket


def test_failed_stack_ends_the_deployment_and_can_be_deployed_again(deployed: Deployment) -> None:
    for stacks in ("prod/data.yaml", "prod"):
        done = deployed.sceptre("launch", "--yes", stacks)

        assert done.returncode != 0
        assert f"{FAILING} cannot be created" in done.stdout + done.stderr
    created = {name.removeprefix("todo-insights-prod-") for name in deployed.stacks() if "-prod-" in name}
    assert created == {"foundation", "network", "lake", "views", "queries", "data"}


def test_prod_is_deleted_only_with_its_name(deployed: Deployment) -> None:
    done = deployed.sceptre("delete", "--yes", "prod/lake.yaml")

    assert done.returncode != 0
    assert "set CONFIRM=todo-insights-prod" in done.stdout + done.stderr
    assert "todo-insights-prod-lake" in deployed.stacks()


def test_deletion_leaves_no_stack_and_no_bucket(deployed: Deployment) -> None:
    s3 = deployed.client("s3")
    done = deployed.sceptre("delete", "--yes", "dev")

    assert done.returncode == 0, done.stdout + done.stderr
    assert not NAMES & deployed.stacks().keys()
    assert [each["Name"] for each in s3.list_buckets()["Buckets"] if "-dev-" in each["Name"]] == []
