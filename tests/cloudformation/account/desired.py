"""What a request makes of a stack: which resources, in which order, with which properties."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.cloudformation.account import identity
from tests.cloudformation.account.errors import Refused
from tests.cloudformation.account.expressions import PSEUDO, Scope, mentions, resolve
from tests.cloudformation.account.state import Request, Resource, Stack
from tests.cloudformation.rules import Json, registry, taggable


class Desired:
    """A request, resolved against the resources that a stack has by now."""

    def __init__(self, stack: Stack, request: Request, resources: Mapping[str, Resource]) -> None:
        self.stack, self.request, self.resources = stack, request, resources
        pseudo = {**PSEUDO, "AWS::StackName": stack.name, "AWS::StackId": stack.arn}
        self.scope = Scope(request.template, {**pseudo, **_typed(request)}, self._ref, self._attribute)
        declared: Json = request.template["Resources"]
        self.declared = {
            name: each
            for name, each in declared.items()
            if "Condition" not in each or self.scope.holds(each["Condition"])
        }
        self._check_names(declared)

    def waves(self) -> Iterator[list[str]]:
        """Yield the logical names that can be made side by side, each wave after those it needs."""
        left = {name: self.depends(name) for name in self.declared}
        while left:
            ready = [name for name, needs in left.items() if not needs & left.keys()]
            if not ready:
                raise Refused(f"Circular dependency between resources: [{', '.join(sorted(left))}]")
            yield ready
            left = {name: needs for name, needs in left.items() if name not in ready}

    def depends(self, name: str) -> frozenset[str]:
        """Return the resources that must exist before this one."""
        resource = self.declared[name]
        named = resource.get("DependsOn", [])
        named = [named] if isinstance(named, str) else named
        mentioned = [other for other, _ in mentions(resource.get("Properties", {}))]
        return frozenset(other for other in [*named, *mentioned] if other in self.declared)

    def properties(self, name: str) -> Json:
        """Return the properties of a resource as AWS would be asked for them, with the stack's tags."""
        kind = self.declared[name]["Type"]
        properties: Json = resolve(self.declared[name].get("Properties", {}), self.scope)
        unknown = properties.keys() - registry(kind)["properties"].keys()
        if unknown:
            raise Refused(
                f"Properties validation failed for resource {name}: extraneous key {sorted(unknown)}"
            )
        where, tags = taggable(kind), self.request.tags
        if where and tags:
            properties[where] = _with_tags(properties.get(where, []), tags)
        return properties

    def resource(self, name: str, physical: str | None, nonce: int) -> Resource:
        """Return a resource as it should be; without a physical id it is a new one."""
        kind, properties = self.declared[name]["Type"], self.properties(name)
        where = taggable(kind)
        return Resource(
            logical=name,
            kind=kind,
            physical=physical or identity.physical(kind, properties, self.stack.name, name, nonce),
            properties=properties,
            depends=self.depends(name),
            policies=(self._policy(name, "DeletionPolicy"), self._policy(name, "UpdateReplacePolicy")),
            tags=tags_of(properties.get(where or "", {})),
            stack=self.stack.name,
        )

    def outputs(self) -> dict[str, str]:
        """Return the outputs whose condition is met."""
        outputs: Json = self.request.template.get("Outputs", {})
        return {
            name: str(resolve(each["Value"], self.scope))
            for name, each in outputs.items()
            if "Condition" not in each or self.scope.holds(each["Condition"])
        }

    def _policy(self, name: str, which: str) -> str:
        return str(self.declared[name].get(which, "Delete"))

    def _ref(self, name: str) -> str:
        return self._existing(name).physical

    def _attribute(self, name: str, attribute: str) -> str:
        return identity.attribute(self._existing(name), attribute)

    def _existing(self, name: str) -> Resource:
        if name not in self.resources:
            raise Refused(f"Template format error: Unresolved resource dependencies [{name}]")
        return self.resources[name]

    def _check_names(self, declared: Json) -> None:
        """Refuse a template with references to nothing, as AWS does before it looks at anything else."""
        known = {*declared, *self.scope.values, "AWS::NoValue"}
        for block in ("Resources", "Outputs"):
            unknown = sorted({name for name, _ in mentions(self.request.template.get(block, {}))} - known)
            if unknown:
                raise Refused(
                    f"Template format error: Unresolved resource dependencies [{', '.join(unknown)}]"
                    f" in the {block} block of the template"
                )


def tags_of(tags: Any) -> dict[str, str]:
    """Return tags by key, whichever of the two shapes their type gives them."""
    return {tag["Key"]: tag["Value"] for tag in tags} if isinstance(tags, list) else dict(tags)


def _with_tags(own: Any, tags: Mapping[str, str]) -> Any:
    """A resource's own tag wins over the stack's."""
    missing = {key: value for key, value in tags.items() if key not in tags_of(own)}
    if isinstance(own, dict):
        return {**own, **missing}
    return [*own, *({"Key": key, "Value": value} for key, value in missing.items())]


def _typed(request: Request) -> dict[str, Any]:
    parameters: Json = request.template.get("Parameters", {})
    return {
        name: value.split(",") if "List" in parameters[name].get("Type", "") else value
        for name, value in request.values.items()
    }
