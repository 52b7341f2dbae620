"""No damage of a template goes unnoticed, and the hunt for damages would tell if one did."""

import json

import pytest

from tests.cloudformation import mutation
from tests.cloudformation.design_rules import off_design
from tests.cloudformation.fault_bank import RULES
from tests.cloudformation.mutants import mutants
from tests.cloudformation.mutation import HARMLESS, Tally, survivors
from tests.cloudformation.rules import Json


def test_no_damage_goes_unnoticed() -> None:
    tally = Tally()

    assert [str(each) for each in survivors(tally)] == []
    assert tally.tried > 10_000
    assert tally.harmless.total() < tally.tried / 20
    # What is no longer needed would hide the next damage.
    assert tally.harmless.keys() == HARMLESS.keys()


def test_lost_rule_lets_damages_survive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutation, "RULES", [rule for rule in RULES if rule is not off_design])

    assert next(survivors(Tally(), every=40), None)


@pytest.mark.parametrize(("environment", "stack"), [("prod", "webapp"), ("dev", "monitoring")])
def test_damages_are_mended(template: Json) -> None:
    before = json.dumps(template, sort_keys=True)

    for mutant in [*mutants(json.loads(before))][::20]:
        mend = mutant.damage(template)
        damaged = json.dumps(template, sort_keys=True)
        mend()

        assert (damaged != before, json.dumps(template, sort_keys=True)) == (True, before), str(mutant)
