"""Publish metrics to CloudWatch, or to the log as one entry."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from ..core.aws import Aws
from ..core.errors import MetricsError
from ..core.logs import LogEntry
from ..core.settings import Settings
from .catalogue import CATALOGUE

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Metric:
    """The value of a metric of catalogue.py, for one table or for the whole pipeline."""

    name: str
    value: float
    table: str | None = None

    @property
    def namespace(self) -> str:
        """The namespace of the metric in CloudWatch."""
        return CATALOGUE[self.name].namespace


def publish(metrics: Sequence[Metric], settings: Settings, aws: Aws | None, now: datetime) -> None:
    """Send the metrics to CloudWatch, with one call for each namespace, or to the log.

    `now` is the timestamp of the values. The business metrics are sent first. If the call for the other
    metrics fails, the task sends all metrics again: a level may be sent twice without harm, but CloudWatch
    would add up the counts of a run. `aws` defaults to the identity of the environment. Raises MetricsError
    when CloudWatch fails in all retries of boto3.
    """
    if settings.metrics == "log":
        logger.info(LogEntry("metrics", "publish_metrics", metadata=_by_namespace(metrics)))
        return
    client = (aws or Aws(settings.aws_endpoints)).client("cloudwatch")
    for namespace, chosen in groupby(_sorted(metrics), lambda each: each.namespace):
        _put(client, namespace, [_datum(each, settings.environment, now) for each in chosen])


def _put(client: Any, namespace: str, data: list[dict[str, Any]]) -> None:
    # botocore is imported here, because it is slow to import, and metrics in the log do not need it.
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        client.put_metric_data(Namespace=namespace, MetricData=data)
    except (BotoCoreError, ClientError) as error:
        raise MetricsError(
            f"CloudWatch did not accept the metrics of {namespace}: {error}; "
            "the hours are published; clear this task when CloudWatch answers and the role has the "
            "permission PutMetricData"
        ) from error


def _datum(metric: Metric, environment: str, now: datetime) -> dict[str, Any]:
    dimensions = {"Environment": environment} | ({"Table": metric.table} if metric.table else {})
    return {
        "MetricName": metric.name,
        "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
        "Timestamp": now,
        "Value": float(metric.value),
        "Unit": CATALOGUE[metric.name].unit,
    }


def _sorted(metrics: Sequence[Metric]) -> list[Metric]:
    return sorted(metrics, key=lambda each: (each.namespace, each.name, each.table or ""))


def _by_namespace(metrics: Sequence[Metric]) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for each in _sorted(metrics):
        name = f"{each.name}.{each.table}" if each.table else each.name
        found.setdefault(each.namespace, {})[name] = each.value
    return found
