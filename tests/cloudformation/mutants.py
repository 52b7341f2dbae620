"""Every value, list and reference of a template, damaged in turn (`damages` says how)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.cloudformation.damages import GONE, REFERENCES, Others, damaged
from tests.cloudformation.rules import Json

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Mutant:
    """One damage of one template: what was done (`how`) to what lies under `path`."""

    path: Path
    how: str
    value: Any

    def __str__(self) -> str:
        return f"{'.'.join(map(str, self.path))} {self.how}"

    def damage(self, template: Json) -> Callable[[], None]:
        """Put the damaged value into its place; return what mends it."""
        place: Any = template
        for key in self.path[:-1]:
            place = place[key]
        key = self.path[-1]
        before = place[key]

        def mend() -> None:
            if self.value is GONE and isinstance(place, list):
                place.insert(int(key), before)
            else:
                place[key] = before

        if self.value is GONE:
            del place[key]
        else:
            place[key] = self.value
        return mend


def mutants(template: Json) -> Iterator[Mutant]:
    """Yield every mutant of a template: its resources, parameters, conditions and outputs."""
    others = Others(template)
    for name, resource in template["Resources"].items():
        yield Mutant(("Resources", name), "lost", GONE)
        for attribute in sorted(resource.keys() - {"Type", "Metadata"}):
            yield from _walk(("Resources", name, attribute), resource[attribute], others)
    yield from _additions(template)
    for section in ("Parameters", "Conditions", "Outputs"):
        for name, value in template.get(section, {}).items():
            yield from _walk((section, name), value, others)


def _additions(template: Json) -> Iterator[Mutant]:
    """Yield what stacks may not have: parameters that need no value, outputs that lock their stack."""
    for name, parameter in template.get("Parameters", {}).items():
        if "Default" not in parameter:
            yield Mutant(("Parameters", name), "given a default", {**parameter, "Default": ""})
    for name, output in template["Outputs"].items():
        yield Mutant(("Outputs", name), "exported", {**output, "Export": {"Name": name}})


def _walk(path: Path, node: Any, others: Others) -> Iterator[Mutant]:
    yield Mutant(path, "lost", GONE)
    yield from (Mutant(path, how, value) for how, value in damaged(path[-1], node, others) if value != node)
    # What lies within an expression is damaged with it, but for the two sides of a choice.
    if isinstance(node, dict) and not node.keys() & REFERENCES:
        for key, value in node.items():
            yield from _walk((*path, key), value, others)
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from _walk((*path, number), value, others)
    elif isinstance(node, dict) and "Fn::If" in node:
        for number in (1, 2):
            yield from _walk((*path, "Fn::If", number), node["Fn::If"][number], others)
