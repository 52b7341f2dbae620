"""A change set: what CloudFormation would do with a stack, and doing it."""

import json
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from uuid import uuid4

from cloudformation.account import guards
from cloudformation.account.stack import Json, Stack, pages
from cloudformation.errors import DeployError

NO_CHANGE = ("didn't contain changes", "No updates are to be performed")
# Bytes of a template that a call may carry; beyond, it would have to go through a bucket first.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
BODY_LIMIT = 51_200
UNFINISHED = ("CREATE_PENDING", "CREATE_IN_PROGRESS")
# What Replacement says of a resource that is, or may be, made anew.
REPLACED = ("True", "Conditional")


@dataclass(frozen=True)
class ChangeSet:
    """What would become of a stack; each of `changes` is a ResourceChange of describe_change_set."""

    arn: str
    stack_id: str
    changes: list[Json]

    @property
    def at_stake(self) -> list[str]:
        """Return the resources that hold data and would or might be replaced or removed."""
        return [
            change["LogicalResourceId"]
            for change in self.changes
            if change["ResourceType"] in guards.HOLDS_DATA
            and (change["Action"] in ("Remove", "Dynamic") or change.get("Replacement") in REPLACED)
        ]


def propose(
    stack: Stack, current: Json | None, values: Mapping[str, str | None], *, watched: bool
) -> ChangeSet | None:
    """Have CloudFormation work out what would change; None if nothing would.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets.html

    `values` are those of the parameters, None for one that stays what it is; `watched` lets alarms undo it
    in a guarded environment. Raises DeployError with the reason of CloudFormation.
    """
    arn = stack.cfn.create_change_set(
        StackName=stack.name,
        ChangeSetName=f"deploy-{uuid4().hex}",
        ChangeSetType="UPDATE" if current else "CREATE",
        TemplateBody=compact(stack.template),
        Parameters=[_parameter(name, value) for name, value in values.items()],
        Capabilities=["CAPABILITY_IAM"],
        Tags=[{"Key": key, "Value": value} for key, value in stack.environment.settings.tags.items()],
        RollbackConfiguration=guards.rollback_configuration(_alarms(stack) if watched else None),
    )["Id"]
    while (found := stack.cfn.describe_change_set(ChangeSetName=arn))["Status"] in UNFINISHED:
        stack.environment.pause()
    if found["Status"] == "CREATE_COMPLETE":
        changes = pages(stack.cfn.describe_change_set, "Changes", ChangeSetName=arn)
        return ChangeSet(arn, found["StackId"], [each["ResourceChange"] for each in changes])
    stack.cfn.delete_change_set(ChangeSetName=arn)
    reason = found.get("StatusReason", "no reason given")
    if any(text in reason for text in NO_CHANGE):
        return None
    raise DeployError(f"CloudFormation refuses the change of {stack.name}: {reason}")


def compact(template: Json) -> str:
    """Return a template as it is sent; without its indentation each fits into a call (BODY_LIMIT)."""
    return json.dumps(template, separators=(",", ":"))


def discard(stack: Stack, change_set: ChangeSet) -> None:
    """Delete a change set that nobody is going to execute."""
    stack.cfn.delete_change_set(ChangeSetName=change_set.arn)


def execute(stack: Stack, change_set: ChangeSet) -> None:
    """Do it, and wait for the end; in a guarded environment data can be replaced until then."""
    lift = change_set.at_stake and guards.is_guarded(stack.environment.settings)
    with guards.policy_suspended(stack.cfn, stack.name) if lift else nullcontext():
        named = {"StackName": stack.name, "ChangeSetName": change_set.arn}
        stack.follow(change_set.stack_id, lambda: stack.cfn.execute_change_set(**named))


def _parameter(name: str, value: str | None) -> Json:
    given = {"UsePreviousValue": True} if value is None else {"ParameterValue": value}
    return {"ParameterKey": name, **given}


def _alarms(stack: Stack) -> str | None:
    """Return the alarms of the API, if the environment is guarded, except while they change themselves."""
    if not guards.is_guarded(stack.environment.settings) or stack.title == "monitoring":
        return None
    return Stack(stack.environment, "monitoring").outputs().get("RollbackAlarmArns")
