"""Reading what a change set asks for, and refusing what CloudFormation refuses before it looks at a stack."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from botocore.exceptions import ClientError

from tests.cloudformation.account import buckets
from tests.cloudformation.account.errors import Refused
from tests.cloudformation.account.state import Request
from tests.cloudformation.rules import Json

BODY_BYTES, FILE_BYTES = 51_200, 1_048_576
NAMES_OF_ROLES = (
    "RoleName",
    "InstanceProfileName",
    "ManagedPolicyName",
    "UserName",
    "GroupName",
    "PolicyName",
)


def read(asked: Json, previous: Request | None, s3: Any) -> Request:
    """Return what a change set asks for, with what it takes over from the stack as it is.

    Raises:
        Refused: no template or too long a one, parameters missing or unknown, capabilities missing.
    """
    text = text_of(asked, previous, s3)
    template = parsed(text)
    request = Request(
        text=text,
        template=template,
        values=_values(template.get("Parameters", {}), asked.get("Parameters", []), previous),
        tags=_tags(asked, previous),
        capabilities=asked.get("Capabilities", []),
        rollback=asked.get("RollbackConfiguration", previous.rollback if previous else {}),
    )
    _check_capabilities(template, request.capabilities)
    return request


def text_of(asked: Json, previous: Request | None, s3: Any) -> str:
    """Return the template that is meant: sent along, in a bucket, or the one that the stack has."""
    given = [key for key in ("TemplateBody", "TemplateURL", "UsePreviousTemplate") if asked.get(key)]
    if len(given) != 1:
        raise Refused("Either Template URL or Template Body must be specified.")
    if "TemplateBody" in asked:
        return str(_limited(asked["TemplateBody"], "templateBody", BODY_BYTES))
    if "TemplateURL" in asked:
        return _limited(_downloaded(asked["TemplateURL"], s3), "templateURL", FILE_BYTES)
    if previous is None:
        raise Refused("There is no previous template to use")
    return previous.text


def _limited(text: str, where: str, limit: int) -> str:
    if len(text.encode()) > limit:
        raise Refused(
            f"1 validation error detected: Value at '{where}' failed to satisfy constraint: "
            f"Member must have length less than or equal to {limit}"
        )
    return text


def _downloaded(url: str, s3: Any) -> str:
    parts = urlsplit(url)
    host, path = parts.hostname or "", unquote(parts.path.lstrip("/"))
    bucket, dot, rest = host.partition(".s3")
    if not dot:
        bucket, _, path = path.partition("/")
    known = host.endswith(".amazonaws.com") and (not dot or rest.endswith(".amazonaws.com"))
    if parts.scheme != "https" or not known:
        raise Refused("TemplateURL must be a supported URL.")
    try:
        return buckets.read(s3, bucket, path)
    except ClientError as error:
        raise Refused(f"S3 error: {error.response['Error']['Message']}") from error


def parsed(text: str) -> Json:
    """Return a template as CloudFormation reads it, without looking into its resources."""
    try:
        template = json.loads(text)
    except ValueError:
        raise Refused("Template format error: unsupported structure.") from None
    if not isinstance(template, dict) or not template.get("Resources"):
        raise Refused("Template format error: At least one Resources member must be defined.")
    return template


def _values(declared: Json, given: list[Json], previous: Request | None) -> dict[str, str]:
    unknown = [each["ParameterKey"] for each in given if each["ParameterKey"] not in declared]
    if unknown:
        raise Refused(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    values = {name: str(each["Default"]) for name, each in declared.items() if "Default" in each}
    for each in given:
        name = each["ParameterKey"]
        if not each.get("UsePreviousValue"):
            values[name] = each.get("ParameterValue", "")
        elif previous is None or name not in previous.values:
            raise Refused(
                f"Invalid input for parameter key {name}. Cannot specify usePreviousValue as true for a "
                "parameter key not in the previous template"
            )
        else:
            values[name] = previous.values[name]
    missing = [name for name in declared if name not in values]
    if missing:
        raise Refused(f"Parameters: [{', '.join(missing)}] must have values")
    for name, value in values.items():
        allowed = declared[name].get("AllowedValues")
        if allowed and value not in map(str, allowed):
            raise Refused(f"Parameter '{name}' must be one of AllowedValues")
    return values


def _tags(asked: Json, previous: Request | None) -> dict[str, str]:
    if "Tags" not in asked:
        return previous.tags if previous else {}
    return {tag["Key"]: tag["Value"] for tag in asked["Tags"]}


def _check_capabilities(template: Mapping[str, Json], given: list[str]) -> None:
    iam = [each for each in template["Resources"].values() if each["Type"].startswith("AWS::IAM::")]
    named = any(name in each.get("Properties", {}) for each in iam for name in NAMES_OF_ROLES)
    enough = {"CAPABILITY_NAMED_IAM"} if named else {"CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"}
    if iam and not enough & set(given):
        needed = "CAPABILITY_NAMED_IAM" if named else "CAPABILITY_IAM"
        raise Refused(f"Requires capabilities : [{needed}]", "InsufficientCapabilitiesException")
