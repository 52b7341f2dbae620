"""Faults in the deletion of data, and in resources that belong together."""

from collections.abc import Callable
from typing import Any

from tests.cloudformation.faults.seeding import Damage, Fault, drop, forget, put, remove
from tests.cloudformation.rules import lake, state
from tests.cloudformation.rules.core import Json

_CLEAN_UP = ("LifecycleConfiguration", "Rules", 0)


def attribute(resource: str, name: str, value: Any) -> Damage:
    """Set an attribute of a resource outside of its properties, such as DeletionPolicy."""

    def damage(template: Json) -> None:
        template["Resources"][resource][name] = value

    return damage


def in_prod(damage: Callable[[Json], None]) -> Damage:
    """Change the environment of the template to prod, and then damage the template."""

    def both(template: Json) -> None:
        template["Description"] = template["Description"].replace("dev", "prod")
        damage(template)

    return both


FAULTS = [
    Fault("views", lake.mismatched_views, put("SELECT 1", "BusinessMetricsKpisView", "QueryString")),
    Fault("lake", state.wrong_deletion_policies, attribute("GoldBucket", "DeletionPolicy", "Retain")),
    Fault(
        "foundation", state.unreadable_snapshots, in_prod(attribute("StoreKey", "DeletionPolicy", "Delete"))
    ),
    Fault(
        "foundation", state.unrecoverable_secrets, in_prod(attribute("JwtSecret", "DeletionPolicy", "Delete"))
    ),
    Fault("foundation", state.missing_companions, remove("AlertTopicPolicy")),
    Fault("lake", state.expiring_data, put(30, "GoldBucket", *_CLEAN_UP, "ExpirationInDays")),
    Fault("data", state.too_few_instances, in_prod(lambda template: None)),
    Fault("data", state.unprotected_prod, in_prod(drop("Cluster", "DeletionProtection"))),
    Fault("network", state.missing_dependencies, forget("NatAddress1", "DependsOn")),
    Fault("lake", state.wrong_tags, put("todo-insights-prod", "LakeKey", "Tags", 0, "Value")),
    Fault(
        "data", state.invalid_capacity, put(32, "Cluster", "ServerlessV2ScalingConfiguration", "MinCapacity")
    ),
]
