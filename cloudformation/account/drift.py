"""What somebody changed by hand: the resources of a stack that are no longer what CloudFormation made."""

from collections.abc import Iterator
from dataclasses import dataclass

from cloudformation.account.stack import Stack, pages
from cloudformation.errors import DeployError


@dataclass(frozen=True)
class Drift:
    """One property of one resource: what the template says, and what it is. A deleted one has no property."""

    resource: str
    path: str
    expected: str
    actual: str


def find_drift(stack: Stack) -> Iterator[Drift]:
    """Have CloudFormation compare a stack that is there, and give every difference.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html

    Waits while somebody changes it. Raises DeployError when it cannot compare.
    """
    stack.settled()
    detection = stack.cfn.detect_stack_drift(StackName=stack.name)["StackDriftDetectionId"]
    status = {"DetectionStatus": "DETECTION_IN_PROGRESS"}
    while status["DetectionStatus"] == "DETECTION_IN_PROGRESS":
        stack.environment.pause()
        status = stack.cfn.describe_stack_drift_detection_status(StackDriftDetectionId=detection)
    if status["DetectionStatus"] == "DETECTION_FAILED":
        raise DeployError(
            f"CloudFormation could not compare all of {stack.name}: {status['DetectionStatusReason']}\n"
            "Let the role that deploys read what is named there, and run the command again."
        )
    drifted = {"StackName": stack.name, "StackResourceDriftStatusFilters": ["MODIFIED", "DELETED"]}
    for resource in pages(stack.cfn.describe_stack_resource_drifts, "StackResourceDrifts", **drifted):
        name = resource["LogicalResourceId"]
        if resource["StackResourceDriftStatus"] == "DELETED":
            yield Drift(name, "", "there", "deleted")
        for each in resource.get("PropertyDifferences", ()):
            yield Drift(name, each["PropertyPath"], each["ExpectedValue"], each["ActualValue"])
