"""A stage for deployments: our CloudFormation, moto for other services, and a small checkout."""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from cloudformation.account.platform import BRANCHES
from tests.cloudformation.account.fake import FakeAccount
from tests.cloudformation.account.wire import Answer, connect
from tests.cloudformation.deploy.stage import Stage
from tests.cloudformation.rules import Json

REGION = "us-east-1"
ZONES = [f"{REGION}{letter}" for letter in "abc"]
MOTO = ("cloudwatch", "docdb", "kms", "logs", "s3", "secretsmanager", "sts")
PLATFORM = f"arn:aws:elasticbeanstalk:{REGION}::platform/{BRANCHES[0]}"
FAR_AWAY = datetime(2100, 1, 1, tzinfo=UTC)
CHECKOUT = {
    ".ebextensions/logs.config": "",
    ".platform/nginx/conf.d/limits.conf": "",
    "LICENSE": "",
    "Procfile": "web: gunicorn",
    "cloudformation/artefacts/global-bundle.pem": "certificates",
    "dags/.airflowignore": "todo/",
    "dags/constraints.txt": "",
    "dags/hourly.py": "import todo.work",
    "dags/requirements.txt": "pandas==2.3.3",
    "dags/todo/work.py": "",
    "gunicorn.conf.py": "",
    "requirements.txt": "Flask==3.1.3",
    "webapp/app.py": "",
}


def _beanstalk(offered: list[str], operation: str, asked: Json) -> Json:
    """These versions of the newest branch, and no environments but ours."""
    if operation == "describe_environments":
        return {"Environments": []}
    if operation == "describe_platform_version":
        return {"PlatformDescription": {"DateCreated": datetime(2026, 6, 1, tzinfo=UTC)}}
    branch = next(each["Values"][0] for each in asked["Filters"] if each["Type"] == "PlatformBranchName")
    state = {"PlatformBranchName": branch, "PlatformBranchLifecycleState": "Supported"}
    return {
        "PlatformSummaryList": [
            {"PlatformArn": f"{PLATFORM}/{version}", "PlatformVersion": version, **state}
            for version in (offered if branch == BRANCHES[0] else ())
        ]
    }


def _athena(operation: str, asked: Json) -> Json:
    """Every query succeeds."""
    if operation == "start_query_execution":
        return {"QueryExecutionId": "query"}
    return {"QueryExecution": {"Status": {"State": "SUCCEEDED"}}}


def _ec2(operation: str, asked: Json) -> Json:
    """Three zones that have everything, and nobody else in the account."""
    if operation == "describe_availability_zones":
        zone = {"State": "available", "ZoneType": "availability-zone"}
        return {"AvailabilityZones": [{**zone, "ZoneName": each} for each in ZONES]}
    if operation == "describe_instance_type_offerings":
        types = asked["Filters"][0]["Values"]
        offered = [{"InstanceType": each, "Location": zone} for each in types for zone in ZONES]
        return {"InstanceTypeOfferings": offered}
    if operation == "describe_instance_types":
        return {"InstanceTypes": [{"VCpuInfo": {"DefaultVCpus": 2}}]}
    kinds = {"describe_vpcs": "Vpcs", "describe_addresses": "Addresses", "describe_subnets": "Subnets"}
    kinds |= {"describe_nat_gateways": "NatGateways", "describe_instances": "Reservations"}
    return {kinds[operation]: []}


# What moto lacks, and what need not be remembered: a certificate is good, the budget sees its tag, every
# quota is far away.
ANSWERS: dict[str, Answer] = {
    "acm": lambda *_: {
        "Certificate": {"Status": "ISSUED", "DomainName": "todo.example.com", "NotAfter": FAR_AWAY}
    },
    "athena": _athena,
    "ce": lambda *_: {
        "CostAllocationTags": [{"TagKey": "CostCenter", "Type": "UserDefined", "Status": "Active"}]
    },
    "ec2": _ec2,
    "service-quotas": lambda *_: {"Quota": {"Value": 1000.0}},
}


@cache
def _client(service: str) -> Any:
    """One for all tests, since making one takes longer than most of them."""
    if service in ANSWERS:
        return connect(service, ANSWERS[service])
    return boto3.client(service, REGION, aws_access_key_id="testing", aws_secret_access_key="testing")


@pytest.fixture
def platforms() -> list[str]:
    """The versions of the newest platform that Beanstalk offers."""
    return ["4.5.0"]


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, platforms: list[str]) -> Iterator[Stage]:
    """All stacks; a test that needs few of them says so by `stage.keep`."""
    for path, content in CHECKOUT.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content)
    with mock_aws():
        others = {name: _client(name) for name in (*MOTO, *ANSWERS)}
        beanstalk = connect("elasticbeanstalk", partial(_beanstalk, platforms))
        yield Stage(FakeAccount(elasticbeanstalk=beanstalk, **others), tmp_path, monkeypatch)


@pytest.fixture
def lake(stage: Stage) -> Stage:
    """The two stacks that need the least, deployed."""
    stage.keep("foundation", "lake")
    assert stage.run("deploy") == 0, stage.output
    return stage


@pytest.fixture
def guarded(stage: Stage) -> Stage:
    """The same in prod, with the alarms."""
    stage.environment = "prod"
    stage.keep("foundation", "lake")
    assert stage.run("deploy") == 0, stage.output
    return stage
