"""What goes wrong in an account, and how a stack stands afterwards."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.cloudformation.account.fake import FakeAccount
from tests.cloudformation.account.operator import STACK, Operator, group, of
from tests.cloudformation.rules import Json

BUCKET: Json = {"Type": "AWS::S3::Bucket", "Properties": {"VersioningConfiguration": {"Status": "Enabled"}}}


def test_failed_creation_takes_everything_down(operator: Operator, account: FakeAccount) -> None:
    account.fail("B", on="CREATE", reason="no room")
    found = operator.deploy(
        STACK, of(A=group(), B=group() | {"DependsOn": "A"}, C=group() | {"DependsOn": "B"})
    )

    assert found["StackStatus"] == "ROLLBACK_COMPLETE"
    assert operator.reasons(STACK) == {"B": "no room"}
    assert account.resources() == []
    assert ("C", "CREATE_IN_PROGRESS") not in operator.events(STACK)


def test_failure_cancels_what_runs_beside_it(operator: Operator, account: FakeAccount) -> None:
    account.fail("A", on="CREATE", reason="no room")
    operator.deploy(STACK, of(A=group(), B=group()))

    assert operator.reasons(STACK) == {"A": "no room", "B": "Resource creation cancelled"}


def test_failed_update_cancels_what_runs_beside_it(operator: Operator, account: FakeAccount) -> None:
    operator.deploy(STACK, of(A=group(), B=group()))
    account.fail("A", on="UPDATE", reason="out of order")
    operator.deploy(STACK, of(A=group(30), B=group(30)))

    assert operator.reasons(STACK) == {"A": "out of order", "B": "Resource update cancelled"}


def test_rolled_back_stack_must_be_deleted(operator: Operator, account: FakeAccount) -> None:
    account.fail("A", on="CREATE")
    operator.deploy(STACK, of(A=group()))

    with pytest.raises(ClientError, match="is in ROLLBACK_COMPLETE state and can not be updated"):
        operator.propose(STACK, of(A=group()))
    assert operator.delete(STACK)["StackStatus"] == "DELETE_COMPLETE"
    assert operator.deploy(STACK, of(A=group()))["StackStatus"] == "CREATE_COMPLETE"


def test_creation_that_cannot_be_taken_down_stays(operator: Operator, account: FakeAccount) -> None:
    account.fail("B", on="CREATE")
    account.fail("A", on="DELETE", reason="still in use")
    found = operator.deploy(STACK, of(A=group(), B=group() | {"DependsOn": "A"}))

    assert found["StackStatus"] == "ROLLBACK_FAILED"
    assert [each.logical for each in account.resources()] == ["A"]


def test_failed_update_puts_everything_back(operator: Operator, account: FakeAccount) -> None:
    operator.deploy(STACK, of(A=group(), B=group(LogGroupName="old")))
    before = {each.physical: each.properties for each in account.resources()}
    account.fail("C", on="CREATE", reason="no room")
    new = of(A=group(30), B=group(LogGroupName="new"), C=group() | {"DependsOn": ["A", "B"]})
    found = operator.deploy(STACK, new)

    assert found["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert {each.physical: each.properties for each in account.resources()} == before
    assert account.stacks[STACK].resources.keys() == {"A", "B"}
    assert operator.propose(STACK, of(A=group(), B=group(LogGroupName="old")))["Status"] == "FAILED"


def test_what_an_update_added_goes_with_it(operator: Operator, account: FakeAccount) -> None:
    operator.deploy(STACK, of(A=group()))
    account.fail("C", on="CREATE")
    operator.deploy(STACK, of(A=group(), B=group(), C=group() | {"DependsOn": "B"}))

    assert [each.logical for each in account.resources()] == ["A"]
    assert account.stacks[STACK].resources.keys() == {"A"}


def test_rollback_that_fails_can_be_continued(operator: Operator, account: FakeAccount) -> None:
    operator.deploy(STACK, of(A=group(), B=group()))
    account.fail("A", on="UPDATE", rollback_too=True, reason="out of order")
    found = operator.deploy(STACK, of(A=group(30), B=group(30)))

    assert found["StackStatus"] == "UPDATE_ROLLBACK_FAILED"
    with pytest.raises(ClientError, match="UPDATE_ROLLBACK_FAILED state and can not be updated"):
        operator.propose(STACK, of(A=group()))
    operator.cloudformation.continue_update_rollback(StackName=STACK)
    assert operator.wait(STACK)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert [each.properties["RetentionInDays"] for each in account.resources()] == [7, 7]


def test_resource_can_be_left_out_of_a_rollback(operator: Operator, account: FakeAccount) -> None:
    operator.deploy(STACK, of(A=group()))
    account.fail("A", on="UPDATE", rollback_too=True)
    account.fail("A", on="ROLLBACK")
    operator.deploy(STACK, of(A=group(30)))
    operator.cloudformation.continue_update_rollback(StackName=STACK)
    assert operator.wait(STACK)["StackStatus"] == "UPDATE_ROLLBACK_FAILED"

    operator.cloudformation.continue_update_rollback(StackName=STACK, ResourcesToSkip=["A"])
    assert operator.wait(STACK)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"


def test_failed_deletion_can_leave_things_behind(operator: Operator, account: FakeAccount) -> None:
    operator.deploy(STACK, of(A=group(), B=group() | {"DependsOn": "A"}))
    account.fail("B", on="DELETE", reason="still in use")
    with pytest.raises(ClientError, match="DELETE_FAILED state"):
        operator.cloudformation.delete_stack(StackName=STACK, RetainResources=["B"])

    found = operator.delete(STACK)
    assert (found["StackStatus"], operator.reasons(STACK)) == (
        "DELETE_FAILED",
        {"B": "still in use", STACK: "The following resource(s) failed to delete: [B]. "},
    )
    assert [each.logical for each in account.resources()] == ["A", "B"]
    assert operator.delete(STACK, RetainResources=["B"])["StackStatus"] == "DELETE_COMPLETE"
    assert [each.logical for each in account.leftovers()] == ["B"]


def test_bucket_with_versions_stays(s3: Any) -> None:
    account = FakeAccount(s3=s3)
    operator = Operator(account)
    operator.deploy(STACK, of(A=BUCKET))
    bucket = account.resources()[0].physical
    s3.put_object(Bucket=bucket, Key="key", Body=b"text")
    s3.delete_object(Bucket=bucket, Key="key")

    assert operator.delete(STACK)["StackStatus"] == "DELETE_FAILED"
    assert "You must delete all versions in the bucket" in operator.reasons(STACK)["A"]
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"


def test_policies_tell_what_is_left(operator: Operator, account: FakeAccount) -> None:
    cluster = {"Type": "AWS::DocDB::DBCluster", "Properties": {}, "DeletionPolicy": "Snapshot"}
    operator.deploy(STACK, of(A=group() | {"DeletionPolicy": "Retain"}, B=cluster, C=group()))
    operator.delete(STACK)

    assert [each.kind for each in account.leftovers()] == [
        "AWS::Logs::LogGroup",
        "AWS::RDS::DBClusterSnapshot",
    ]


def test_protected_stack_is_not_deleted(operator: Operator, account: FakeAccount) -> None:
    operator.deploy(STACK, of(A=group()))
    protect = operator.cloudformation.update_termination_protection
    protect(StackName=STACK, EnableTerminationProtection=True)
    with pytest.raises(ClientError, match="cannot be deleted while TerminationProtection is enabled"):
        operator.delete(STACK)

    protect(StackName=STACK, EnableTerminationProtection=False)
    assert operator.delete(STACK)["StackStatus"] == "DELETE_COMPLETE"


def test_deleted_stack_answers_to_its_id_only(operator: Operator) -> None:
    operator.deploy(STACK, of(A=group()))
    operator.delete(STACK)

    with pytest.raises(ClientError, match=f"Stack with id {STACK} does not exist"):
        operator.cloudformation.describe_stacks(StackName=STACK)
    operator.cloudformation.delete_stack(StackName=STACK)


def test_somebody_else_keeps_a_stack_busy(operator: Operator, account: FakeAccount) -> None:
    operator.deploy(STACK, of(A=group()))
    account.busy(STACK, seconds=60)
    with pytest.raises(ClientError, match="is in UPDATE_IN_PROGRESS state and can not be updated"):
        operator.propose(STACK, of(A=group(30)))

    operator.wait(STACK)
    assert operator.deploy(STACK, of(A=group(30)))["StackStatus"] == "UPDATE_COMPLETE"


def test_too_many_calls_are_refused(operator: Operator, account: FakeAccount) -> None:
    account.throttle("describe_stacks", times=2)
    for _ in range(2):
        with pytest.raises(ClientError, match=r"\(Throttling\).*Rate exceeded"):
            operator.cloudformation.describe_stacks()

    assert operator.cloudformation.describe_stacks()["Stacks"] == []
    assert [call.operation for call in account.calls] == ["describe_stacks"] * 3


def test_failure_can_be_meant_for_one_stack(operator: Operator, account: FakeAccount) -> None:
    account.fail("A", on="CREATE", stack="-second")

    assert operator.deploy("todo-first", of(A=group()))["StackStatus"] == "CREATE_COMPLETE"
    assert operator.deploy("todo-second", of(A=group()))["StackStatus"] == "ROLLBACK_COMPLETE"


def test_name_is_taken_but_once(operator: Operator) -> None:
    operator.deploy("todo-first", of(A=group(LogGroupName="shared")))
    found = operator.deploy("todo-second", of(A=group(LogGroupName="shared")))

    assert found["StackStatus"] == "ROLLBACK_COMPLETE"
    assert operator.reasons("todo-second") == {"A": "shared already exists in stack todo-first"}
    assert operator.delete("todo-second")["StackStatus"] == "DELETE_COMPLETE"
    assert (
        operator.propose("todo-first", of(A=group(30, LogGroupName="shared")))["Status"] == "CREATE_COMPLETE"
    )


def test_secret_that_does_not_exist_is_noticed(operator: Operator) -> None:
    arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:lost-abcdef"
    value = f"{{{{resolve:secretsmanager:{arn}:SecretString:password}}}}"
    operator.deploy(STACK, of(A=group(LogGroupName=value)))

    assert operator.reasons(STACK)["A"].startswith("Secrets Manager can't find the specified secret")


def test_key_stays_only_after_its_creation(operator: Operator, account: FakeAccount) -> None:
    key: Json = {"Type": "AWS::KMS::Key", "DeletionPolicy": "RetainExceptOnCreate", "Properties": {}}
    account.fail("B", on="CREATE")
    operator.deploy(STACK, of(A=key, B=group() | {"DependsOn": "A"}))
    assert account.resources() == []

    operator.delete(STACK)
    operator.deploy(STACK, of(A=key))
    operator.delete(STACK)

    assert [each.logical for each in account.resources()] == ["A"]


def test_stack_that_cannot_go_back_can_go(operator: Operator, account: FakeAccount) -> None:
    operator.deploy(STACK, of(A=group(), B=group()))
    account.fail("B", on="UPDATE", rollback_too=True)
    assert operator.deploy(STACK, of(A=group(30), B=group(30)))["StackStatus"] == "UPDATE_ROLLBACK_FAILED"

    operator.delete(STACK)

    assert account.resources() == []
