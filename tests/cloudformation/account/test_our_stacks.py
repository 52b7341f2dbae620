"""All stacks of both environments really come up in one account, and go again."""

import json
from pathlib import Path
from typing import Any

import pytest

from cloudformation.settings import ENVIRONMENTS
from cloudformation.stacks import render, stack_name
from tests.cloudformation.account.fake import FakeAccount
from tests.cloudformation.account.operator import Operator

BROUGHT = {
    "ApplicationBundleKey": "webapp/0123456789ab.zip",
    "PlatformArn": "arn:aws:elasticbeanstalk:us-east-1::platform/Python 3.12/4.5.0",
    "RequirementsVersion": "first",
}


@pytest.fixture
def account(s3: Any) -> FakeAccount:
    return FakeAccount(s3=s3)


def deploy(operator: Operator, s3: Any, environment: str) -> dict[str, str]:
    """Bring up an environment, stack by stack; return what all of them put out."""
    known = dict(BROUGHT)
    for path, text in render([environment]).items():
        template, name = json.loads(text), stack_name(ENVIRONMENTS[environment], path.stem)
        wanted = template.get("Parameters", {}).keys() & known.keys()
        given: dict[str, Any] = {
            "Parameters": [{"ParameterKey": key, "ParameterValue": known[key]} for key in wanted]
        }
        if len(text) > 51_200:
            given["TemplateURL"] = _upload(s3, known["ArtefactBucketName"], path, text)
        found = operator.deploy(name, template, **given)
        assert found["StackStatus"] == "CREATE_COMPLETE", operator.reasons(name)
        known |= {each["OutputKey"]: each["OutputValue"] for each in found["Outputs"]}
    return known


def _upload(s3: Any, bucket: str, path: Path, text: str) -> str:
    s3.put_object(Bucket=bucket, Key=path.name, Body=text.encode())
    return f"https://{bucket}.s3.amazonaws.com/{path.name}"


def test_both_environments_live_in_one_account(account: FakeAccount, operator: Operator, s3: Any) -> None:
    for environment in ENVIRONMENTS:
        deploy(operator, s3, environment)

    buckets = {each["Name"] for each in s3.list_buckets()["Buckets"]}
    names = [(each.kind, each.physical) for each in account.resources()]
    assert buckets == {name for kind, name in names if kind == "AWS::S3::Bucket"}
    assert len(names) > 260
