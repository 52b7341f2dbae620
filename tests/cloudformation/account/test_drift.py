"""Drift: what was changed by hand is found, and nothing else."""

import pytest
from botocore.exceptions import ClientError

from tests.cloudformation.account.fake import FakeAccount
from tests.cloudformation.account.operator import STACK, Operator, group, of
from tests.cloudformation.rules import Json


def detect(operator: Operator) -> Json:
    """Search a stack for drift, and return what the search says in the end."""
    identity = operator.cloudformation.detect_stack_drift(StackName=STACK)["StackDriftDetectionId"]
    while True:
        found: Json = operator.cloudformation.describe_stack_drift_detection_status(
            StackDriftDetectionId=identity
        )
        if found["DetectionStatus"] != "DETECTION_IN_PROGRESS":
            return found
        operator.account.sleep(5)


def test_untouched_stack_is_in_sync(operator: Operator) -> None:
    operator.deploy(STACK, of(A=group()))

    assert detect(operator)["StackDriftStatus"] == "IN_SYNC"


def test_changed_property_is_shown(operator: Operator, account: FakeAccount) -> None:
    operator.deploy(STACK, of(A=group(), B=group()))
    account.drift(STACK, "B", "RetentionInDays", 30)
    found = detect(operator)

    assert (found["StackDriftStatus"], found["DriftedStackResourceCount"]) == ("DRIFTED", 1)
    (drift,) = operator.cloudformation.describe_stack_resource_drifts(
        StackName=STACK, StackResourceDriftStatusFilters=["MODIFIED", "DELETED"]
    )["StackResourceDrifts"]
    assert drift["LogicalResourceId"] == "B"
    assert drift["PropertyDifferences"] == [
        {
            "PropertyPath": "/RetentionInDays",
            "ExpectedValue": "7",
            "ActualValue": "30",
            "DifferenceType": "NOT_EQUAL",
        }
    ]


def test_difference_is_shown_where_it_lies(operator: Operator, account: FakeAccount) -> None:
    encryption = {"Configuration": {"Status": "Enabled", "Rule": "x"}}
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"VersioningConfiguration": encryption}}
    operator.deploy(STACK, of(A=bucket))
    account.drift(STACK, "A", "VersioningConfiguration", {"Configuration": {"Status": "Suspended"}})
    detect(operator)

    (drift,) = operator.cloudformation.describe_stack_resource_drifts(StackName=STACK)["StackResourceDrifts"]
    assert {each["PropertyPath"]: each["DifferenceType"] for each in drift["PropertyDifferences"]} == {
        "/VersioningConfiguration/Configuration/Status": "NOT_EQUAL",
        "/VersioningConfiguration/Configuration/Rule": "REMOVE",
    }


def test_update_of_that_property_ends_its_drift(operator: Operator, account: FakeAccount) -> None:
    operator.deploy(STACK, of(A=group()))
    account.drift(STACK, "A", "RetentionInDays", 30)
    operator.deploy(STACK, of(A=group(14)))

    assert detect(operator)["StackDriftStatus"] == "IN_SYNC"


def test_one_search_at_a_time(operator: Operator) -> None:
    operator.deploy(STACK, of(A=group()))
    operator.cloudformation.detect_stack_drift(StackName=STACK)

    with pytest.raises(ClientError, match="already in progress"):
        operator.cloudformation.detect_stack_drift(StackName=STACK)


def test_stack_in_trouble_is_not_searched(operator: Operator, account: FakeAccount) -> None:
    account.fail("A", on="CREATE")
    operator.deploy(STACK, of(A=group()))

    with pytest.raises(ClientError, match="in ROLLBACK_COMPLETE state"):
        operator.cloudformation.detect_stack_drift(StackName=STACK)
