"""All templates obey the rules, and each rule detects its seeded faults."""

import pytest

from tests.cloudformation.faults import bank as fault_bank
from tests.cloudformation.faults.seeding import Fault
from tests.cloudformation.rules import core as rules
from tests.cloudformation.rules.core import Json

# CloudFormation's registry lists a property for tags of this type, but states that tags have no effect.
UNTAGGED = {"AWS::IAM::InstanceProfile"}


def test_template_keeps_every_rule(template: Json) -> None:
    found = {rule.__name__: rule(template) for rule in fault_bank.RULES}

    assert {name: findings for name, findings in found.items() if findings} == {}


@pytest.mark.parametrize(
    ("fault", "stack"),
    [
        pytest.param(fault, fault.stack, id=f"{fault.stack}-{fault.rule.__name__}")
        for fault in fault_bank.FAULTS
    ],
)
@pytest.mark.parametrize("environment", ["dev"])
def test_rule_notices_a_seeded_fault(fault: Fault, template: Json) -> None:
    fault.damage(template)

    assert fault.rule(template)


def test_every_rule_has_a_fault() -> None:
    assert {fault.rule for fault in fault_bank.FAULTS} == set(fault_bank.RULES)


def test_most_resources_carry_tags(templates: dict[str, Json]) -> None:
    """In CloudFormation's registry, only links between resources and parts of resources have no tags."""
    kinds = [each["Type"] for template in templates.values() for each in template["Resources"].values()]
    untagged = {kind for kind in kinds if rules.taggable(kind) is None}

    assert len([kind for kind in kinds if kind not in untagged]) > 60
    assert not {kind for kind in untagged if "Tags" in rules.registry(kind)["properties"]} - UNTAGGED
