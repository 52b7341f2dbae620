"""The calls about change sets."""

from datetime import timedelta

from tests.cloudformation.account import operations, plan, requests
from tests.cloudformation.account.errors import Refused
from tests.cloudformation.account.expressions import ACCOUNT, REGION
from tests.cloudformation.account.stack_calls import check_idle, find, pairs, parameters
from tests.cloudformation.account.state import ChangeSet, Request, Stack
from tests.cloudformation.account.wire import page
from tests.cloudformation.account.world import World
from tests.cloudformation.rules import Json

NOTHING_NEW = (
    "The submitted information didn't contain changes. Submit different information to create a change set."
)
UPDATABLE = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE")
# What this account would silently do otherwise than AWS.
UNSUPPORTED = {
    "DeploymentMode",
    "DisableRollback",
    "ImportExistingResources",
    "IncludeNestedStacks",
    "IncludePropertyValues",
    "NotificationARNs",
    "OnStackFailure",
    "ResourceTypes",
    "ResourcesToImport",
    "RetainExceptOnCreate",
    "RoleARN",
}
PENDING, WORKING = timedelta(seconds=1), timedelta(seconds=3)


def create_change_set(world: World, asked: Json) -> Json:
    """Begin to work out what would change; a stack that is new stays under review until it is executed."""
    _check_supported(asked)
    name, kind = asked["StackName"], asked.get("ChangeSetType", "UPDATE")
    stack = _wanted(world, name)
    if kind == "CREATE":
        _check_new(stack, asked)
    elif kind != "UPDATE":
        raise NotImplementedError(f"the fake account knows no change sets of type {kind}")
    elif stack is None:
        raise Refused(f"Stack [{name}] does not exist")
    elif stack.status not in UPDATABLE:
        raise Refused(f"Stack:{stack.arn} is in {stack.status} state and can not be updated.")
    if stack and asked["ChangeSetName"] in stack.change_sets:
        raise Refused(f"ChangeSet {asked['ChangeSetName']} already exists", "AlreadyExistsException")
    previous = stack.request if stack and kind == "UPDATE" else None
    request = requests.read(asked, previous, world.s3)
    subject = stack or Stack(name, world.unique(name), world.time)
    change_set = _worked_out(world, subject, request, asked)
    if stack is None:
        world.known.append(subject)
        world.announce(subject, "REVIEW_IN_PROGRESS", "User Initiated")
    subject.change_sets[change_set.name] = change_set
    return {"Id": change_set.arn, "StackId": subject.arn}


def _check_supported(asked: Json) -> None:
    unsupported = UNSUPPORTED & {name for name, value in asked.items() if value}
    if unsupported:
        raise NotImplementedError(f"the fake account knows nothing of {sorted(unsupported)}")


def _wanted(world: World, name: str) -> Stack | None:
    return next((each for each in world.known if name in (each.name, each.arn) and not each.deleted), None)


def _check_new(stack: Stack | None, asked: Json) -> None:
    if stack and stack.status != "REVIEW_IN_PROGRESS":
        raise Refused(
            f"Stack [{stack.name}] already exists and cannot be created again with the changeSet "
            f"[{asked['ChangeSetName']}]."
        )


def _worked_out(world: World, stack: Stack, request: Request, asked: Json) -> ChangeSet:
    name = asked["ChangeSetName"]
    changes, outputs = plan.changes(stack, request)
    none = not changes and outputs == stack.outputs and stack.status != "REVIEW_IN_PROGRESS"
    return ChangeSet(
        name=name,
        arn=f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:changeSet/{name}/{world.unique(name)}",
        request=request,
        created=world.time,
        changes=changes,
        outcome=("FAILED", "UNAVAILABLE", NOTHING_NEW) if none else ("CREATE_COMPLETE", "AVAILABLE", ""),
        description=asked.get("Description", ""),
    )


def _state(world: World, change_set: ChangeSet) -> tuple[str, str, str]:
    """Return the status of a change set, whether it can be executed, and the reason."""
    age = world.time - change_set.created
    if age < PENDING:
        return "CREATE_PENDING", "UNAVAILABLE", ""
    return ("CREATE_IN_PROGRESS", "UNAVAILABLE", "") if age < WORKING else change_set.outcome


def _found(world: World, asked: Json) -> tuple[Stack, ChangeSet]:
    name = asked["ChangeSetName"]
    if "StackName" not in asked and not name.startswith("arn:"):
        raise Refused("StackName must be specified if ChangeSetName is not specified as an ARN.")
    stacks = [find(world, asked["StackName"])] if "StackName" in asked else world.known
    for stack in stacks:
        for change_set in [*stack.change_sets.values(), *filter(None, [stack.executed])]:
            if name in (change_set.name, change_set.arn):
                return stack, change_set
    raise Refused(f"ChangeSet [{name}] does not exist", "ChangeSetNotFound")


def describe_change_set(world: World, asked: Json) -> Json:
    """Describe a change set; its changes are there once it is complete."""
    _check_supported(asked)
    stack, change_set = _found(world, asked)
    status, execution, reason = _state(world, change_set)
    done = change_set.changes if status == "CREATE_COMPLETE" else []
    changes, more = page(done, asked.get("NextToken"), world.page)
    request = change_set.request
    return {
        **_summary(stack, change_set, status, execution, reason),
        "Parameters": parameters(request.values),
        "Tags": pairs(request.tags),
        "Capabilities": request.capabilities,
        "RollbackConfiguration": request.rollback,
        "NotificationARNs": [],
        "Changes": changes,
        **more,
    }


def _summary(stack: Stack, change_set: ChangeSet, status: str, execution: str, reason: str) -> Json:
    summary = {
        "ChangeSetName": change_set.name,
        "ChangeSetId": change_set.arn,
        "StackId": stack.arn,
        "StackName": stack.name,
        "CreationTime": change_set.created,
        "Status": status,
        "ExecutionStatus": execution,
    }
    optional = {"StatusReason": reason, "Description": change_set.description}
    return summary | {key: value for key, value in optional.items() if value}


def list_change_sets(world: World, asked: Json) -> Json:
    """List the change sets of a stack that could still be executed, or failed."""
    stack = find(world, asked["StackName"])
    rows = [_summary(stack, each, *_state(world, each)) for each in stack.change_sets.values()]
    summaries, more = page(rows, asked.get("NextToken"), world.page)
    return {"Summaries": summaries, **more}


def delete_change_set(world: World, asked: Json) -> Json:
    """Delete a change set; a stack that was to be created by it stays under review."""
    try:
        stack, change_set = _found(world, asked)
    except Refused as refusal:
        if refusal.code == "ChangeSetNotFound":
            return {}
        raise
    stack.change_sets.pop(change_set.name, None)
    return {}


def execute_change_set(world: World, asked: Json) -> Json:
    """Begin to create or update a stack; the other change sets of the stack are gone with that."""
    _check_supported(asked)
    stack, change_set = _found(world, asked)
    status, execution, _ = _state(world, change_set)
    if execution != "AVAILABLE":
        raise Refused(
            f"ChangeSet [{change_set.arn}] cannot be executed in its current status of [{status}]",
            "InvalidChangeSetStatus",
        )
    check_idle(stack, "updated")
    change_set.outcome = ("CREATE_COMPLETE", "EXECUTE_COMPLETE", "")
    stack.change_sets, stack.executed = {}, change_set
    operation = operations.create if stack.status == "REVIEW_IN_PROGRESS" else operations.update
    world.begin(operation(world, stack, change_set.request))
    return {}


CALLS = {
    each.__name__: each
    for each in (
        create_change_set,
        describe_change_set,
        list_change_sets,
        delete_change_set,
        execute_change_set,
    )
}
