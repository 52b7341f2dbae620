"""Reads the state of a stack in AWS: its status, parameters and outputs."""

from typing import Any

from botocore.exceptions import ClientError

from cloudformation.errors import DeployError

# The states of a stack without resources: it was created only for a change set, or its creation was rolled
# back.
EMPTY_STATES = {"REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE"}


def describe(cfn: Any, name: str) -> dict[str, Any]:
    """Return the stack in the form of describe_stacks, or an empty dictionary if it does not exist."""
    try:
        found: dict[str, Any] = cfn.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in str(error):
            return {}
        raise
    return found


def parameters(cfn: Any, name: str) -> dict[str, str]:
    """Return the current parameters of the stack; an empty dictionary if the stack does not exist."""
    found = describe(cfn, name).get("Parameters", ())
    return {each["ParameterKey"]: each["ParameterValue"] for each in found}


def outputs(cfn: Any, name: str) -> dict[str, str]:
    """Return the outputs of the stack; an empty dictionary if the stack does not exist."""
    found = describe(cfn, name).get("Outputs", ())
    return {each["OutputKey"]: each["OutputValue"] for each in found}


def has_resources(cfn: Any, name: str) -> bool:
    """Return whether the stack exists and has resources."""
    return describe(cfn, name).get("StackStatus", "ROLLBACK_COMPLETE") not in EMPTY_STATES


def require_idle(cfn: Any, name: str) -> None:
    """Raise DeployError if an operation on the stack is in progress; Sceptre itself would continue."""
    status = describe(cfn, name).get("StackStatus", "")
    if status.endswith("_IN_PROGRESS") and status not in EMPTY_STATES:
        raise DeployError(
            f"{name} is {status}. Wait for the end of this operation, then run the command again."
        )


def require_success(cfn: Any, name: str) -> None:
    """Raise DeployError with the cause if the last operation failed; accepts a stack that does not exist.

    Without this check, Sceptre would continue with the stacks that depend on this stack.
    """
    found = describe(cfn, name)
    if found.get("StackStatus", "").endswith(("_FAILED", "ROLLBACK_COMPLETE")):
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
