"""Reads the state of a stack in AWS: its status, parameters, outputs and resources."""

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from cloudformation.errors import DeployError

Json = dict[str, Any]
# The states of a stack without resources: it was created only for a change set, or its creation was rolled
# back.
EMPTY_STATES = {"REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE"}


def describe(cfn: Any, name: str) -> Json | None:
    """Return the stack in the form of describe_stacks, or None if the stack does not exist."""
    try:
        found: Json = cfn.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise
    return found


def parameters(cfn: Any, name: str) -> dict[str, str]:
    """Return the current parameters of the stack; none if the stack does not exist."""
    found = (describe(cfn, name) or {}).get("Parameters", ())
    return {each["ParameterKey"]: each["ParameterValue"] for each in found}


def outputs(cfn: Any, name: str) -> dict[str, str]:
    """Return the outputs of the stack; an empty dictionary if the stack does not exist."""
    found = describe(cfn, name) or {}
    return {each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs", ())}


def resources(cfn: Any, name: str) -> Iterator[Json]:
    """Yield the resources of the stack that currently exist."""
    for page in cfn.get_paginator("list_stack_resources").paginate(StackName=name):
        for each in page["StackResourceSummaries"]:
            if each["ResourceStatus"] != "DELETE_COMPLETE" and each.get("PhysicalResourceId"):
                yield each


def require_idle(cfn: Any, name: str) -> None:
    """Raise DeployError if an operation on the stack is in progress."""
    found = describe(cfn, name)
    if found and found["StackStatus"].endswith("_IN_PROGRESS") and found["StackStatus"] not in EMPTY_STATES:
        raise DeployError(f"{name} is {found['StackStatus']}. Wait for its end, then run the command again.")


def require_success(cfn: Any, name: str) -> None:
    """Raise DeployError with the cause if the last operation failed; accepts a stack that does not exist.

    Without this check, Sceptre would continue with the stacks that depend on this stack.
    """
    found = describe(cfn, name)
    if found and found["StackStatus"].endswith(("_FAILED", "ROLLBACK_COMPLETE")):
        raise DeployError(f"{name} is {found['StackStatus']}. {cause(cfn, found['StackId'])}")


def cause(cfn: Any, stack_id: str) -> str:
    """Return a sentence about the first failure of the last operation: the resource and the reason."""
    first = ""
    for page in cfn.get_paginator("describe_stack_events").paginate(StackName=stack_id):
        for event in page["StackEvents"]:
            status, reason = event["ResourceStatus"], event.get("ResourceStatusReason", "")
            if status.endswith(("_FAILED", "ROLLBACK_IN_PROGRESS")) and reason:
                first = f"{event['LogicalResourceId']} ({event['ResourceType']}): {reason}"
            elif reason == "User Initiated":
                return first
    return first
