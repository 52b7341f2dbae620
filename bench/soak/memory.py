"""The memory of gunicorn's workers over time: does it stay flat?"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from statistics import linear_regression

import psutil

MIB = 1024 * 1024
WINDOW_SECONDS = 5.0
WARM_UP_SECONDS = 120.0
# A trend over less than this says more about the moment than about the process.
SHORTEST_TREND_SECONDS = 180.0
MOST_PERCENT = 5.0
TREND_SECONDS = 600.0

Series = list[tuple[float, int]]


@dataclass(frozen=True)
class Trend:
    """The memory of one process in MiB; `percent` is its growth in 10 minutes, None if too short to tell."""

    pid: int
    start_mib: float
    end_mib: float
    percent: float | None

    @property
    def is_flat(self) -> bool:
        """False when it grows more than it may."""
        return self.percent is None or self.percent < MOST_PERCENT


@dataclass
class Memory:
    """The resident memory of each process: the least of each 5 s, in seconds and bytes.

    The least, because hashing a password takes 64 MiB for a moment and gives them back.
    """

    series: dict[int, dict[int, int]] = field(default_factory=dict)

    def sample(self, at: float, processes: Sequence[psutil.Process]) -> None:
        """Measure all processes; called several times in each window."""
        window = int(at // WINDOW_SECONDS)
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                rss, windows = process.memory_info().rss, self.series.setdefault(process.pid, {})
                windows[window] = min(rss, windows.get(window, rss))

    def trends(self) -> list[Trend]:
        """One trend for each process, after the warm-up if it lived that long."""
        return [
            trend(pid, [(window * WINDOW_SECONDS, rss) for window, rss in windows.items()])
            for pid, windows in self.series.items()
        ]


def trend(pid: int, series: Series) -> Trend:
    """Fit a line through the samples after the warm-up."""
    born = series[0][0]
    warm = [(at, rss) for at, rss in series if at - born >= WARM_UP_SECONDS]
    long_enough = bool(warm) and warm[-1][0] - warm[0][0] >= SHORTEST_TREND_SECONDS
    shown = warm if long_enough else series
    percent = None
    if long_enough:
        slope, intercept = linear_regression([at for at, _ in warm], [rss for _, rss in warm])
        percent = 100 * slope * TREND_SECONDS / (intercept + slope * warm[0][0])
    return Trend(pid, shown[0][1] / MIB, shown[-1][1] / MIB, percent)
