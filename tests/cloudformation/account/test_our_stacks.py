"""All stacks of both environments really come up in one account, and go again."""

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from cloudformation.settings import ENVIRONMENTS
from cloudformation.stacks import render, stack_name
from tests.cloudformation.account import identity
from tests.cloudformation.account.change_set_calls import NOTHING_NEW
from tests.cloudformation.account.fake import FakeAccount
from tests.cloudformation.account.operator import Operator
from tests.cloudformation.account.state import Resource
from tests.cloudformation.account.wire import session
from tests.cloudformation.account.world import SNAPSHOT
from tests.cloudformation.rules import TAG_KEYS, Json, taggable

# What a deleted prod leaves: the last state of its database, and the key that this lies under.
KEPT = [SNAPSHOT, "AWS::KMS::Key"]
BROUGHT = {
    "ApplicationBundleKey": "webapp/0123456789ab.zip",
    "PlatformArn": "arn:aws:elasticbeanstalk:us-east-1::platform/Python 3.12/4.5.0",
    "FirstHour": "2026-11-21T09:00:00+00:00",
    "RequirementsVersion": "first",
    "Zones": "us-east-1a,us-east-1b,us-east-1c",
}


@pytest.fixture
def account(s3: Any) -> FakeAccount:
    return FakeAccount(s3=s3)


def deploy(operator: Operator, s3: Any, environment: str) -> dict[str, str]:
    """Bring up an environment, stack by stack; return what all of them put out."""
    known = dict(BROUGHT)
    for path, text in render([environment]).items():
        name = stack_name(ENVIRONMENTS[environment], path.stem)
        found = operator.deploy(name, json.loads(text), **_given(s3, known, path, text))
        assert found["StackStatus"] == "CREATE_COMPLETE", operator.reasons(name)
        known |= {each["OutputKey"]: each["OutputValue"] for each in found["Outputs"]}
    return known


def _given(s3: Any, known: dict[str, str], path: Path, text: str) -> Json:
    """Return parameters for a stack, and the address of its template if that is too long to be sent along."""
    wanted = json.loads(text).get("Parameters", {}).keys() & known.keys()
    given: Json = {"Parameters": [{"ParameterKey": key, "ParameterValue": known[key]} for key in wanted]}
    if len(text) > 51_200:
        s3.put_object(Bucket=known["ArtefactBucketName"], Key=path.name, Body=text.encode())
        given["TemplateURL"] = f"https://{known['ArtefactBucketName']}.s3.amazonaws.com/{path.name}"
    return given


def destroy(operator: Operator, s3: Any) -> None:
    """Take down everything there is, the last stack first, with what lies in its buckets."""
    docdb = operator.account.client("docdb")
    for cluster in docdb.describe_db_clusters()["DBClusters"]:
        docdb.modify_db_cluster(DBClusterIdentifier=cluster["DBClusterIdentifier"], DeletionProtection=False)
    for name, stack in reversed(operator.account.stacks.items()):
        for bucket in (each.physical for each in stack.resources.values() if each.kind == "AWS::S3::Bucket"):
            for version in s3.list_object_versions(Bucket=bucket).get("Versions", []):
                s3.delete_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])
        found = operator.delete(name)
        assert found["StackStatus"] == "DELETE_COMPLETE", operator.reasons(found["StackId"])


@cache
def _living() -> dict[str, list[Resource]]:
    """Return what exists in an account with both environments, for tests that only look at it."""
    with mock_aws():
        s3 = session().client("s3")
        account = FakeAccount(s3=s3)
        for environment in ENVIRONMENTS:
            deploy(Operator(account), s3, environment)
    return {
        environment: [each for each in account.resources() if f"-{environment}-" in each.stack]
        for environment in ENVIRONMENTS
    }


def _declared(environment: str, wanted: Callable[[str], object] = bool) -> int:
    """Return how many resources the templates make of the types that are wanted, if no email is given."""
    return sum(
        bool(wanted(resource["Type"]))
        for text in render([environment]).values()
        for resource in json.loads(text)["Resources"].values()
        if "Condition" not in resource
    )


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from (text for key, each in node.items() for text in (key, *_texts(each)))
    elif isinstance(node, list):
        yield from (text for each in node for text in _texts(each))
    elif isinstance(node, str):
        yield node


def _names(resources: list[Resource]) -> set[tuple[str, ...]]:
    return {identity.claim(each.kind, each.properties) or (each.kind, each.physical) for each in resources}


def test_both_environments_live_in_one_account() -> None:
    dev, prod = _living()["dev"], _living()["prod"]

    assert (len(dev), len(prod)) == (_declared("dev"), _declared("prod"))
    assert _names(dev) & _names(prod) == set()


def test_no_reference_is_left_unresolved(environment: str) -> None:
    unresolved = re.compile(r"Fn::|^Ref$|\$\{(?!aws:|!)|AWS::(?!\w+::\w)")
    texts = [text for each in _living()[environment] for text in _texts(each.properties)]

    assert [text for text in texts if unresolved.search(text)] == []
    assert len(texts) > 3000


def test_all_that_is_taggable_carries_four_tags(environment: str) -> None:
    tagged = [each for each in _living()[environment] if taggable(each.kind)]

    assert [each.logical for each in tagged if not each.tags.keys() >= TAG_KEYS] == []
    assert {each.tags["Environment"] for each in tagged} == {environment}
    assert len(tagged) == _declared(environment, taggable) > 70


def test_arns_of_resources_differ() -> None:
    arns = [identity.arn(each) for resources in _living().values() for each in resources if each.tags]

    assert len(arns) == len(set(arns))


@pytest.mark.parametrize(("environment", "left"), [("dev", []), ("prod", KEPT)], ids=["dev", "prod"])
def test_nothing_is_left_but_what_is_meant(
    account: FakeAccount, operator: Operator, s3: Any, environment: str, left: list[str]
) -> None:
    deploy(operator, s3, environment)
    destroy(operator, s3)

    assert sorted(each.kind for each in account.leftovers()) == sorted(left)
    assert s3.list_buckets()["Buckets"] == []
    assert deploy(operator, s3, environment)["DatabaseClusterId"] == f"todo-insights-{environment}-data"


@pytest.mark.parametrize("environment", ["dev"])
def test_second_deployment_finds_no_change(operator: Operator, s3: Any, environment: str) -> None:
    known = deploy(operator, s3, environment)
    reasons = [
        operator.propose(
            stack_name(ENVIRONMENTS[environment], path.stem),
            json.loads(text),
            **_given(s3, known, path, text),
        )["StatusReason"]
        for path, text in render([environment]).items()
    ]

    assert reasons == [NOTHING_NEW] * 7


def test_network_stays_while_others_lie_in_it(operator: Operator, s3: Any) -> None:
    deploy(operator, s3, "dev")
    found = operator.delete("todo-insights-dev-network")

    assert found["StackStatus"] == "DELETE_FAILED"
    assert "has a dependent object" in operator.reasons(found["StackName"])["PrivateSubnet1"]
