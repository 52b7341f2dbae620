"""Which zones a network lies in, among those of its region."""

import pytest

from cloudformation.account.zones import choose_zones
from cloudformation.errors import DeployError
from cloudformation.settings import Settings
from tests.aws import REGION
from tests.cloudformation.account_checks.answers import Json
from tests.cloudformation.account_checks.services import zones

A, B, C, D = (f"{REGION}{letter}" for letter in "abcd")


def test_zones_are_taken_by_their_names(dev: Settings, prod: Settings) -> None:
    assert choose_zones(zones("dcba"), dev) == [A, B]
    assert choose_zones(zones("dcba"), prod) == [A, B, C]


@pytest.mark.parametrize("kind", [0, 1], ids=["smaller", "larger"])
def test_zone_without_an_instance_type_is_passed_over(prod: Settings, kind: int) -> None:
    lacking = (B, prod.web_instance_types[kind])

    assert choose_zones(zones("abcd", lacking=lacking), prod) == [A, C, D]


@pytest.mark.parametrize(
    "odd",
    [{"ZoneType": "local-zone"}, {"State": "unavailable"}, {"OptInStatus": "not-opted-in"}],
    ids=["edge", "away", "not opted in"],
)
def test_zone_that_cannot_be_used_is_passed_over(dev: Settings, odd: Json) -> None:
    assert choose_zones(zones("cb", odd), dev) == [B, C]


def test_zones_that_were_chosen_stay(dev: Settings) -> None:
    assert choose_zones(zones("ab"), dev, [D, B]) == [D, B]


def test_network_that_grows_keeps_its_zones(prod: Settings) -> None:
    assert choose_zones(zones("abc"), prod, [D, B]) == [D, B, A]


def test_too_few_zones_are_told(prod: Settings) -> None:
    with pytest.raises(DeployError, match=r"2 of 3 zones offer t4g.small and t4g.medium here. Name another"):
        choose_zones(zones("ab"), prod)
