"""Faults in the deletion of data, and in resources that belong together."""

from collections.abc import Callable
from typing import Any

from tests.cloudformation.faults.seeding import Damage, drop, faults, forget, put, remove
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
    *faults(
        "views",
        lake.foreign_views,
        {"outdated view": put("SELECT 1", "BusinessMetricsKpisView", "QueryString")},
    ),
    *faults(
        "lake",
        state.wrong_deletion_policies,
        {"bucket retained after deletion": attribute("GoldBucket", "DeletionPolicy", "Retain")},
    ),
    *faults(
        "foundation",
        state.unreadable_snapshots,
        {"snapshot without its key": in_prod(attribute("StoreKey", "DeletionPolicy", "Delete"))},
    ),
    *faults(
        "foundation",
        state.unrecoverable_secrets,
        {"signing key deleted at once": in_prod(attribute("JwtSecret", "DeletionPolicy", "Delete"))},
    ),
    *faults("foundation", state.missing_companions, {"topic without a policy": remove("AlertTopicPolicy")}),
    *faults(
        "lake", state.expiring_data, {"Gold expires": put(30, "GoldBucket", *_CLEAN_UP, "ExpirationInDays")}
    ),
    *faults("data", state.too_few_instances, {"prod with one instance": in_prod(lambda template: None)}),
    *faults(
        "data",
        state.unprotected_prod,
        {"prod without deletion protection": in_prod(drop("Cluster", "DeletionProtection"))},
    ),
    *faults(
        "network",
        state.missing_dependencies,
        {"address created before the gateway": forget("NatAddress1", "DependsOn")},
    ),
    *faults(
        "lake",
        state.wrong_tags,
        {"tag of another environment": put("todo-insights-prod", "LakeKey", "Tags", 0, "Value")},
    ),
    *faults(
        "data",
        state.unfit_capacity,
        {
            "minimum capacity above maximum": put(
                32, "Cluster", "ServerlessV2ScalingConfiguration", "MinCapacity"
            )
        },
    ),
]
