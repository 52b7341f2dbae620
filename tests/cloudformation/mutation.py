"""`python -m tests.cloudformation.mutation [--lint]`: damages of the templates that no rule notices.

Every value of every template is damaged in turn (`mutants`). What survives all rules is either harmless, and
then in the list below with its reason, or a rule is missing. With --lint the linter is asked about the rest,
too: it takes seconds for each.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# The rules read the schemas of the pipeline.
sys.path.insert(0, str(Path(__file__).parents[2] / "dags"))

from cloudformation.settings import ENVIRONMENTS  # see above
from cloudformation.stacks import render
from tests.cloudformation.fault_bank import RULES
from tests.cloudformation.mutants import Mutant, mutants
from tests.cloudformation.rules import Json, Rule
from tests.cloudformation.wiring_rules import ENVIRONMENT_RULES

# What a mutant is told by: its type and what follows the logical name, then what was done.
HARMLESS: Mapping[str, str] = {
    r".*Description (lost|misspelt)": "a text for people",
    r"AWS::ElasticBeanstalk::Application Properties lost": "it holds a text for people alone",
    r"AWS::S3::Bucket .*Rules\.\d+\.Id (lost|misspelt)": "nobody looks for a rule by its name",
    r"AWS::IAM::Role .*PolicyName (lost|misspelt)": "a name; the linter knows that it must be there",
    r"AWS::CloudWatch::Alarm Properties\.AlarmName misspelt": "what matters is the name of the cluster in it",
    r"AWS::CloudWatch::Alarm .*Metrics\.\d+\.Id misspelt": "a name that nothing else in the alarm uses",
    r"AWS::SecretsManager::Secret .*SecretStringTemplate username misspelt": "any user will do",
    r"AWS::CloudWatch::Dashboard .* widgets\.\d+\.y too large": "a gap on the page",
    r".*BucketKeyEnabled (lost|turned round)": "the bucket of logs has no key that it could save calls to",
    r".* CloudWatchMetrics\.(Environment\.InstancesSevere|Instance) lost": "published, watched by nobody",
    r"AWS::DocDB::DBInstance (DeletionPolicy|UpdateReplacePolicy) lost": "Delete is the default",
    r"AWS::ElasticBeanstalk::ApplicationVersion DeletionPolicy lost": "Delete is the default",
    r"AWS::EC2::Route .*NatGatewayId NatGateway\d becomes NatGateway\d": "the third zone has none",
}


@dataclass(frozen=True)
class Survivor:
    """A mutant that no rule has noticed."""

    environment: str
    stack: str
    told: str
    mutant: Mutant
    template: Json = field(repr=False, compare=False)

    def __str__(self) -> str:
        return f"{self.environment} {self.stack} {self.mutant}: {self.told}"


@dataclass
class Tally:
    """How many mutants there were, and how many of them are harmless for which reason."""

    tried: int = 0
    harmless: Counter[str] = field(default_factory=Counter)


def survivors(tally: Tally, every: int = 1) -> Iterator[Survivor]:
    """Try every mutant, or each n-th one; yield those that no rule notices.

    What both environments have alike is damaged once.
    """
    done: set[tuple[str, str, str]] = set()
    environments: dict[str, dict[str, Json]] = {}
    for path, text in render(ENVIRONMENTS).items():
        environments.setdefault(path.parent.name, {})[path.stem] = json.loads(text)
    for environment, templates in environments.items():
        for stack, template in templates.items():
            hunt = _Hunt(template, {**templates})
            alike = {name: json.dumps(each) for name, each in template["Resources"].items()}
            for number, mutant in enumerate(mutants(json.loads(json.dumps(template)))):
                key = (stack, str(mutant), alike.get(str(mutant.path[1]), ""))
                if number % every or key in done:
                    continue
                done.add(key)
                tally.tried += 1
                told = tell(template, mutant)
                reason = next((pattern for pattern in HARMLESS if re.fullmatch(pattern, told)), None)
                if reason is not None:
                    tally.harmless[reason] += 1
                elif not hunt.notices(mutant, told):
                    yield Survivor(environment, stack, told, mutant, template)


def tell(template: Json, mutant: Mutant) -> str:
    """Return what a mutant is listed by: the type, the path below the logical name, and what was done."""
    section, name, *rest = mutant.path
    kind = template["Resources"][name]["Type"] if section == "Resources" else section
    told = f"{kind} {'.'.join(map(str, rest))} {mutant.how}"
    return told.replace("OptionSettings.", f"OptionSettings.{_option(template, mutant)}.", 1)


def _option(template: Json, mutant: Mutant) -> str:
    """The name of the option, since its number changes with every new one."""
    node: Any = template
    for key in mutant.path[:5]:
        node = node[key]
    return str(node.get("OptionName", "")) if isinstance(node, dict) else ""


@dataclass
class _Hunt:
    """All rules on one template, those first that have noticed something lately, or nearby."""

    template: Json
    templates: dict[str, Json]
    _order: list[Rule] = field(default_factory=lambda: [*RULES])
    _lucky: dict[str, Rule] = field(default_factory=dict)

    def notices(self, mutant: Mutant, told: str) -> bool:
        mend = mutant.damage(self.template)
        try:
            return self._by_rule(re.sub(r"\d+", "", told)) or any(
                rule(self.templates) for rule in ENVIRONMENT_RULES
            )
        finally:
            mend()

    def _by_rule(self, told: str) -> bool:
        first = self._lucky.get(told)
        for rule in [first, *self._order] if first else self._order:
            if _finds(rule, self.template):
                self._lucky[told] = rule
                self._order.remove(rule)
                self._order.insert(0, rule)
                return True
        return False


def _finds(rule: Callable[[Json], list[str]], template: Json) -> bool:
    """A rule that falls over a damage fails its test as well."""
    try:
        return bool(rule(template))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        return True


def main(arguments: list[str]) -> int:
    """Print what survives; returns how many there are, at most 1."""
    tally, found = Tally(), 0
    for survivor in survivors(tally):
        if "--lint" in arguments and _linted(survivor):
            continue
        found += 1
        sys.stdout.write(f"{survivor}\n")
    sys.stdout.write(f"{tally.tried} mutants, {tally.harmless.total()} of them harmless, {found} survive\n")
    return min(found, 1)


def _linted(survivor: Survivor) -> bool:
    from tests.cloudformation.test_lint import findings

    mend = survivor.mutant.damage(survivor.template)
    try:
        return bool(findings(json.dumps(survivor.template)))
    finally:
        mend()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
