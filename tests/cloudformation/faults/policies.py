"""Faults in parameters, outputs, conditions and references."""

from tests.cloudformation.faults.seeding import Damage, Fault, put, remove
from tests.cloudformation.rules import wiring as wiring_rules
from tests.cloudformation.rules.core import Json


def top(section: str, name: str, **changes: object) -> Damage:
    """Change an output, a parameter or a condition."""

    def damage(template: Json) -> None:
        template[section].setdefault(name, {}).update(changes)

    return damage


def lose(section: str, name: str) -> Damage:
    """Delete an output, a parameter or a condition."""

    def damage(template: Json) -> None:
        del template[section][name]

    return damage


FAULTS = [
    Fault(
        "lake", wiring_rules.misnamed_outputs, top("Outputs", "GoldBucketName", Value={"Ref": "SilverBucket"})
    ),
    Fault("webapp", wiring_rules.wrong_parameters, top("Parameters", "PlatformArn", Default="arn")),
    Fault("webapp", wiring_rules.wrong_conditions, lose("Conditions", "Encrypted")),
    Fault("network", wiring_rules.broken_references, remove("Vpc")),
    Fault("lake", wiring_rules.hard_coded, put("123456789012", "Database", "CatalogId")),
]
