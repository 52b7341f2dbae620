"""Metrics of the API: requests add records to a recorder, and the server publishes the sums of the records.

A request only appends its record to a queue. The main loop of a worker process computes the sums, for
CloudWatch (module `embedded`) and for Prometheus (module `prometheus`).
"""

from webapp.metrics.publisher import MetricsPublisher
from webapp.metrics.recorder import MetricsRecorder

__all__ = ["MetricsPublisher", "MetricsRecorder"]
