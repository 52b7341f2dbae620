"""Updates: what changes in place, what is replaced, and what a policy or an alarm stops."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.cloudformation.account import identity
from tests.cloudformation.account.fake import FakeAccount
from tests.cloudformation.account.operator import STACK, Operator, group, of
from tests.cloudformation.rules import Json

ALARM: Json = {
    "Type": "AWS::CloudWatch::Alarm",
    "Properties": {"AlarmName": "api", "ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1},
}


def test_update_touches_only_what_differs(operator: Operator) -> None:
    operator.deploy(STACK, of(A=group(), B=group()))
    events = len(operator.events(STACK))
    operator.deploy(STACK, of(A=group(30), B=group()))

    assert operator.events(STACK)[events:] == [
        (STACK, "UPDATE_IN_PROGRESS"),
        ("A", "UPDATE_IN_PROGRESS"),
        ("A", "UPDATE_COMPLETE"),
        (STACK, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
        (STACK, "UPDATE_COMPLETE"),
    ]


def test_replaced_resource_goes_after_its_successor_came(operator: Operator, account: FakeAccount) -> None:
    operator.deploy(STACK, of(A=group(LogGroupName="old")))
    events = len(operator.events(STACK))
    found = operator.deploy(STACK, of(A=group(LogGroupName="new")))

    assert [status for name, status in operator.events(STACK)[events:] if name == "A"] == [
        "UPDATE_IN_PROGRESS",
        "UPDATE_IN_PROGRESS",
        "UPDATE_COMPLETE",
        "DELETE_IN_PROGRESS",
        "DELETE_COMPLETE",
    ]
    assert found["Outputs"] == [{"OutputKey": "Name", "OutputValue": "new"}]
    assert [each.physical for each in account.resources()] == ["new"]


def test_replaced_resource_can_be_retained(operator: Operator, account: FakeAccount) -> None:
    kept = {"UpdateReplacePolicy": "Retain"}
    operator.deploy(STACK, of(A=group(LogGroupName="old") | kept))
    operator.deploy(STACK, of(A=group(LogGroupName="new") | kept))
    operator.delete(STACK)

    assert [each.physical for each in account.leftovers()] == ["old"]


def test_name_given_by_hand_stops_a_replacement(operator: Operator) -> None:
    def role(path: str) -> Json:
        properties = {"RoleName": "boss", "Path": path, "AssumeRolePolicyDocument": {}}
        return {"Type": "AWS::IAM::Role", "Properties": properties}

    operator.deploy(STACK, of(A=role("/old/")))
    found = operator.deploy(STACK, of(A=role("/new/")))

    assert found["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert "Rename boss and update the stack again" in operator.reasons(STACK)["A"]


def test_table_can_move_to_another_database(operator: Operator, account: FakeAccount) -> None:
    def table(database: str) -> Json:
        properties = {"CatalogId": "1", "DatabaseName": database, "TableInput": {"Name": "tasks"}}
        return {"Type": "AWS::Glue::Table", "Properties": properties}

    operator.deploy(STACK, of(A=table("old")))

    assert operator.deploy(STACK, of(A=table("new")))["StackStatus"] == "UPDATE_COMPLETE"
    assert [each.properties["DatabaseName"] for each in account.resources()] == ["new"]


def test_removed_resource_goes_in_the_end(operator: Operator, account: FakeAccount) -> None:
    operator.deploy(STACK, of(A=group(), B=group()))
    operator.deploy(STACK, of(A=group()))

    assert [each.logical for each in account.resources()] == ["A"]
    assert operator.events(STACK)[-2:] == [("B", "DELETE_COMPLETE"), (STACK, "UPDATE_COMPLETE")]


def _policy(action: str, resource: str = "*") -> str:
    allow = {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}
    kind = {"StringEquals": {"ResourceType": ["AWS::Logs::LogGroup"]}}
    deny = {"Effect": "Deny", "Action": [action], "Principal": "*", "Resource": resource, "Condition": kind}
    return json.dumps({"Statement": [allow, deny]})


@pytest.mark.parametrize(
    ("policy", "status"),
    [
        (_policy("Update:Replace"), "UPDATE_ROLLBACK_COMPLETE"),
        (_policy("Update:*", "LogicalResourceId/A"), "UPDATE_ROLLBACK_COMPLETE"),
        (_policy("Update:Delete"), "UPDATE_COMPLETE"),
        (_policy("Update:Replace", "LogicalResourceId/B"), "UPDATE_COMPLETE"),
        ('{"Statement": []}', "UPDATE_ROLLBACK_COMPLETE"),
    ],
)
def test_policy_decides_on_a_replacement(operator: Operator, policy: str, status: str) -> None:
    operator.deploy(STACK, of(A=group(LogGroupName="old")))
    operator.cloudformation.set_stack_policy(StackName=STACK, StackPolicyBody=policy)

    assert operator.cloudformation.get_stack_policy(StackName=STACK)["StackPolicyBody"] == policy
    assert operator.deploy(STACK, of(A=group(LogGroupName="new")))["StackStatus"] == status


def test_policy_can_forbid_a_removal(operator: Operator, account: FakeAccount) -> None:
    operator.deploy(STACK, of(A=group(), B=group()))
    operator.cloudformation.set_stack_policy(StackName=STACK, StackPolicyBody=_policy("Update:Delete"))
    found = operator.deploy(STACK, of(A=group()))

    assert found["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert "Action denied by stack policy" in operator.reasons(STACK)["B"]
    assert [each.logical for each in account.resources()] == ["A", "B"]


def test_policy_without_principal_is_refused(operator: Operator) -> None:
    operator.deploy(STACK, of(A=group()))

    with pytest.raises(ClientError, match="Error validating stack policy"):
        operator.cloudformation.set_stack_policy(
            StackName=STACK, StackPolicyBody='{"Statement": [{"Effect": "Allow", "Action": "*"}]}'
        )


def _watched(arn: str) -> Json:
    trigger = {"Arn": arn, "Type": "AWS::CloudWatch::Alarm"}
    return {"RollbackTriggers": [trigger], "MonitoringTimeInMinutes": 5}


def test_alarm_rolls_an_update_back(operator: Operator, account: FakeAccount) -> None:
    operator.deploy("todo-alarms", of(A=ALARM))
    arn = identity.arn(account.resources()[0])
    operator.deploy(STACK, of(A=group()))
    assert operator.deploy(STACK, of(A=group(14)), RollbackConfiguration=_watched(arn))["StackStatus"] == (
        "UPDATE_COMPLETE"
    )

    account.ring([arn])
    assert operator.deploy(STACK, of(A=group(30)))["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"


def test_alarm_that_is_lost_rolls_an_update_back(operator: Operator) -> None:
    operator.deploy(STACK, of(A=group()))
    watched = _watched("arn:aws:cloudwatch:us-east-1:123456789012:alarm:lost")

    assert operator.deploy(STACK, of(A=group(14)), RollbackConfiguration=watched)["StackStatus"] == (
        "UPDATE_ROLLBACK_COMPLETE"
    )


def test_update_is_watched_before_it_is_over(operator: Operator, account: FakeAccount) -> None:
    operator.deploy("todo-alarms", of(A=ALARM))
    watched = _watched(identity.arn(account.resources()[0]))
    operator.deploy(STACK, of(A=group()))
    begun = account.now()
    operator.deploy(STACK, of(A=group(14)), RollbackConfiguration=watched)

    assert (account.now() - begun).total_seconds() > 300
