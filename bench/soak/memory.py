"""Measures the memory of gunicorn's workers over time, and its growth."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from statistics import linear_regression

import psutil

MIB = 1024 * 1024
WINDOW_SECONDS = 5.0
WARM_UP_SECONDS = 120.0
# The minimum duration of a measurement in seconds: a shorter measurement shows random variation, not a trend.
MIN_TREND_SECONDS = 180.0
MAX_GROWTH_PERCENT = 5.0
TREND_SECONDS = 600.0

Series = list[tuple[float, int]]


@dataclass(frozen=True)
class Trend:
    """The memory of a process in MiB, and its growth in `percent` per 10 minutes.

    `percent` is None if the measurement was shorter than MIN_TREND_SECONDS.
    """

    pid: int
    start_mib: float
    end_mib: float
    percent: float | None

    @property
    def is_stable(self) -> bool:
        """Whether the growth is below MAX_GROWTH_PERCENT, or unknown."""
        return self.percent is None or self.percent < MAX_GROWTH_PERCENT


@dataclass
class Memory:
    """The resident memory of each process in bytes: the lowest of the samples in each window of 5 s.

    A higher sample may only be due to a login: hashing a password needs another 64 MiB for a moment.
    """

    series: dict[int, dict[int, int]] = field(default_factory=dict)

    def sample(self, at: float, processes: Sequence[psutil.Process]) -> None:
        """Measure all processes; call this method several times in each window."""
        window = int(at // WINDOW_SECONDS)
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                rss, windows = process.memory_info().rss, self.series.setdefault(process.pid, {})
                windows[window] = min(rss, windows.get(window, rss))

    def trends(self) -> list[Trend]:
        """Return the trend of each process; in a long measurement, the warm-up is left out."""
        return [
            trend(pid, [(window * WINDOW_SECONDS, rss) for window, rss in windows.items()])
            for pid, windows in self.series.items()
        ]


def trend(pid: int, series: Series) -> Trend:
    """Fit a line to the samples after the warm-up, and return the trend."""
    start = series[0][0]
    warm = [(at, rss) for at, rss in series if at - start >= WARM_UP_SECONDS]
    long_enough = bool(warm) and warm[-1][0] - warm[0][0] >= MIN_TREND_SECONDS
    reported = warm if long_enough else series
    percent = None
    if long_enough:
        slope, intercept = linear_regression([at for at, _ in warm], [rss for _, rss in warm])
        percent = 100 * slope * TREND_SECONDS / (intercept + slope * warm[0][0])
    return Trend(pid, reported[0][1] / MIB, reported[-1][1] / MIB, percent)
