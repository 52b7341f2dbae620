"""Writes metrics for CloudWatch as lines of JSON to a file, in the embedded metric format.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from webapp.metrics.recorder import COUNTS, Request, Sums

NAMESPACE = "TodoApi/Api"
MINUTE = 60
# The maximum number of values of a metric in one line, as the embedded metric format of CloudWatch specifies.
MAX_VALUES = 100
_COUNT, _MILLISECONDS = "Count", "Milliseconds"
_TOTAL, _BY_ROUTE = ["Environment"], ["Environment", "Route"]


class EmbeddedMetrics:
    """Appends the sums of each minute to a file; the CloudWatch agent sends its lines to CloudWatch.

    The file is opened again for each minute, so that logrotate may replace it at any time. A process writes
    the lines of a minute with one write in append mode, so lines of several processes do not mix.
    """

    def __init__(self, path: Path, environment: str, now: float) -> None:
        self._path = path
        self._environment = environment
        self._minute = int(now // MINUTE)
        self._sums = Sums()

    def add(self, requests: list[Request], events: list[str], now: float) -> None:
        """Add records to the sums; if a minute has ended, write its sums first. `now` is a time in seconds.

        Raises OSError if the file cannot be written; the values of that minute are lost.
        """
        try:
            if int(now // MINUTE) != self._minute:
                self.write()
        finally:
            self._minute = int(now // MINUTE)
            self._sums.add(requests, events)

    def write(self) -> None:
        """Write the sums since the last call; raises OSError like `add`."""
        lines = "".join(json.dumps(line) + "\n" for line in self._lines())
        self._sums = Sums()
        with self._path.open("a") as file:
            file.write(lines)

    def _lines(self) -> Iterator[dict[str, Any]]:
        # Counts of zero are written too: if a minute has no line, the process did not run in this minute.
        counts = {name: self._sums.counts[name] for name in COUNTS}
        yield self._line({}, counts, [(_TOTAL, dict.fromkeys(COUNTS, _COUNT))])
        for route, durations in sorted(self._sums.durations.items()):
            for start in range(0, len(durations), MAX_VALUES):
                values = durations[start : start + MAX_VALUES]
                yield self._line(
                    {"Route": route},
                    {"LatencyMs": [round(value, 1) for value in values]},
                    [(_TOTAL, {"LatencyMs": _MILLISECONDS}), (_BY_ROUTE, {"LatencyMs": _MILLISECONDS})],
                )
        for route in sorted({route for route, _ in self._sums.requests}):
            counts = self._of_route(route)
            yield self._line({"Route": route}, counts, [(_BY_ROUTE, dict.fromkeys(counts, _COUNT))])

    def _of_route(self, route: str) -> dict[str, int]:
        """Return the counts of a route without error counts of zero, because each metric costs money."""
        of_route = {status: count for (name, status), count in self._sums.requests.items() if name == route}
        errors = sum(count for status, count in of_route.items() if status >= 500)
        return {"Requests": sum(of_route.values())} | ({"Errors5xx": errors} if errors else {})

    def _line(
        self, dimensions: dict[str, str], values: dict[str, Any], sets: list[tuple[list[str], dict[str, str]]]
    ) -> dict[str, Any]:
        directives = [
            {
                "Namespace": NAMESPACE,
                "Dimensions": [names],
                "Metrics": [{"Name": name, "Unit": unit} for name, unit in metrics.items()],
            }
            for names, metrics in sets
        ]
        return {
            "_aws": {"Timestamp": self._minute * MINUTE * 1000, "CloudWatchMetrics": directives},
            "Environment": self._environment,
            **dimensions,
            **values,
        }
