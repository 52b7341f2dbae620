"""Faults in secrets: what they hold, and where they are sought."""

from typing import Any

from tests.cloudformation.faults.seeding import Damage, faults, forget, put
from tests.cloudformation.rules import secrets as secret_rules
from tests.cloudformation.rules.core import Json


def edit(old: str, new: str, resource: str, *path: str) -> Damage:
    """Replace a part of the text that is filled in under a path."""

    def damage(template: Json) -> None:
        place: Any = template["Resources"][resource]["Properties"]
        for key in path:
            place = place[key]
        place["Fn::Sub"] = place["Fn::Sub"].replace(old, new)

    return damage


FAULTS = [
    *faults("airflow", secret_rules.late_secrets, {"secrets too late": forget("Environment", "DependsOn")}),
    *faults(
        "foundation",
        secret_rules.shaped_keys,
        {
            "key made JSON of": put(
                {"ExcludePunctuation": True, "PasswordLength": 64, "SecretStringTemplate": "{}"},
                *("JwtSecret", "GenerateSecretString"),
            )
        },
    ),
]
