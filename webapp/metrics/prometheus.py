"""Metrics for Prometheus, from all processes of this machine: `GET /metrics`.

https://prometheus.github.io/client_python/multiprocess/
"""

from pathlib import Path
from typing import TYPE_CHECKING

from webapp.metrics.recorder import COUNTS, Request, counted_as

if TYPE_CHECKING:
    from flask import Flask

PATH = "/metrics"
# The upper limits of the histogram's buckets in seconds. The service objective is a 99th percentile of less
# than 0.5 s.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_NAMES = {
    name: "todo_" + "".join(f"_{each.lower()}" if each.isupper() else each for each in name).strip("_")
    for name in COUNTS
    if name not in ("Requests", "Errors4xx", "Errors5xx")
}


class PrometheusMetrics:
    """The metrics of this process; the library keeps them in a file in PROMETHEUS_MULTIPROC_DIR."""

    def __init__(self) -> None:
        # The library is imported here, because the import takes 30 ms, and only processes that publish to
        # Prometheus need the library.
        from prometheus_client import CollectorRegistry, Counter, Histogram

        registry = CollectorRegistry()
        self._requests = Counter(
            "todo_requests", "Requests by route and status.", ("route", "status"), registry=registry
        )
        self._seconds = Histogram(
            "todo_request_seconds", "Duration of requests.", ("route",), buckets=BUCKETS, registry=registry
        )
        self._counts = {
            name: Counter(metric, f"{name}; docs/metrics.md defines it.", registry=registry)
            for name, metric in _NAMES.items()
        }

    def add(self, requests: list[Request], events: list[str]) -> None:
        """Add these requests and events to the metrics."""
        for name in events:
            self._counts[name].inc()
        for request in requests:
            self._requests.labels(request.route, request.status).inc()
            if request.milliseconds is not None:
                self._seconds.labels(request.route).observe(request.milliseconds / 1000)
            for name in counted_as(request.route, request.status):
                if name in self._counts:
                    self._counts[name].inc()


def delete_values(folder: Path) -> None:
    """Delete the files with values of earlier processes; the server calls this when it starts."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.glob("*.db"):
        file.unlink()


def init_app(app: "Flask") -> None:
    """Serve the metrics of all processes of this machine at /metrics."""
    app.add_url_rule(PATH, "metrics", _show)


def _show() -> tuple[bytes, dict[str, str]]:
    from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest, multiprocess

    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library is partly typed
    return generate_latest(registry), {"Content-Type": CONTENT_TYPE_LATEST}
