"""The median stays exact, although only the cycle times around it are kept."""

from random import Random
from statistics import median

from todo_insights.user_insights.parts import Part, empty_part
from todo_insights.user_insights.totals import KEPT, CycleTimes


def test_median_is_exact_with_few_cycle_times() -> None:
    """The updates are those of completions whose times grow, shrink, and are then taken back in any order."""
    chance = Random(1)
    growing = [*range(0, 9000, 9), *[5000] * 600, *range(9000, 0, -7)]
    taken_back = chance.sample(growing, len(growing))
    all_times: list[int] = []
    found, computed_again = CycleTimes.of([]), 0
    for seconds, is_added in [*((each, True) for each in growing), *((each, False) for each in taken_back)]:
        all_times.append(seconds) if is_added else all_times.remove(seconds)
        found.replace(*_parts_of_time(seconds, is_added))
        if not found.is_complete:
            found = CycleTimes.of([empty_part() | {"cycles": {"2026-11-20": all_times}}])
            computed_again += 1
        assert found.median_hours() == (median(all_times) / 3600 if all_times else None)
        assert len(found.values) <= 2 * KEPT
    assert 0 < computed_again < len(growing) / 100


def _parts_of_time(seconds: int, is_added: bool) -> list[Part]:
    parts = [empty_part(), empty_part() | {"cycles": {"2026-11-20": [seconds]}}]
    return parts if is_added else parts[::-1]
