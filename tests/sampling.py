"""Long tests with the mark `sampled`: `make test` runs a sample of the cases, `make sweeps` all cases."""

import os
from collections.abc import Sequence
from typing import TypeVar

Case = TypeVar("Case")
ALL_CASES = os.environ.get("ALL_CASES") == "1"


def sample(cases: Sequence[Case], count: int) -> list[Case]:
    """Return `count` evenly spaced cases, including the first and the last; all cases if ALL_CASES=1."""
    if ALL_CASES or len(cases) <= count:
        return list(cases)
    last = len(cases) - 1
    return [cases[round(number * last / (count - 1))] for number in range(count)]


def examples(count: int, sampled: int) -> int:
    """Return how many examples Hypothesis generates: `count` if ALL_CASES=1, otherwise `sampled`."""
    return count if ALL_CASES else sampled
