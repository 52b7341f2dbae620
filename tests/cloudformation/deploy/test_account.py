"""The effects of hooks and commands on an AWS account, tested with moto or with botocore's Stubber."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore import waiter
from botocore.stub import Stubber

from cloudformation.deploy import change_set, deletion, finish, stack
from cloudformation.errors import DeployError
from tests.cloudformation.deploy.conftest import Client, client

NAME = "todo-insights-dev-lake"
ARN = f"arn:aws:cloudformation:us-east-1:123456789012:changeSet/deploy-{'1' * 32}/1"
STACK_ID = f"arn:aws:cloudformation:us-east-1:123456789012:stack/{NAME}/1"
# A stack of Sceptre, as far as a change set reads it.
STACK = SimpleNamespace(
    external_name=NAME, template=SimpleNamespace(body="{}"), parameters={"A": "1"}, tags={"Project": "p"}
)
BUCKET_CHANGE = {"LogicalResourceId": "GoldBucket", "ResourceType": "AWS::S3::Bucket"}


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Skip the pauses of commands and botocore's waiters; threads of other libraries keep theirs."""
    for module in (finish, waiter):
        monkeypatch.setattr(module, "time", SimpleNamespace(sleep=lambda _: None))


@pytest.mark.parametrize(
    ("change", "at_risk"),
    [
        ({"Action": "Modify", "Replacement": "True"}, True),
        ({"Action": "Modify", "Replacement": "Conditional"}, True),
        ({"Action": "Remove"}, True),
        ({"Action": "Dynamic"}, True),
        ({"Action": "Modify", "Replacement": "False"}, False),
        ({"Action": "Add"}, False),
    ],
)
def test_data_at_risk_is_refused_until_allowed(change: dict[str, str], at_risk: bool) -> None:
    changes = change_set.ChangeSet(ARN, [{**BUCKET_CHANGE, **change}])
    role = {"LogicalResourceId": "Role", "ResourceType": "AWS::IAM::Role", "Action": "Remove"}
    cfn = client("cloudformation")

    assert changes.data_at_risk == (["GoldBucket"] if at_risk else [])
    assert change_set.ChangeSet(ARN, [role]).data_at_risk == []
    if at_risk:
        with Stubber(cfn) as stubber:
            stubber.add_response("delete_change_set", {}, {"ChangeSetName": ARN})
            with pytest.raises(DeployError, match="GoldBucket would be replaced or removed"):
                change_set.refuse_loss_of_data(cfn, NAME, changes)
        stubber.assert_no_pending_responses()


def test_failed_update_ends_with_its_first_reason() -> None:
    cfn = client("cloudformation")
    events = [
        _event("Later", "UPDATE_FAILED", "Resource update cancelled"),
        _event("Bucket", "UPDATE_FAILED", "The specified bucket is not valid"),
        _event(NAME, "UPDATE_IN_PROGRESS", "User Initiated"),
        _event("Older", "CREATE_FAILED", "of an earlier operation"),
    ]
    with Stubber(cfn) as stubber:
        stubber.add_response("describe_stacks", {"Stacks": [_described("UPDATE_ROLLBACK_COMPLETE")]})
        stubber.add_response("describe_stack_events", {"StackEvents": events})
        with pytest.raises(DeployError, match=r"Bucket \(AWS::S3::Bucket\): The specified bucket"):
            stack.require_success(cfn, NAME)


@pytest.mark.parametrize(
    "alarms", ["", "arn:aws:cloudwatch:us-east-1:123456789012:alarm:a,arn:aws:cloudwatch:us-east-1:1:alarm:b"]
)
def test_change_set_is_watched_by_the_alarms_given(alarms: str) -> None:
    cfn, asked = client("cloudformation"), dict[str, Any]()
    cfn.meta.events.register(
        "provide-client-params.cloudformation.CreateChangeSet", lambda params, **_: asked.update(params)
    )
    created = {"Status": "CREATE_COMPLETE", "StackId": STACK_ID, "Changes": []}
    with Stubber(cfn) as stubber:
        stubber.add_response("create_change_set", {"Id": ARN})
        stubber.add_response("describe_change_set", {"Status": "CREATE_IN_PROGRESS"})
        stubber.add_response("describe_change_set", created)
        stubber.add_response("describe_change_set", created)
        change_set.create(cfn, STACK, alarms)

    assert asked["Parameters"] == [{"ParameterKey": "A", "ParameterValue": "1"}]
    configuration = asked["RollbackConfiguration"]
    assert [each["Arn"] for each in configuration["RollbackTriggers"]] == [
        each for each in alarms.split(",") if each
    ]
    assert configuration["MonitoringTimeInMinutes"] == (10 if alarms else 0)


@pytest.mark.parametrize(
    ("reason", "outcome"),
    [("The submitted information didn't contain changes.", None), ("Template format error", DeployError)],
)
def test_empty_change_set_is_no_error_and_a_refused_one_is(
    reason: str, outcome: type[Exception] | None
) -> None:
    cfn = client("cloudformation")
    with Stubber(cfn) as stubber:
        stubber.add_response("create_change_set", {"Id": ARN})
        stubber.add_response("describe_change_set", {"Status": "FAILED", "StatusReason": reason})
        stubber.add_response("delete_change_set", {}, {"ChangeSetName": ARN})
        if outcome is None:
            assert change_set.create(cfn, STACK) is None
        else:
            with pytest.raises(outcome, match=reason):
                change_set.create(cfn, STACK)


@pytest.mark.parametrize(
    ("status", "idle", "successful"),
    [
        ("CREATE_COMPLETE", True, True),
        ("UPDATE_IN_PROGRESS", False, True),
        ("REVIEW_IN_PROGRESS", True, True),
        ("ROLLBACK_COMPLETE", True, False),
        ("DELETE_FAILED", True, False),
    ],
)
def test_busy_and_failed_stacks_end_the_command(status: str, idle: bool, successful: bool) -> None:
    for check, passes in ((stack.require_idle, idle), (stack.require_success, successful)):
        cfn = client("cloudformation")
        with Stubber(cfn) as stubber:
            stubber.add_response("describe_stacks", {"Stacks": [_described(status)]})
            stubber.add_response("describe_stack_events", {"StackEvents": []})
            if passes:
                check(cfn, NAME)
            else:
                with pytest.raises(DeployError, match=status):
                    check(cfn, NAME)


def test_bucket_is_emptied_of_versions_markers_and_uploads(aws: Client) -> None:
    s3, bucket = aws("s3"), boto3.resource("s3", "us-east-1").Bucket("bucket")
    s3.create_bucket(Bucket="bucket")
    s3.put_bucket_versioning(Bucket="bucket", VersioningConfiguration={"Status": "Enabled"})
    for number in range(3):
        s3.put_object(Bucket="bucket", Key=f"{number % 2}", Body=b"x")
    s3.delete_object(Bucket="bucket", Key="0")
    s3.create_multipart_upload(Bucket="bucket", Key="unfinished")

    deletion.empty_bucket(bucket)

    s3.delete_bucket(Bucket="bucket")
    deletion.empty_bucket(bucket)


def test_protection_of_the_database_is_switched_off() -> None:
    rds = client("rds")
    with Stubber(rds) as stubber:
        request = {"DBClusterIdentifier": "cluster", "DeletionProtection": False, "ApplyImmediately": True}
        stubber.add_response("describe_db_clusters", {"DBClusters": [{"Status": "available"}]})
        stubber.add_response("modify_db_cluster", {}, request)
        for status in ("modifying", "available"):
            stubber.add_response("describe_db_clusters", {"DBClusters": [{"Status": status}]})
        stubber.add_client_error("describe_db_clusters", "DBClusterNotFoundFault")
        deletion.disable_protection(rds, "cluster")
        deletion.disable_protection(rds, "deleted")
    stubber.assert_no_pending_responses()


def test_views_are_created_after_the_views_they_read(aws: Client) -> None:
    athena = aws("athena")
    athena.create_work_group(Name="w", Configuration={})
    sources = {"a": "b -- not c", "b": "t", "c": "a"}
    statements = {
        name: f"CREATE OR REPLACE VIEW {name} AS\nSELECT * FROM {text}" for name, text in sources.items()
    }

    assert finish.create_views(athena, statements, "d", "w") == ["b", "a", "c"]


@pytest.mark.parametrize(("state", "message"), [("FAILED", "no such column"), ("CANCELLED", "cancelled")])
def test_view_that_athena_refuses_ends_with_its_reason(state: str, message: str) -> None:
    athena = client("athena")
    status = {"State": state} | ({"StateChangeReason": message} if state == "FAILED" else {})
    with Stubber(athena) as stubber:
        stubber.add_response("start_query_execution", {"QueryExecutionId": "1"})
        stubber.add_response("get_query_execution", {"QueryExecution": {"Status": {"State": "RUNNING"}}})
        stubber.add_response("get_query_execution", {"QueryExecution": {"Status": status}})
        with pytest.raises(DeployError, match=message):
            finish.create_views(athena, {"a": "CREATE OR REPLACE VIEW a AS SELECT 1"}, "d", "w")


def _described(status: str) -> dict[str, Any]:
    return {"StackName": NAME, "StackId": STACK_ID, "StackStatus": status, "CreationTime": datetime.now(UTC)}


def _event(name: str, status: str, reason: str) -> dict[str, Any]:
    return {
        "StackId": STACK_ID,
        "EventId": name,
        "StackName": NAME,
        "LogicalResourceId": name,
        "ResourceType": "AWS::S3::Bucket",
        "Timestamp": datetime.now(UTC),
        "ResourceStatus": status,
        "ResourceStatusReason": reason,
    }
