"""Metrics of the API: requests add records to a recorder, and the server publishes their sums.

A request only appends to a queue. The main loop of a worker process computes the sums, for CloudWatch
(`embedded`) and for Prometheus (`prometheus`).
"""

from webapp.metrics.publisher import MetricsPublisher
from webapp.metrics.recorder import MetricsRecorder

__all__ = ["MetricsPublisher", "MetricsRecorder"]
