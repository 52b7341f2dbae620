"""Publishes the metrics that a process recorded; the main loop of the process calls `tick` regularly."""

import logging
import time
from collections.abc import Callable

from webapp.core.settings import Settings
from webapp.metrics.embedded import EmbeddedMetrics
from webapp.metrics.prometheus import PrometheusMetrics
from webapp.metrics.recorder import MetricsRecorder

logger = logging.getLogger(__name__)


class MetricsPublisher:
    """Publishes records to CloudWatch, to Prometheus, or to both, as the settings define.

    If the settings define neither, the records are discarded.
    """

    def __init__(
        self, recorder: MetricsRecorder, settings: Settings, clock: Callable[[], float] = time.time
    ) -> None:
        self._recorder = recorder
        self._clock = clock
        self._embedded = (
            EmbeddedMetrics(settings.metrics_file, settings.environment, clock())
            if settings.metrics_file
            else None
        )
        self._prometheus = PrometheusMetrics() if settings.prometheus else None
        self._failing = False

    def tick(self) -> None:
        """Pass the records since the last call to CloudWatch or Prometheus; called about once per second."""
        requests, events = self._recorder.take()
        if self._prometheus is not None:
            self._prometheus.add(requests, events)
        if self._embedded is not None:
            embedded = self._embedded
            self._write(lambda: embedded.add(requests, events, self._clock()))

    def close(self) -> None:
        """Publish the remaining records when the process ends."""
        self.tick()
        if self._embedded is not None:
            self._write(self._embedded.write)

    def _write(self, write: Callable[[], None]) -> None:
        """Call `write`; if it fails, such as on a full disk, log the error once and drop the metrics."""
        try:
            write()
        except OSError as error:
            if not self._failing:
                logger.error("metrics cannot be written: %s", error.strerror)
            self._failing = True
        else:
            self._failing = False
