"""Memory is flat or it is not; a short or spiky series is no proof."""

import os

import psutil
import pytest

from bench.soak.memory import MIB, Memory, trend


def series(growth_per_second: float, seconds: int) -> list[tuple[float, int]]:
    return [(float(at), int(80 * MIB + at * growth_per_second)) for at in range(0, seconds, 5)]


@pytest.mark.parametrize(("mib_in_10_minutes", "flat"), [(0, True), (3, True), (6, False), (60, False)])
def test_growth_after_warm_up_is_judged(mib_in_10_minutes: int, flat: bool) -> None:
    assert trend(1, series(mib_in_10_minutes * MIB / 600, 600)).is_flat is flat


def test_growth_during_warm_up_is_forgiven() -> None:
    warming = [(float(at), (40 + at // 3) * MIB) for at in range(0, 120, 5)]
    flat = [(float(at), 80 * MIB) for at in range(120, 600, 5)]
    assert trend(1, warming + flat).percent == pytest.approx(0, abs=0.01)


def test_short_series_has_no_trend() -> None:
    found = trend(1, series(MIB, 200))
    assert (found.percent, found.is_flat) == (None, True)


def test_each_window_keeps_its_least() -> None:
    memory = Memory({os.getpid(): {0: 1}})
    memory.sample(4.9, [psutil.Process()])
    memory.sample(5.0, [psutil.Process()])
    windows = memory.series[os.getpid()]
    assert windows[0] == 1
    assert windows[1] > 1


def test_process_that_is_gone_is_skipped() -> None:
    gone = psutil.Popen(["true"])
    gone.wait()
    memory = Memory()
    memory.sample(0, [gone])
    assert memory.trends() == []
