"""Faults in parameters, outputs, conditions and references."""

from tests.cloudformation.faults.seeding import Damage, faults, put, remove
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
    *faults(
        "lake",
        wiring_rules.misnamed_outputs,
        {
            "output of another bucket": top("Outputs", "GoldBucketName", Value={"Ref": "SilverBucket"}),
        },
    ),
    *faults(
        "webapp",
        wiring_rules.wrong_parameters,
        {
            "parameter with a default": top("Parameters", "PlatformArn", Default="arn"),
        },
    ),
    *faults(
        "webapp",
        wiring_rules.wrong_conditions,
        {
            "missing condition": lose("Conditions", "Encrypted"),
        },
    ),
    *faults("network", wiring_rules.broken_references, {"missing VPC": remove("Vpc")}),
    *faults(
        "lake",
        wiring_rules.hard_coded,
        {
            "literal account id": put("123456789012", "Database", "CatalogId"),
        },
    ),
]
