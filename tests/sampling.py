"""Long sweeps over kills and faults: `make test` runs a sample of them, and `make faults` runs all."""

import os
from collections.abc import Sequence
from typing import TypeVar

Point = TypeVar("Point")
COMPLETE = os.environ.get("ALL_FAULTS") == "1"


def sample(points: Sequence[Point], count: int) -> list[Point]:
    """Return `count` points at equal distances, with the first and the last; all points if ALL_FAULTS=1."""
    if COMPLETE or len(points) <= count:
        return list(points)
    last = len(points) - 1
    return [points[round(number * last / (count - 1))] for number in range(count)]
