"""Long tests with the mark `sampled`: `make test` runs a sample of their cases, `make sweeps` all cases."""

import os
from collections.abc import Sequence
from typing import TypeVar

Case = TypeVar("Case")
ALL_CASES = os.environ.get("ALL_CASES") == "1"


def sample(cases: Sequence[Case], count: int) -> list[Case]:
    """Return `count` cases at equal distances, with the first and the last; all cases if ALL_CASES=1."""
    if ALL_CASES or len(cases) <= count:
        return list(cases)
    last = len(cases) - 1
    return [cases[round(number * last / (count - 1))] for number in range(count)]


def examples(count: int, sampled: int) -> int:
    """Return how many examples Hypothesis generates: `sampled`, but `count` if ALL_CASES=1."""
    return count if ALL_CASES else sampled
