"""Rules for what differs between the environments: as much of everything as the one at hand must have."""

import re
from ipaddress import IPv4Network
from itertools import combinations

from tests.cloudformation.beanstalk_rules import options
from tests.cloudformation.rules import Json, Rule, of_type
from tests.cloudformation.size_design import COUNTS, ENVIRONMENTS, OPTIONS, SIZES
from tests.cloudformation.wiring_rules import environment_of
from tests.cloudformation.writing import strays


def _column(template: Json) -> int:
    """The column of an environment in the tables; whoever is called otherwise is in no table."""
    return ENVIRONMENTS.index(environment_of(template))


def other_sizes(template: Json) -> list[str]:
    """Name values that belong to another environment, or to none."""
    column = _column(template)
    return [
        finding
        for kind, pattern, path, *wanted in SIZES
        for name, properties in of_type(template, kind).items()
        if re.fullmatch(pattern or ".*", name)
        for finding in strays(name, properties, {path: wanted[column]})
    ]


def other_counts(template: Json) -> list[str]:
    """Name types of which a stack has more, or fewer, than its environment must have."""
    column, findings = _column(template), []
    for kind, wanted in COUNTS.items():
        count = len(of_type(template, kind))
        if count and count != wanted[column]:
            findings.append(f"{count} of {kind}")
    return findings


def other_instances(template: Json) -> list[str]:
    """Name options of Beanstalk that belong to another environment."""
    column = _column(template)
    return [
        finding
        for namespace, name, value in options(template)
        if (namespace, name) in OPTIONS
        for finding in strays(namespace, {name: value}, {name: OPTIONS[namespace, name][column]})
    ]


def stray_subnets(template: Json) -> list[str]:
    """Name subnets outside of their network, or over each other, which EC2 refuses only when it makes them.

    https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
    """
    ranges = [IPv4Network(vpc["CidrBlock"]) for vpc in of_type(template, "AWS::EC2::VPC").values()]
    subnets = {
        name: IPv4Network(each["CidrBlock"]) for name, each in of_type(template, "AWS::EC2::Subnet").items()
    }
    outside = [name for name, subnet in subnets.items() if not any(subnet.subnet_of(each) for each in ranges)]
    pairs = combinations(subnets.items(), 2)
    return outside + [f"{one} lies over {other}" for (one, a), (other, b) in pairs if a.overlaps(b)]


RULES: list[Rule] = [other_sizes, other_counts, other_instances, stray_subnets]
