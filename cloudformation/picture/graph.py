"""What the templates of all environments hold, and which stack reads what from which."""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DEPLOYMENT = "deployment"

Stack = Mapping[str, Mapping[str, Any]]
"""The templates of one stack by environment."""


@dataclass(frozen=True)
class Group:
    """Names under one heading: resources of one type, values from one stack, or words that explain one."""

    heading: str
    names: tuple[str, ...]
    """What is not in every environment is followed by those that have it, in brackets."""


@dataclass(frozen=True)
class Node:
    """What the picture says of one stack, or of the deployment that brings along the first values."""

    name: str
    says: str
    layer: int
    """0 for what needs no other stack, otherwise one more than the last of those it reads."""
    reads: tuple[Group, ...] = ()
    holds: tuple[Group, ...] = ()
    unread: tuple[str, ...] = ()
    """Outputs that no stack reads: they are for people and for the deployment."""

    @property
    def resources(self) -> int:
        """Return how many resources the stack has over all environments, each counted once."""
        return sum(len(group.names) for group in self.holds)


def read(rendered: Mapping[Path, str]) -> list[Node]:
    """Return the deployment and, in order of creation, the stacks.

    Args:
        rendered: the text of each template by `<environment>/<stack>.json`, in order of creation.
    """
    stacks: dict[str, dict[str, Any]] = {}
    for path, text in rendered.items():
        stacks.setdefault(path.stem, {})[path.parent.name] = json.loads(text)
    sources = {value: name for name, stack in stacks.items() for value in _all(stack, "Outputs")}
    taken = {value: body for stack in stacks.values() for value, body in _all(stack, "Parameters").items()}
    nodes = [_deployment({value: body for value, body in taken.items() if value not in sources})]
    for name, stack in stacks.items():
        nodes.append(_node(name, stack, sources, taken, {node.name: node.layer for node in nodes}))
    return nodes


def _node(
    name: str, stack: Stack, sources: Mapping[str, str], taken: Mapping[str, Any], layers: Mapping[str, int]
) -> Node:
    order = list(layers)
    found = _grouped(stack, "Parameters", lambda value, _: sources.get(value, DEPLOYMENT))
    reads = tuple(sorted(found, key=lambda group: order.index(group.heading)))
    return Node(
        name=name,
        says=next(iter(stack.values()))["Description"].partition(": ")[2],
        layer=1 + max((layers[group.heading] for group in reads), default=-1),
        reads=reads,
        holds=_grouped(stack, "Resources", lambda _, body: str(body["Type"]).removeprefix("AWS::")),
        unread=tuple(
            _label(stack, "Outputs", value) for value in _all(stack, "Outputs") if value not in taken
        ),
    )


def _deployment(brought: Mapping[str, Any]) -> Node:
    holds = tuple(Group(name, tuple(body["Description"].split())) for name, body in sorted(brought.items()))
    return Node(DEPLOYMENT, "values that no stack puts out", -1, holds=holds)


def _grouped(stack: Stack, part: str, heading: Callable[[str, Any], str]) -> tuple[Group, ...]:
    groups = defaultdict(list)
    for name, body in _all(stack, part).items():
        groups[heading(name, body)].append(_label(stack, part, name))
    return tuple(Group(heading, tuple(names)) for heading, names in sorted(groups.items()))


def _all(stack: Stack, part: str) -> dict[str, Any]:
    """Return what any environment has in this part of its template."""
    found = {name: body for template in stack.values() for name, body in template.get(part, {}).items()}
    return dict(sorted(found.items()))


def _label(stack: Stack, part: str, name: str) -> str:
    having = [environment for environment, template in stack.items() if name in template.get(part, {})]
    return name if len(having) == len(stack) else f"{name} ({', '.join(having)})"
