"""Somebody who deploys stacks by hand, for the tests of the account itself."""

import json
from typing import Any

from tests.cloudformation.account.fake import FakeAccount
from tests.cloudformation.rules import Json

STACK = "todo-test"


def group(days: int = 7, **properties: Any) -> Json:
    """Return a log group, which is quickly made and can be changed in many ways."""
    return {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": days, **properties}}


def of(**resources: Json) -> Json:
    """Return a template of some resources, with the name of the first as its output."""
    first = next(iter(resources))
    return {"Resources": resources, "Outputs": {"Name": {"Value": {"Ref": first}}}}


class Operator:
    """Creates, updates and deletes stacks, and waits until that is over."""

    def __init__(self, account: FakeAccount) -> None:
        self.account, self.cloudformation = account, account.client("cloudformation")

    def propose(self, stack: str, template: Json, **given: Any) -> Json:
        """Create a change set, and return its description once it is there."""
        name = f"change-{len(self.account.calls)}"
        kind = "UPDATE" if stack in self.account.stacks else "CREATE"
        source = {} if "TemplateURL" in given else {"TemplateBody": json.dumps(template)}
        arguments = {"ChangeSetType": kind, "Capabilities": ["CAPABILITY_NAMED_IAM"], **source, **given}
        self.cloudformation.create_change_set(StackName=stack, ChangeSetName=name, **arguments)
        while True:
            found: Json = self.cloudformation.describe_change_set(StackName=stack, ChangeSetName=name)
            if not found["Status"].startswith("CREATE_") or found["Status"] == "CREATE_COMPLETE":
                return found
            self.account.sleep(1)

    def deploy(self, stack: str, template: Json, **given: Any) -> Json:
        """Create or update a stack, and return how it ends."""
        change_set = self.propose(stack, template, **given)
        self.cloudformation.execute_change_set(ChangeSetName=change_set["ChangeSetId"])
        return self.wait(stack)

    def delete(self, stack: str, **given: Any) -> Json:
        """Delete a stack, and return how it ends."""
        arn = self.cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackId"]
        self.cloudformation.delete_stack(StackName=stack, **given)
        return self.wait(arn)

    def wait(self, stack: str) -> Json:
        """Return the description of a stack once nothing is under way."""
        while True:
            found: Json = self.cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
            if not found["StackStatus"].endswith("_IN_PROGRESS"):
                return found
            self.account.sleep(5)

    def events(self, stack: str) -> list[tuple[str, str]]:
        """Return what happened to which resource, the oldest first."""
        pages = self.cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack)
        newest_first = [event for page in pages for event in page["StackEvents"]]
        return [(each["LogicalResourceId"], each["ResourceStatus"]) for each in reversed(newest_first)]

    def reasons(self, stack: str) -> dict[str, str]:
        """Return the reason of everything that failed, by logical id."""
        pages = self.cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack)
        return {
            event["LogicalResourceId"]: event["ResourceStatusReason"]
            for page in pages
            for event in page["StackEvents"]
            if event["ResourceStatus"].endswith("_FAILED")
        }
