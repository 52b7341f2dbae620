"""Builders of seeded faults: realistic errors in a template, each with the rule that must detect it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.cloudformation.rules.core import Json, Rule

Damage = Callable[[Json], None]


@dataclass(frozen=True)
class Fault:
    """A seeded fault: a change to the template of one stack that `rule` must detect."""

    stack: str
    rule: Rule
    damage: Damage


def put(value: Any, resource: str, *path: str | int) -> Damage:
    """Set the value at a path below the properties of a resource."""

    def damage(template: Json) -> None:
        place: Any = template["Resources"][resource]["Properties"]
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value

    return damage


def drop(resource: str, *path: str | int) -> Damage:
    """Delete the value at a path below the properties of a resource."""

    def damage(template: Json) -> None:
        place: Any = template["Resources"][resource]["Properties"]
        for key in path[:-1]:
            place = place[key]
        del place[path[-1]]

    return damage


def remove(resource: str) -> Damage:
    """Delete a resource from the template."""

    def damage(template: Json) -> None:
        del template["Resources"][resource]

    return damage


def forget(resource: str, attribute: str) -> Damage:
    """Delete an attribute of a resource outside of its properties, such as DependsOn."""

    def damage(template: Json) -> None:
        del template["Resources"][resource][attribute]

    return damage
