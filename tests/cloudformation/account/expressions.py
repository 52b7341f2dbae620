"""The intrinsic functions of a template, resolved as CloudFormation does.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

import base64
import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from tests.cloudformation.account.errors import Refused
from tests.cloudformation.rules import Json

REGION, ACCOUNT = "us-east-1", "123456789012"
ZONES = [f"{REGION}{letter}" for letter in "abcdef"]
PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::URLSuffix": "amazonaws.com",
}
_PLACE = re.compile(r"\$\{([^}]+)\}")
_NOTHING = object()


@dataclass(frozen=True)
class Scope:
    """What a name may mean: a parameter or pseudo parameter, a condition, a mapping, a resource."""

    template: Json
    values: Mapping[str, Any]
    ref: Callable[[str], str]
    attribute: Callable[[str, str], str]

    def holds(self, condition: str) -> bool:
        """Return whether a condition of the template is met."""
        if condition not in self.template.get("Conditions", {}):
            raise Refused(f"Template format error: Unresolved condition dependency {condition}")
        return _truth(self.template["Conditions"][condition], self)


def resolve(node: Any, scope: Scope) -> Any:
    """Return `node` with every intrinsic function replaced by its value, and AWS::NoValue left out."""
    if isinstance(node, list):
        resolved = [resolve(each, scope) for each in node]
        return [each for each in resolved if each is not _NOTHING]
    if not isinstance(node, dict):
        return node
    if len(node) == 1:
        (name, argument), *_ = node.items()
        if name in FUNCTIONS:
            return FUNCTIONS[name](argument, scope)
        if name.startswith("Fn::"):
            raise Refused(f"Template validation error: Unrecognized function {name}")
    resolved_items = {key: resolve(each, scope) for key, each in node.items()}
    return {key: each for key, each in resolved_items.items() if each is not _NOTHING}


def mentions(node: Any) -> Iterator[tuple[str, str | None]]:
    """Yield every name that `node` refers to, with the attribute that it asks for (None: Ref)."""
    if isinstance(node, list):
        for each in node:
            yield from mentions(each)
    elif isinstance(node, dict):
        if len(node) == 1 and "Ref" in node:
            yield node["Ref"], None
        elif len(node) == 1 and "Fn::GetAtt" in node:
            yield _attribute_of(node["Fn::GetAtt"])
        else:
            if "Fn::Sub" in node:
                yield from _places(node["Fn::Sub"])
            for each in node.values():
                yield from mentions(each)


def _places(argument: Any) -> Iterator[tuple[str, str | None]]:
    text, own = (argument, {}) if isinstance(argument, str) else argument
    for name in _PLACE.findall(text):
        if not name.startswith("!") and name not in own:
            logical, _, attribute = name.partition(".")
            yield logical, attribute or None


def _attribute_of(argument: Any) -> tuple[str, str]:
    name, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
    return name, attribute


def _ref(name: Any, scope: Scope) -> Any:
    if name == "AWS::NoValue":
        return _NOTHING
    return scope.values[name] if name in scope.values else scope.ref(name)


def _get_att(argument: Any, scope: Scope) -> Any:
    name, attribute = _attribute_of(argument)
    return scope.attribute(name, resolve(attribute, scope))


def _sub(argument: Any, scope: Scope) -> str:
    text, own = (argument, {}) if isinstance(argument, str) else argument
    known = resolve(own, scope)

    def value(place: re.Match[str]) -> str:
        name = place[1]
        if name.startswith("!"):
            return f"${{{name[1:]}}}"
        if name in known:
            return str(known[name])
        return str(_get_att(name, scope) if "." in name else _ref(name, scope))

    return _PLACE.sub(value, text)


def _join(argument: Any, scope: Scope) -> str:
    separator, values = argument
    return str(separator).join(str(each) for each in resolve(values, scope))


def _split(argument: Any, scope: Scope) -> list[str]:
    separator, text = argument
    return str(resolve(text, scope)).split(separator)


def _select(argument: Any, scope: Scope) -> Any:
    index, values = resolve(argument, scope)
    if int(index) >= len(values):
        raise Refused(f"Template error: Fn::Select cannot select nonexistent value at index {index}")
    return values[int(index)]


def _find_in_map(argument: Any, scope: Scope) -> Any:
    mapping, top, second = resolve(argument, scope)
    try:
        return scope.template["Mappings"][mapping][top][second]
    except KeyError:
        raise Refused(f"Template error: Unable to get mapping for {mapping}::{top}::{second}") from None


def _base64(argument: Any, scope: Scope) -> str:
    return base64.b64encode(str(resolve(argument, scope)).encode()).decode()


def _cidr(argument: Any, scope: Scope) -> list[str]:
    block, count, bits = resolve([*argument, "8"][:3], scope)
    network = ipaddress.ip_network(block)
    parts = network.subnets(new_prefix=network.max_prefixlen - int(bits))
    return [str(each) for each in islice(parts, int(count))]


def _if(argument: Any, scope: Scope) -> Any:
    condition, then, otherwise = argument
    return resolve(then if scope.holds(condition) else otherwise, scope)


def _truth(node: Any, scope: Scope) -> bool:
    (name, argument), *_ = node.items()
    match name:
        case "Condition":
            return scope.holds(argument)
        case "Fn::Equals":
            left, right = resolve(argument, scope)
            return str(left) == str(right)
        case "Fn::Not":
            return not _truth(argument[0], scope)
        case "Fn::And":
            return all(_truth(each, scope) for each in argument)
        case "Fn::Or":
            return any(_truth(each, scope) for each in argument)
    raise Refused(f"Template validation error: {name} is no condition function")


FUNCTIONS: Mapping[str, Callable[[Any, Scope], Any]] = {
    "Ref": _ref,
    "Fn::GetAtt": _get_att,
    "Fn::Sub": _sub,
    "Fn::Join": _join,
    "Fn::Split": _split,
    "Fn::Select": _select,
    "Fn::FindInMap": _find_in_map,
    "Fn::Base64": _base64,
    "Fn::Cidr": _cidr,
    "Fn::GetAZs": lambda argument, scope: list(ZONES),
    "Fn::If": _if,
}
