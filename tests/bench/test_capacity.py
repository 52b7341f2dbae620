"""The capacity model: more writes never cost less, and each part fails above its limit, but not below."""

import math
from itertools import pairwise

import pytest

from bench.capacity.__main__ import PAGE, main, render
from bench.capacity.model import SLICE, Figures, first_to_fail, needs
from todo_insights.core.settings import Settings

FIGURES = Figures.read()
LOADS = (0.1, 1, 10, 100, 1_000, 10_000, 100_000, 1_000_000)


def test_page_follows_from_the_data_files() -> None:
    assert PAGE.read_text() == render(FIGURES)


def test_more_writes_never_cost_less() -> None:
    costs = [{each.part: each.usd for each in needs(load, FIGURES)} for load in LOADS]
    assert all(fewer[part] <= more[part] for fewer, more in pairwise(costs) for part in fewer)


def test_part_fails_above_its_limit_and_not_below() -> None:
    failing = first_to_fail(1_000_000, FIGURES)
    assert failing is not None
    below, above = (first_to_fail(failing.limit * factor, FIGURES) for factor in (0.98, 1.02))
    assert below is None
    assert above is not None
    assert above.part == failing.part


def test_error_of_every_limit_says_what_to_change() -> None:
    assert all(each.change for each in needs(1, FIGURES) if math.isfinite(each.limit))


def test_slices_have_the_size_of_the_pipeline() -> None:
    assert Settings("", "", {}, "").max_changes_per_slice == SLICE
    (slices,) = [each for each in needs(SLICE / 3600, FIGURES) if each.part == "slices"]
    assert slices.needs.startswith("1 per hour")


@pytest.mark.parametrize("argument", ["", "many", "-1", "0", "nan", "1e9"])
def test_simulate_refuses_invalid_load(argument: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([argument]) == 2
    assert "make simulate WRITES=500" in capsys.readouterr().err
