"""The account as a whole: its clock, its threads, and answers as AWS gives them."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.cloudformation.account.fake import FakeAccount
from tests.cloudformation.account.making import SECONDS
from tests.cloudformation.account.operator import STACK, Operator, group, of
from tests.cloudformation.account.wire import connect

SLOW = {"Type": "AWS::DocDB::DBInstance", "Properties": {"DBInstanceClass": "db.t4g.medium"}}


def test_stacks_come_up_side_by_side(operator: Operator, account: FakeAccount) -> None:
    proposed = [operator.propose(f"todo-{number}", of(A=SLOW)) for number in range(3)]
    begun = account.now()
    for each in proposed:
        operator.cloudformation.execute_change_set(ChangeSetName=each["ChangeSetId"])

    assert [operator.wait(each["StackName"])["StackStatus"] for each in proposed] == ["CREATE_COMPLETE"] * 3
    assert (account.now() - begun).total_seconds() < 2 * SECONDS["AWS::DocDB::DBInstance"]


def test_many_threads_can_use_one_account(account: FakeAccount) -> None:
    with ThreadPoolExecutor() as threads:
        deploys = [
            threads.submit(Operator(account).deploy, f"todo-{number}", of(A=SLOW, B=group()))
            for number in range(4)
        ]

    assert [each.result()["StackStatus"] for each in deploys] == ["CREATE_COMPLETE"] * 4
    assert len({each.physical for each in account.resources()}) == 8


def test_time_passes_only_when_somebody_waits(account: FakeAccount) -> None:
    begun = account.now()
    account.sleep(3600)

    assert (account.now() - begun).total_seconds() == 3600


def test_calls_are_remembered_with_their_stack(operator: Operator, account: FakeAccount) -> None:
    operator.deploy(STACK, of(A=group()))

    calls = [call.operation for call in account.calls if call.stack == STACK]
    assert calls == [call.operation for call in account.calls]
    assert calls.index("create_change_set") < calls.index("execute_change_set")


def test_events_come_newest_first_in_pages(operator: Operator) -> None:
    operator.deploy(STACK, of(**{f"Group{number}": group() for number in range(20)}))
    first = operator.cloudformation.describe_stack_events(StackName=STACK)

    assert first["StackEvents"][0]["ResourceStatus"] == "CREATE_COMPLETE"
    assert first["StackEvents"][0]["LogicalResourceId"] == STACK
    assert "NextToken" in first
    assert operator.events(STACK)[:3] == [
        (STACK, "REVIEW_IN_PROGRESS"),
        (STACK, "CREATE_IN_PROGRESS"),
        ("Group0", "CREATE_IN_PROGRESS"),
    ]


def test_resources_are_listed_in_pages(operator: Operator) -> None:
    operator.deploy(STACK, of(**{f"Group{number}": group() for number in range(45)}))
    pages = operator.cloudformation.get_paginator("list_stack_resources").paginate(StackName=STACK)

    assert [len(page["StackResourceSummaries"]) for page in pages] == [20, 20, 5]


def test_template_is_given_back(operator: Operator) -> None:
    template = of(A=group())
    operator.deploy(STACK, template)

    assert operator.cloudformation.get_template(StackName=STACK)["TemplateBody"] == template


def test_template_is_read_without_a_stack(operator: Operator, account: FakeAccount) -> None:
    template = of(A=group(LogGroupName={"Ref": "Prefix"})) | {"Parameters": {"Prefix": {"Type": "String"}}}
    found = operator.cloudformation.validate_template(TemplateBody=json.dumps(template))

    assert found["Parameters"] == [{"ParameterKey": "Prefix"}]
    assert account.stacks == {}


def test_one_resource_can_be_asked_for(operator: Operator) -> None:
    operator.deploy(STACK, of(A=group(), B=group(LogGroupName="named")))
    found = operator.cloudformation.describe_stack_resources(StackName=STACK, LogicalResourceId="B")

    assert [each["PhysicalResourceId"] for each in found["StackResources"]] == ["named"]


def test_waiters_see_a_stack_complete(operator: Operator, account: FakeAccount) -> None:
    change_set = operator.propose(STACK, of(A=group()))
    operator.cloudformation.execute_change_set(ChangeSetName=change_set["ChangeSetId"])
    account.sleep(60)

    waiter = operator.cloudformation.get_waiter("stack_create_complete")
    waiter.wait(StackName=STACK, WaiterConfig={"Delay": 0})


def test_answer_of_another_shape_fails_the_test() -> None:
    client = connect("cloudformation", lambda *_: {"Stacks": [{"StackName": 7}]})

    with pytest.raises(AssertionError, match="Invalid type for parameter Stacks"):
        client.describe_stacks()


def test_call_that_is_not_there_says_so(account: FakeAccount) -> None:
    with pytest.raises(NotImplementedError, match="no list_stack_sets"):
        account.client("cloudformation").list_stack_sets()
