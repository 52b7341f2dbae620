"""Deploys the environment dev to a real AWS account, uses it and deletes it.

The test costs about one US dollar and takes two hours. It runs only with TODO_LIVE=dev and credentials:
`TODO_LIVE=dev .venv/bin/python -m pytest tests/live`.
"""

import os
import subprocess
import time
from collections.abc import Iterator
from uuid import uuid4

import boto3
import pytest
import requests

from tools.data_folder import ROOT

pytestmark = [
    pytest.mark.skipif(os.environ.get("TODO_LIVE") != "dev", reason="deploys to AWS only with TODO_LIVE=dev"),
    pytest.mark.timeout(3 * 3600),
]


def make(*arguments: str) -> None:
    subprocess.run(["make", *arguments, "ENV=dev"], cwd=ROOT, check=True)


@pytest.fixture(scope="module")
def outputs() -> Iterator[dict[str, str]]:
    cfn = boto3.client("cloudformation")
    existing = cfn.get_paginator("describe_stacks").paginate()
    names = [stack["StackName"] for page in existing for stack in page["Stacks"]]
    if any(name.startswith("todo-insights-dev-") for name in names):
        pytest.fail("dev is already deployed in this account; this test would delete it")
    try:
        make("plan")
        make("deploy")
        stacks = [
            stack for page in cfn.get_paginator("describe_stacks").paginate() for stack in page["Stacks"]
        ]
        ours = [stack for stack in stacks if stack["StackName"].startswith("todo-insights-dev-")]
        yield {each["OutputKey"]: each["OutputValue"] for stack in ours for each in stack.get("Outputs", ())}
    finally:
        make("destroy", "ARGS=--yes")


def test_api_stores_a_task(outputs: dict[str, str]) -> None:
    address = f"http://{outputs['ApiHost']}"
    until = time.monotonic() + 300
    while requests.get(f"{address}/health/ready", timeout=10).status_code != 200 and time.monotonic() < until:
        time.sleep(10)
    user = {"email": f"{uuid4().hex}@example.com", "name": "Ada", "password": "correct horse battery"}
    assert requests.post(f"{address}/api/v1/users", json=user, timeout=30).status_code == 201
    login = {"email": user["email"], "password": user["password"]}
    token = requests.post(f"{address}/api/v1/auth/login", json=login, timeout=30).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": uuid4().hex}
    task = {"title": "Water the plants"}
    created = requests.post(f"{address}/api/v1/tasks", json=task, headers=headers, timeout=30)
    assert created.status_code == 201


def test_views_can_be_queried(outputs: dict[str, str]) -> None:
    athena = boto3.client("athena")
    started = athena.start_query_execution(
        QueryString="SELECT * FROM business_metrics_kpis",
        QueryExecutionContext={"Database": outputs["DatabaseName"]},
        WorkGroup=outputs["WorkgroupName"],
    )
    for _ in range(60):
        status = athena.get_query_execution(QueryExecutionId=started["QueryExecutionId"])["QueryExecution"][
            "Status"
        ]
        if status["State"] not in ("QUEUED", "RUNNING"):
            break
        time.sleep(2)
    assert status["State"] == "SUCCEEDED", status


def test_second_deployment_changes_nothing(outputs: dict[str, str]) -> None:
    make("deploy")
    assert subprocess.run(["make", "drift", "ENV=dev"], cwd=ROOT, check=False).returncode == 0
