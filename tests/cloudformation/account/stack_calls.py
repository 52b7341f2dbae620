"""The calls about stacks, their events and their resources."""

import json
from typing import Any

from tests.cloudformation.account import operations, requests
from tests.cloudformation.account.errors import Refused
from tests.cloudformation.account.state import Resource, Stack
from tests.cloudformation.account.wire import page
from tests.cloudformation.account.world import World
from tests.cloudformation.rules import Json


def find(world: World, asked: str) -> Stack:
    """Return a stack by its name or id; a deleted one answers to its id only.

    Raises:
        Refused: there is no such stack.
    """
    for stack in reversed(world.known):
        if asked == stack.arn or (asked == stack.name and not stack.deleted):
            return stack
    raise Refused(f"Stack with id {asked} does not exist")


def meant(world: World, asked: Json) -> str:
    """Return the name of the stack that a call is about, or nothing."""
    arns = {arn: stack.name for stack in world.known for arn in (stack.arn, *stack.change_set_arns)}
    named = str(asked.get("StackName") or asked.get("ChangeSetName") or "")
    return arns.get(named, named)


def describe_stacks(world: World, asked: Json) -> Json:
    """Describe one stack, deleted or not, or all that exist."""
    if "StackName" in asked:
        return {"Stacks": [_described(find(world, asked["StackName"]))]}
    alive = [_described(stack) for stack in world.known if not stack.deleted]
    stacks, more = page(alive, asked.get("NextToken"), world.page)
    return {"Stacks": stacks, **more}


def _described(stack: Stack) -> Json:
    request = stack.request
    drift, checked = stack.drift
    optional = {
        "StackStatusReason": stack.reason,
        "Description": request.template.get("Description"),
        "LastUpdatedTime": stack.updated,
        "DeletionTime": stack.deleted,
        "ChangeSetId": stack.executed and stack.executed.arn,
        "Outputs": [{"OutputKey": key, "OutputValue": value} for key, value in stack.outputs.items()],
        "Capabilities": request.capabilities,
    }
    return {
        "StackId": stack.arn,
        "StackName": stack.name,
        "CreationTime": stack.created,
        "StackStatus": stack.status,
        "DisableRollback": False,
        "EnableTerminationProtection": stack.protected,
        "RollbackConfiguration": request.rollback,
        "NotificationARNs": [],
        "Tags": pairs(request.tags),
        "Parameters": parameters(request.values),
        "DriftInformation": {
            "StackDriftStatus": drift,
            **({"LastCheckTimestamp": checked} if checked else {}),
        },
    } | {key: value for key, value in optional.items() if value}


def pairs(tags: dict[str, str]) -> list[Json]:
    """Return tags as the API lists them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def parameters(values: dict[str, str]) -> list[Json]:
    """Return parameters as the API lists them."""
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]


def describe_stack_events(world: World, asked: Json) -> Json:
    """List the events of a stack, the newest first."""
    stack = find(world, asked["StackName"])
    events, more = page(stack.events[::-1], asked.get("NextToken"), world.page)
    return {"StackEvents": events, **more}


def list_stack_resources(world: World, asked: Json) -> Json:
    """List what a stack consists of, page by page."""
    stack = find(world, asked["StackName"])
    rows = [_row(each, "LastUpdatedTimestamp") for each in stack.resources.values()]
    resources, more = page(rows, asked.get("NextToken"), world.page)
    return {"StackResourceSummaries": resources, **more}


def describe_stack_resources(world: World, asked: Json) -> Json:
    """List what a stack consists of, the first hundred resources."""
    stack = find(world, asked["StackName"])
    wanted = asked.get("LogicalResourceId")
    return {
        "StackResources": [
            {**_row(each, "Timestamp"), "StackName": stack.name, "StackId": stack.arn}
            for each in list(stack.resources.values())[:100]
            if wanted in (None, each.logical)
        ]
    }


def _row(resource: Resource, when: str) -> Json:
    row = {
        "LogicalResourceId": resource.logical,
        "PhysicalResourceId": resource.physical,
        "ResourceType": resource.kind,
        "ResourceStatus": resource.status,
        when: resource.changed,
    }
    return {**row, "ResourceStatusReason": resource.reason} if resource.reason else row


def get_template(world: World, asked: Json) -> Json:
    """Return a template as it was sent (boto3 makes JSON of it)."""
    return {"TemplateBody": find(world, asked["StackName"]).request.text, "StagesAvailable": ["Original"]}


def validate_template(world: World, asked: Json) -> Json:
    """Read a template, and tell its parameters."""
    text = requests.text_of(asked, None, world.s3)
    template = requests.parsed(text)
    declared: Json = template.get("Parameters", {})
    return {"Parameters": [{"ParameterKey": name} for name in declared], "Capabilities": []}


def delete_stack(world: World, asked: Json) -> Json:
    """Begin to delete a stack; one that is gone is no mistake."""
    try:
        stack = find(world, asked["StackName"])
    except Refused:
        return {}
    if stack.deleted or stack.status == "DELETE_IN_PROGRESS":
        return {}
    if stack.protected:
        raise Refused(f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")
    retained = asked.get("RetainResources", [])
    if "DeletionMode" in asked or "RoleARN" in asked:
        raise NotImplementedError("the fake account deletes stacks in the standard way")
    if retained and stack.status != "DELETE_FAILED":
        raise Refused(
            f"Invalid operation on stack [{stack.name}]. Specify RetainResources only when the stack is in "
            "the DELETE_FAILED state"
        )
    check_idle(stack, "deleted")
    world.begin(operations.delete(world, stack, retained))
    return {}


def check_idle(stack: Stack, verb: str) -> None:
    """Refuse a second operation on a stack."""
    if stack.busy:
        raise Refused(f"Stack:{stack.arn} is in {stack.status} state and can not be {verb}.")


def continue_update_rollback(world: World, asked: Json) -> Json:
    """Go on with a rollback that failed."""
    stack = find(world, asked["StackName"])
    if stack.status != "UPDATE_ROLLBACK_FAILED":
        raise Refused(
            f"Stack:{stack.arn} is in {stack.status} state and can not continue rolling back the update."
        )
    skipped = asked.get("ResourcesToSkip", [])
    world.begin(operations.roll_back(world, stack, "User Initiated", skipped))
    return {}


def update_termination_protection(world: World, asked: Json) -> Json:
    """Protect a stack from being deleted, or no longer."""
    stack = find(world, asked["StackName"])
    stack.protected = asked["EnableTerminationProtection"]
    return {"StackId": stack.arn}


def set_stack_policy(world: World, asked: Json) -> Json:
    """Set what updates may do to the resources of a stack."""
    stack = find(world, asked["StackName"])
    try:
        policy: Any = json.loads(asked["StackPolicyBody"])
        statements = policy["Statement"]
    except (ValueError, KeyError, TypeError):
        raise Refused("Error validating stack policy: Invalid stack policy") from None
    if any(statement.get("Principal") != "*" for statement in statements):
        raise Refused("Error validating stack policy: Invalid principal")
    stack.policy = asked["StackPolicyBody"]
    return {}


def get_stack_policy(world: World, asked: Json) -> Json:
    """Return the policy of a stack, if it has one."""
    policy = find(world, asked["StackName"]).policy
    return {"StackPolicyBody": policy} if policy else {}


CALLS = {
    each.__name__: each
    for each in (
        describe_stacks,
        describe_stack_events,
        list_stack_resources,
        describe_stack_resources,
        get_template,
        validate_template,
        delete_stack,
        continue_update_rollback,
        update_termination_protection,
        set_stack_policy,
        get_stack_policy,
    )
}
