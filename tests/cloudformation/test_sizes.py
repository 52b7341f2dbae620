"""The environments have what they must have, and addresses of their own."""

from ipaddress import ip_network
from itertools import combinations

import pytest

from cloudformation.settings import ENVIRONMENTS
from tests.cloudformation import size_design
from tests.cloudformation.rules import Json, of_type
from tests.cloudformation.size_rules import other_sizes


def test_tables_know_every_environment() -> None:
    assert {*size_design.ENVIRONMENTS} == {*size_design.NETWORKS} == {*ENVIRONMENTS}


def test_networks_of_environments_never_overlap() -> None:
    networks = [ip_network(addresses) for addresses in size_design.NETWORKS.values()]

    assert not [pair for pair in combinations(networks, 2) if pair[0].overlaps(pair[1])]


@pytest.mark.parametrize("stack", ["network"])
def test_addresses_of_the_other_environment_are_noticed(template: Json, environment: str) -> None:
    other = next(name for name in ENVIRONMENTS if name != environment)
    for vpc in of_type(template, "AWS::EC2::VPC").values():
        vpc["CidrBlock"] = size_design.NETWORKS[other]

    assert other_sizes(template)
