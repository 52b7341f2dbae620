"""What keeps a protected environment from losing data by a slip: on its stacks, and by its alarms."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cloudformation.components.template import STATEFUL_TYPES
from cloudformation.settings import Settings

HOLDS_DATA = STATEFUL_TYPES | {"AWS::DocDB::DBCluster", "AWS::DocDB::DBInstance"}
# How long a change is watched before what it replaced goes.
MONITORING_MINUTES = 10
_ANY = {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}
_DATA = {
    "Effect": "Deny",
    "Action": ["Update:Replace", "Update:Delete"],
    "Principal": "*",
    "Resource": "*",
    "Condition": {"StringEquals": {"ResourceType": sorted(HOLDS_DATA)}},
}
OPEN = json.dumps({"Statement": [_ANY]})
CLOSED = json.dumps({"Statement": [_ANY, _DATA]})


def is_guarded(settings: Settings) -> bool:
    """Whether an environment is protected: where the database leaves a snapshot, its stacks are, too."""
    return settings.final_snapshot


def guard(cfn: Any, stack: str) -> None:
    """Let nobody delete a stack, nor replace or delete what holds data in it, by an ordinary call.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-protect-stacks.html
    """
    if not cfn.describe_stacks(StackName=stack)["Stacks"][0].get("EnableTerminationProtection"):
        cfn.update_termination_protection(StackName=stack, EnableTerminationProtection=True)
    if cfn.get_stack_policy(StackName=stack).get("StackPolicyBody") != CLOSED:
        cfn.set_stack_policy(StackName=stack, StackPolicyBody=CLOSED)


@contextmanager
def policy_suspended(cfn: Any, stack: str) -> Iterator[None]:
    """Let data be replaced within this block, whose end closes the stack again, however it comes."""
    cfn.set_stack_policy(StackName=stack, StackPolicyBody=OPEN)
    try:
        yield
    finally:
        cfn.set_stack_policy(StackName=stack, StackPolicyBody=CLOSED)


def rollback_configuration(alarms: str | None) -> dict[str, Any]:
    """Return what undoes a change when one of the alarms goes off; `alarms` are ARNs with commas, or none.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-rollback-triggers.html

    Without alarms it is said so: CloudFormation would go on with those of the last change, and roll back if
    one of them is gone.
    """
    triggers = [{"Arn": arn, "Type": "AWS::CloudWatch::Alarm"} for arn in alarms.split(",")] if alarms else []
    return {"RollbackTriggers": triggers, "MonitoringTimeInMinutes": MONITORING_MINUTES if triggers else 0}
