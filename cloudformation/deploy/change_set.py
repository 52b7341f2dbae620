"""Updates of stacks by change set: the changes are inspected before they are executed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from botocore.exceptions import WaiterError

from cloudformation.components.template import STATEFUL_TYPES
from cloudformation.errors import DeployError

DATA_TYPES = STATEFUL_TYPES | {"AWS::DocDB::DBCluster", "AWS::DocDB::DBInstance"}
# For this number of minutes after an update, an alarm makes CloudFormation roll the update back.
MONITORING_MINUTES = 10
_REPLACEMENTS = {"True": "REPLACE", "Conditional": "may REPLACE"}
_ACTIONS = {"Add": "add", "Modify": "change", "Remove": "REMOVE", "Dynamic": "may change"}


@dataclass(frozen=True)
class ChangeSet:
    """A change set and its changes; each change is a ResourceChange as returned by describe_change_set."""

    arn: str
    changes: list[dict[str, Any]]

    @property
    def data_at_risk(self) -> list[str]:
        """Return the logical ids of the resources with data that the change set removes or may replace."""
        return [
            each["LogicalResourceId"]
            for each in self.changes
            if each["ResourceType"] in DATA_TYPES
            and (each["Action"] in ("Remove", "Dynamic") or each.get("Replacement") in _REPLACEMENTS)
        ]

    def lines(self) -> Iterator[str]:
        """Yield one line for each change, such as "REPLACE AWS::S3::Bucket BronzeBucket (BucketName)"."""
        for each in self.changes:
            action = _REPLACEMENTS.get(each.get("Replacement", ""), _ACTIONS[each["Action"]])
            targets = [detail["Target"] for detail in each.get("Details", ())]
            properties = sorted({target.get("Name", target["Attribute"]) for target in targets})
            suffix = f" ({', '.join(properties)})" if properties else ""
            yield f"{action} {each['ResourceType']} {each['LogicalResourceId']}{suffix}"


def create(cfn: Any, stack: Any, alarms: str = "") -> ChangeSet | None:
    """Create a change set for an existing stack of Sceptre; return None if nothing changes.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-rollback-triggers.html

    `alarms` contains the ARNs of alarms, separated by commas: CloudFormation rolls the update back if one of
    these alarms is raised. Without alarms, the triggers of the previous update are removed. Raises
    DeployError with CloudFormation's reason if CloudFormation refuses the change.
    """
    triggers = [{"Arn": arn, "Type": "AWS::CloudWatch::Alarm"} for arn in alarms.split(",") if arn]
    minutes = MONITORING_MINUTES if triggers else 0
    values = [{"ParameterKey": key, "ParameterValue": value} for key, value in stack.parameters.items()]
    arn = cfn.create_change_set(
        StackName=stack.external_name,
        ChangeSetName=f"deploy-{uuid4().hex}",
        ChangeSetType="UPDATE",
        TemplateBody=stack.template.body,
        Parameters=values,
        Tags=[{"Key": key, "Value": value} for key, value in stack.tags.items()],
        Capabilities=["CAPABILITY_IAM"],
        RollbackConfiguration={"RollbackTriggers": triggers, "MonitoringTimeInMinutes": minutes},
    )["Id"]
    waiter = cfn.get_waiter("change_set_create_complete")
    try:
        waiter.wait(ChangeSetName=arn, WaiterConfig={"Delay": 2, "MaxAttempts": 900})
    except WaiterError as error:
        cfn.delete_change_set(ChangeSetName=arn)
        reason = error.last_response.get("StatusReason", "no reason given")
        if "didn't contain changes" in reason:
            return None
        raise DeployError(f"CloudFormation refuses the change of {stack.external_name}: {reason}") from None
    pages = cfn.get_paginator("describe_change_set").paginate(ChangeSetName=arn)
    return ChangeSet(arn, [*pages.search("Changes[].ResourceChange")])


def refuse_loss_of_data(cfn: Any, name: str, change_set: ChangeSet) -> None:
    """Delete the change set and raise DeployError if it removes or may replace resources with data."""
    if change_set.data_at_risk:
        cfn.delete_change_set(ChangeSetName=change_set.arn)
        raise DeployError(
            f"{name}: {', '.join(change_set.data_at_risk)} would be replaced or removed, with the data. "
            "If this is intended, save the data and run the command with ALLOW_REPLACE=1."
        )
