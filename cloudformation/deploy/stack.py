"""The state of a stack in AWS: its status, parameters and outputs, and the cause of a failure."""

from itertools import takewhile
from typing import Any

from botocore.exceptions import ClientError

from cloudformation.errors import DeployError

# The states of a stack without resources: created only for a change set, or rolled back after its creation.
EMPTY_STATES = {"REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE"}


def describe(cfn: Any, name: str) -> dict[str, Any]:
    """Return the stack in the form of describe_stacks, or an empty dictionary if it does not exist."""
    try:
        return dict(cfn.describe_stacks(StackName=name)["Stacks"][0])
    except ClientError as error:
        if "does not exist" in str(error):
            return {}
        raise


def values(cfn: Any, name: str, kind: str) -> dict[str, str]:
    """Return the values of a kind, Parameter or Output; an empty dictionary if the stack does not exist."""
    found = describe(cfn, name).get(f"{kind}s", ())
    return {each[f"{kind}Key"]: each[f"{kind}Value"] for each in found}


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
    events = cfn.get_paginator("describe_stack_events").paginate(StackName=stack_id).search("StackEvents[]")
    failures = [
        f"{event['LogicalResourceId']} ({event['ResourceType']}): {event['ResourceStatusReason']}"
        # The newest event is first; the last operation began with the event "User Initiated".
        for event in takewhile(lambda event: event.get("ResourceStatusReason") != "User Initiated", events)
        if event["ResourceStatus"].endswith(("_FAILED", "ROLLBACK_IN_PROGRESS"))
        and event.get("ResourceStatusReason")
    ]
    return failures[-1] if failures else ""
