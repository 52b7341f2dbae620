"""Change sets: what they show before anything is done, and what is refused."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, ParamValidationError, WaiterError

from tests.cloudformation.account.change_set_calls import NOTHING_NEW
from tests.cloudformation.account.fake import FakeAccount
from tests.cloudformation.account.operator import STACK, Operator, group, of
from tests.cloudformation.rules import Json


def changes(change_set: Json) -> dict[str, tuple[str, str | None]]:
    """Return the action and replacement that a change set shows, by logical id."""
    listed = [each["ResourceChange"] for each in change_set["Changes"]]
    return {each["LogicalResourceId"]: (each["Action"], each.get("Replacement")) for each in listed}


def test_new_stack_shows_what_it_adds(operator: Operator) -> None:
    change_set = operator.propose(STACK, of(A=group(), B=group()))

    assert changes(change_set) == {"A": ("Add", None), "B": ("Add", None)}


def test_proposed_stack_stays_under_review(operator: Operator, account: FakeAccount) -> None:
    change_set = operator.propose(STACK, of(A=group()))
    operator.cloudformation.delete_change_set(ChangeSetName=change_set["ChangeSetId"])

    assert account.stacks[STACK].status == "REVIEW_IN_PROGRESS"
    assert account.resources() == []


def test_change_set_takes_its_time(operator: Operator) -> None:
    operator.cloudformation.create_change_set(
        StackName=STACK, ChangeSetName="one", ChangeSetType="CREATE", TemplateBody=json.dumps(of(A=group()))
    )
    found = operator.cloudformation.describe_change_set(StackName=STACK, ChangeSetName="one")

    assert (found["Status"], found["Changes"]) == ("CREATE_PENDING", [])
    with pytest.raises(ClientError, match="cannot be executed in its current status of"):
        operator.cloudformation.execute_change_set(StackName=STACK, ChangeSetName="one")


def test_unchanged_stack_gives_a_failed_change_set(operator: Operator) -> None:
    operator.deploy(STACK, of(A=group()))
    change_set = operator.propose(STACK, of(A=group()))

    assert (change_set["Status"], change_set["StatusReason"]) == ("FAILED", NOTHING_NEW)
    with pytest.raises(ClientError, match="InvalidChangeSetStatus"):
        operator.cloudformation.execute_change_set(ChangeSetName=change_set["ChangeSetId"])


def test_changed_output_alone_is_a_change(operator: Operator) -> None:
    operator.deploy(STACK, of(A=group()))
    change_set = operator.propose(STACK, of(A=group()) | {"Outputs": {"Other": {"Value": "x"}}})

    assert (change_set["Status"], change_set["Changes"]) == ("CREATE_COMPLETE", [])


@pytest.mark.parametrize(
    ("new", "shown"),
    [
        ({"A": group(30)}, {"A": ("Modify", "False")}),
        ({"A": group(LogGroupName="named")}, {"A": ("Modify", "True")}),
        ({"A": group(Tags=[{"Key": "k", "Value": "v"}])}, {"A": ("Modify", "False")}),
        ({"A": group() | {"DeletionPolicy": "Retain"}}, {"A": ("Modify", "False")}),
        ({"A": group(), "B": group()}, {"B": ("Add", None)}),
        ({"B": group()}, {"A": ("Remove", None), "B": ("Add", None)}),
    ],
    ids=["modified", "replaced", "tagged", "kept", "added", "removed"],
)
def test_changes_are_told_apart(operator: Operator, new: Json, shown: Json) -> None:
    operator.deploy(STACK, of(A=group()))

    assert changes(operator.propose(STACK, of(**new))) == shown


def test_replacement_may_spread_to_what_refers(operator: Operator) -> None:
    def filtered(**properties: Any) -> Json:
        wanted = {"FilterPattern": "x", "MetricTransformations": [], "LogGroupName": {"Ref": "A"}}
        return of(A=group(**properties), B={"Type": "AWS::Logs::MetricFilter", "Properties": wanted})

    operator.deploy(STACK, filtered())
    change_set = operator.propose(STACK, filtered(LogGroupName="named"))

    assert changes(change_set) == {"A": ("Modify", "True"), "B": ("Modify", "Conditional")}
    detail = change_set["Changes"][1]["ResourceChange"]["Details"][0]
    assert (detail["Evaluation"], detail["ChangeSource"]) == ("Dynamic", "ResourceReference")


def test_tags_of_the_stack_change_its_resources(operator: Operator, account: FakeAccount) -> None:
    operator.deploy(STACK, of(A=group()))
    tags = [{"Key": "Owner", "Value": "us"}]
    operator.deploy(STACK, of(A=group()), Tags=tags)

    assert account.resources()[0].tags == {"Owner": "us"}


def test_own_tag_wins_over_that_of_the_stack(operator: Operator, account: FakeAccount) -> None:
    own = group(Tags=[{"Key": "Owner", "Value": "me"}])
    operator.deploy(STACK, of(A=own), Tags=[{"Key": "Owner", "Value": "us"}, {"Key": "More", "Value": "x"}])

    assert account.resources()[0].tags == {"Owner": "me", "More": "x"}


def test_long_change_sets_come_in_pages(operator: Operator) -> None:
    many = of(**{f"Group{number}": group() for number in range(45)})
    change_set = operator.propose(STACK, many)
    pages = operator.cloudformation.get_paginator("describe_change_set")

    assert len(change_set["Changes"]) == 20
    whole = pages.paginate(ChangeSetName=change_set["ChangeSetId"]).build_full_result()
    assert len(whole["Changes"]) == 45


def test_other_change_sets_go_with_the_first_executed(operator: Operator) -> None:
    operator.deploy(STACK, of(A=group()))
    first, second = operator.propose(STACK, of(A=group(30))), operator.propose(STACK, of(A=group(60)))
    operator.cloudformation.execute_change_set(ChangeSetName=second["ChangeSetId"])
    operator.wait(STACK)

    assert operator.cloudformation.list_change_sets(StackName=STACK)["Summaries"] == []
    with pytest.raises(operator.cloudformation.exceptions.ChangeSetNotFoundException):
        operator.cloudformation.describe_change_set(ChangeSetName=first["ChangeSetId"])


PARAMETERS = of(A=group(LogGroupName={"Ref": "Prefix"})) | {"Parameters": {"Prefix": {"Type": "String"}}}
ROLE: Json = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}}}
NAMED = {**ROLE, "Properties": {**ROLE["Properties"], "RoleName": "boss"}}


@pytest.mark.parametrize(
    ("template", "given", "reason"),
    [
        (PARAMETERS, {}, r"Parameters: \[Prefix\] must have values"),
        (
            of(A=group()),
            {"Parameters": [{"ParameterKey": "Other", "ParameterValue": "x"}]},
            r"Parameters: \[Other\] do not exist in the template",
        ),
        (
            PARAMETERS,
            {"Parameters": [{"ParameterKey": "Prefix", "UsePreviousValue": True}]},
            "Cannot specify usePreviousValue as true",
        ),
        (of(A=group(LogGroupName={"Ref": "Nobody"})), {}, r"Unresolved resource dependencies \[Nobody\]"),
        (of(A=group(), B=group(LogGroupName={"Fn::GetAtt": ["A", "Name"]})), {}, "attribute type Name"),
        (of(A=group(Retention=7)), {}, r"extraneous key \['Retention'\]"),
        (of(A=group(LogGroupName={"Ref": "A"})), {}, r"Circular dependency between resources: \[A\]"),
        (of(A=group(LogGroupName="x" * 52_000)), {}, "less than or equal to 51200"),
        (of(A=ROLE), {"Capabilities": []}, r"Requires capabilities : \[CAPABILITY_IAM\]"),
        (of(A=NAMED), {"Capabilities": ["CAPABILITY_IAM"]}, r"\[CAPABILITY_NAMED_IAM\]"),
        ({"Resources": {}}, {}, "At least one Resources member must be defined"),
    ],
)
def test_faulty_requests_are_refused(operator: Operator, template: Json, given: Json, reason: str) -> None:
    with pytest.raises(ClientError, match=reason):
        operator.propose(STACK, template, **given)

    with pytest.raises(ClientError, match=f"Stack with id {STACK} does not exist"):
        operator.cloudformation.describe_stacks(StackName=STACK)


def test_misspelt_argument_is_refused(operator: Operator) -> None:
    with pytest.raises(ParamValidationError, match="StackNam"):
        operator.cloudformation.describe_stacks(StackNam=STACK)


def test_waiters_see_a_change_set_fail(operator: Operator) -> None:
    operator.deploy(STACK, of(A=group()))
    change_set = operator.propose(STACK, of(A=group()))

    with pytest.raises(WaiterError, match="terminal failure"):
        operator.cloudformation.get_waiter("change_set_create_complete").wait(
            ChangeSetName=change_set["ChangeSetId"], WaiterConfig={"Delay": 0}
        )


def test_existing_stack_is_not_created_again(operator: Operator) -> None:
    operator.deploy(STACK, of(A=group()))

    with pytest.raises(ClientError, match="already exists and cannot be created again"):
        operator.propose(STACK, of(A=group()), ChangeSetType="CREATE")


def test_previous_values_and_template_are_remembered(operator: Operator, account: FakeAccount) -> None:
    operator.deploy(STACK, PARAMETERS, Parameters=[{"ParameterKey": "Prefix", "ParameterValue": "mine"}])
    change_set = operator.propose(
        STACK,
        PARAMETERS,
        Parameters=[{"ParameterKey": "Prefix", "UsePreviousValue": True}],
        Tags=[{"Key": "k", "Value": "v"}],
    )

    assert change_set["Parameters"] == [{"ParameterKey": "Prefix", "ParameterValue": "mine"}]
    assert account.resources()[0].physical == "mine"
