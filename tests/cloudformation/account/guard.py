"""What stands in the way: stack policies, alarms, secrets that do not exist, and what others still need."""

import fnmatch
import json
import re
from collections.abc import Iterable

from tests.cloudformation.account import identity
from tests.cloudformation.account.errors import Failed
from tests.cloudformation.account.state import Resource, Stack
from tests.cloudformation.rules import Json

_SECRET = re.compile(
    r"\{\{resolve:secretsmanager:(arn:[^:]+:[^:]+:[^:]*:[^:]*:[^:]*:[^:}]+):SecretString:([^:}]+)"
)


def check_policy(stack: Stack, resource: Resource, action: str) -> None:
    """Raise Failed unless the stack's policy allows an action on one of its resources.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html
    """
    if stack.policy is None:
        return
    effects = {
        statement["Effect"]
        for statement in json.loads(stack.policy)["Statement"]
        if _covers(statement, resource, action)
    }
    if effects != {"Allow"}:
        where = f"LogicalResourceId/{resource.logical}"
        raise Failed(f"Action denied by stack policy: no statement allows [{action}] for resource [{where}]")


def _covers(statement: Json, resource: Resource, action: str) -> bool:
    if {"NotAction", "NotResource"} & statement.keys():
        raise NotImplementedError("the fake account reads Action and Resource alone")
    actions, resources = _many(statement.get("Action", [])), _many(statement.get("Resource", "*"))
    name = f"LogicalResourceId/{resource.logical}"
    if not any(fnmatch.fnmatchcase(action, each) for each in actions):
        return False
    if not any(fnmatch.fnmatchcase(name, each) for each in resources):
        return False
    conditions: Json = statement.get("Condition", {})
    return all(
        any(fnmatch.fnmatchcase(resource.kind, kind) for kind in _many(test["ResourceType"]))
        for test in conditions.values()
    )


def _many(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def alarming(rollback: Json, existing: Iterable[Resource], ringing: set[str]) -> str:
    """Return why the triggers of a stack roll it back, or nothing: an alarm rings, or is not there."""
    alarms = {identity.arn(each) for each in existing if each.kind.endswith(("::Alarm", "::CompositeAlarm"))}
    for trigger in rollback.get("RollbackTriggers", []):
        arn = trigger["Arn"]
        if arn not in alarms:
            return f"Rollback trigger {arn} does not exist. "
        if arn in ringing:
            return f"Rollback trigger {arn} is in ALARM. "
    return ""


def check_secrets(resource: Resource, existing: Iterable[Resource]) -> None:
    """Raise Failed if a dynamic reference leads to no secret, or to none of its keys."""
    secrets = {each.physical: each for each in existing if each.kind == "AWS::SecretsManager::Secret"}
    for arn, key in _SECRET.findall(json.dumps(resource.properties)):
        if arn not in secrets:
            raise Failed(f"Secrets Manager can't find the specified secret: {arn}")
        generated: Json = secrets[arn].properties.get("GenerateSecretString", {})
        text = generated.get("SecretStringTemplate") or secrets[arn].properties.get("SecretString") or "{}"
        if key not in {*json.loads(text), generated.get("GenerateStringKey")}:
            raise Failed(f"Could not find a value associated with JSONKey in SecretString: {key}")


def check_deletion(resource: Resource, existing: Iterable[Resource]) -> None:
    """Raise Failed if a resource is protected, or if another stack still lies in this part of a network."""
    if (resource.properties | resource.actual).get("DeletionProtection") is True:
        raise Failed("Cannot delete protected Cluster, please disable deletion protection and try again.")
    if resource.kind.startswith("AWS::EC2::") and resource.kind != "AWS::EC2::Route":
        for other in existing:
            if other.stack != resource.stack and f'"{resource.physical}"' in json.dumps(other.properties):
                raise Failed(f"resource {resource.physical} has a dependent object: {other.physical}")
