"""The calls about drift: what somebody changed behind CloudFormation's back.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html
"""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from tests.cloudformation.account.errors import Refused
from tests.cloudformation.account.stack_calls import find
from tests.cloudformation.account.state import Resource, Stack
from tests.cloudformation.account.wire import page
from tests.cloudformation.account.world import Detection, World
from tests.cloudformation.rules import Json

SETTLED = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED")
TAKES = timedelta(seconds=10)


def detect_stack_drift(world: World, asked: Json) -> Json:
    """Begin to look for drift; one detection of a stack at a time."""
    stack = find(world, asked["StackName"])
    if stack.status not in SETTLED:
        raise Refused(f"Drift detection cannot be performed on stack [{stack.arn}] in {stack.status} state")
    if any(each.stack is stack and world.time < each.begun + TAKES for each in world.detections.values()):
        raise Refused(f"Drift detection is already in progress for stack [{stack.arn}]")
    identity = world.unique(stack.name)
    drifted = [each for each in stack.resources.values() if _status(each) != "IN_SYNC"]
    world.detections[identity] = Detection(stack, world.time, len(drifted))
    stack.drift = ("DRIFTED" if drifted else "IN_SYNC", world.time)
    return {"StackDriftDetectionId": identity}


def describe_stack_drift_detection_status(world: World, asked: Json) -> Json:
    """Tell how far a detection is, and in the end what it found."""
    found = world.detections.get(asked["StackDriftDetectionId"])
    if found is None:
        raise Refused(f"Drift detection [{asked['StackDriftDetectionId']}] does not exist")
    answer = {
        "StackId": found.stack.arn,
        "StackDriftDetectionId": asked["StackDriftDetectionId"],
        "Timestamp": found.begun,
    }
    if world.time < found.begun + TAKES:
        return {**answer, "DetectionStatus": "DETECTION_IN_PROGRESS"}
    return {
        **answer,
        "DetectionStatus": "DETECTION_COMPLETE",
        "StackDriftStatus": "DRIFTED" if found.drifted else "IN_SYNC",
        "DriftedStackResourceCount": found.drifted,
    }


def describe_stack_resource_drifts(world: World, asked: Json) -> Json:
    """List what the last detection found, of all resources or of those with a status asked for."""
    stack = find(world, asked["StackName"])
    wanted = asked.get("StackResourceDriftStatusFilters", ["IN_SYNC", "MODIFIED", "DELETED", "NOT_CHECKED"])
    rows = [_row(stack, each) for each in stack.resources.values() if stack.drift[1]]
    rows = [row for row in rows if row["StackResourceDriftStatus"] in wanted]
    found, more = page(rows, asked.get("NextToken"), min(world.page, asked.get("MaxResults", 100)))
    return {"StackResourceDrifts": found, **more}


def _status(resource: Resource) -> str:
    return "MODIFIED" if any(True for _ in _differences(resource)) else "IN_SYNC"


def _row(stack: Stack, resource: Resource) -> Json:
    return {
        "StackId": stack.arn,
        "LogicalResourceId": resource.logical,
        "PhysicalResourceId": resource.physical,
        "ResourceType": resource.kind,
        "ExpectedProperties": json.dumps(resource.properties),
        "ActualProperties": json.dumps(resource.properties | resource.actual),
        "PropertyDifferences": list(_differences(resource)),
        "StackResourceDriftStatus": _status(resource),
        "Timestamp": stack.drift[1],
    }


def _differences(resource: Resource) -> Iterator[Json]:
    """Compare only what the template says; what it leaves to AWS cannot drift."""
    for name, actual in resource.actual.items():
        if name in resource.properties:
            yield from _compared(f"/{name}", resource.properties[name], actual)


def _compared(path: str, expected: Any, actual: Any) -> Iterator[Json]:
    if isinstance(expected, dict) and isinstance(actual, dict):
        for key in expected:
            yield from _compared(f"{path}/{key}", expected[key], actual.get(key))
    elif expected != actual:
        yield {
            "PropertyPath": path,
            "ExpectedValue": _text(expected),
            "ActualValue": _text(actual),
            "DifferenceType": "REMOVE" if actual is None else "NOT_EQUAL",
        }


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


CALLS = {
    each.__name__: each
    for each in (detect_stack_drift, describe_stack_drift_detection_status, describe_stack_resource_drifts)
}
