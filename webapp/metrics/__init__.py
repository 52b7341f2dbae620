"""Metrics of the API: requests add to a recorder, and the server publishes the sums.

A request only appends to a list. The main loop of a worker computes the sums, for CloudWatch (`embedded`) and
for Prometheus (`prometheus`).
"""

from webapp.metrics.publisher import MetricsPublisher
from webapp.metrics.recorder import MetricsRecorder

__all__ = ["MetricsPublisher", "MetricsRecorder"]
