"""What a change set shows: the difference between what a stack is and what is asked for.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChange.html
"""

from collections.abc import Iterator
from typing import Any

from tests.cloudformation.account.desired import Desired
from tests.cloudformation.account.expressions import mentions
from tests.cloudformation.account.state import Request, Resource, Stack
from tests.cloudformation.rules import Json, registry, taggable

ATTRIBUTES = ("Metadata", "DeletionPolicy", "UpdateReplacePolicy")


def changes(stack: Stack, request: Request) -> tuple[list[Json], dict[str, str]]:
    """Return the changes to the resources of a stack, those first that others need, and its outputs then.

    Nothing is created: resources that would be new are given ids for the while, so that everything that
    refers to them resolves.
    """
    expected = dict(stack.resources)
    desired = Desired(stack, request, expected)
    found: dict[str, Json] = {}
    for wave in desired.waves():
        for name in wave:
            old = stack.resources.get(name)
            new = desired.resource(
                name, old.physical if old and old.kind == _kind(desired, name) else None, 0
            )
            expected[name] = new
            change = _added(new) if old is None else _modified(stack, desired, old, new, found)
            if change:
                found[name] = change
    removed = [_removed(old) for name, old in stack.resources.items() if name not in desired.declared]
    listed = [{"Type": "Resource", "ResourceChange": change} for change in [*found.values(), *removed]]
    return listed, desired.outputs()


def differing(old: Any, new: Any, path: str = "") -> Iterator[str]:
    """Yield the paths at which two values differ; elements of a list are all called *."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            yield from differing(old.get(key), new.get(key), f"{path}/{key}")
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for before, after in zip(old, new, strict=True):
            yield from differing(before, after, f"{path}/*")
    elif old != new:
        yield path


def recreation(kind: str, path: str) -> str:
    """Return whether a change at a path of a type's properties recreates it: Never, Conditionally, Always."""
    schema = registry(kind)
    for which, answer in (
        ("createOnlyProperties", "Always"),
        ("conditionalCreateOnlyProperties", "Conditionally"),
    ):
        fixed = [each.removeprefix("/properties") for each in schema.get(which) or []]
        if any(f"{path}/".startswith(f"{each}/") or f"{each}/".startswith(f"{path}/") for each in fixed):
            return answer
    return "Never"


def must_be_new(old: Resource, new: Resource) -> bool:
    """Return whether an update of `old` to `new` replaces it."""
    paths = differing(old.properties, new.properties)
    return old.kind != new.kind or any(recreation(old.kind, path) == "Always" for path in paths)


def _kind(desired: Desired, name: str) -> str:
    return str(desired.declared[name]["Type"])


def _added(new: Resource) -> Json:
    return {
        "Action": "Add",
        "LogicalResourceId": new.logical,
        "ResourceType": new.kind,
        "Scope": [],
        "Details": [],
    }


def _removed(old: Resource) -> Json:
    return {
        "Action": "Remove",
        "PolicyAction": old.policies[0],
        "LogicalResourceId": old.logical,
        "PhysicalResourceId": old.physical,
        "ResourceType": old.kind,
        "Scope": [],
        "Details": [],
    }


def _modified(
    stack: Stack, desired: Desired, old: Resource, new: Resource, before: dict[str, Json]
) -> Json | None:
    details = [*_static(old, new), *_dynamic(desired, old, before), *_attributes(stack, desired, old.logical)]
    if old.kind != new.kind:
        details.append(_detail("Properties", "Type", "Always", "DirectModification"))
    if not details:
        return None
    needs = [
        (detail["Target"].get("RequiresRecreation", "Never"), detail["Evaluation"]) for detail in details
    ]
    replaced = ("Always", "Static") in needs
    maybe = any(recreated != "Never" for recreated, _ in needs)
    change = {
        "Action": "Modify",
        "LogicalResourceId": old.logical,
        "PhysicalResourceId": old.physical,
        "ResourceType": new.kind,
        "Replacement": "True" if replaced else "Conditional" if maybe else "False",
        "Scope": sorted({detail["Target"]["Attribute"] for detail in details}),
        "Details": details,
    }
    if replaced:
        change["PolicyAction"] = f"ReplaceAnd{new.policies[1]}"
    return change


def _static(old: Resource, new: Resource) -> Iterator[Json]:
    """Yield what the template or its parameters themselves change."""
    worst: dict[str, str] = {}
    for path in differing(old.properties, new.properties):
        name, answer = path.split("/")[1], recreation(old.kind, path)
        worst[name] = max(worst.get(name, "Never"), answer, key=["Never", "Conditionally", "Always"].index)
    for name, answer in worst.items():
        if name == taggable(old.kind):
            yield {"Target": {"Attribute": "Tags", "RequiresRecreation": "Never"}} | _KNOWN
        else:
            yield _detail("Properties", name, answer, "DirectModification")


_KNOWN = {"Evaluation": "Static", "ChangeSource": "DirectModification"}


def _dynamic(desired: Desired, old: Resource, before: dict[str, Json]) -> Iterator[Json]:
    """Yield properties whose value is known only when what they refer to has been changed."""
    properties: Json = desired.declared[old.logical].get("Properties", {})
    for name, value in properties.items():
        for other, attribute in mentions(value):
            replacement = before.get(other, {}).get("Replacement", "")
            if replacement in ("True", "Conditional") or (replacement and attribute):
                source = "ResourceAttribute" if attribute else "ResourceReference"
                detail = _detail("Properties", name, recreation(old.kind, f"/{name}"), source)
                entity = f"{other}.{attribute}" if attribute else other
                yield detail | {"Evaluation": "Dynamic", "CausingEntity": entity}


def _attributes(stack: Stack, desired: Desired, name: str) -> Iterator[Json]:
    """Yield what changes beside the properties."""
    old: Json = stack.request.template["Resources"].get(name, {})
    for attribute in ATTRIBUTES:
        if old.get(attribute) != desired.declared[name].get(attribute):
            yield {"Target": {"Attribute": attribute}} | _KNOWN


def _detail(attribute: str, name: str, answer: str, source: str) -> Json:
    target = {"Attribute": attribute, "Name": name, "RequiresRecreation": answer}
    return {"Target": target, "Evaluation": "Static", "ChangeSource": source}
