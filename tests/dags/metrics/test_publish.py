"""Metrics are sent to CloudWatch with one call per namespace, or are written to the log as one line."""

import json
import logging
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

import pytest

from tests.aws import aws_at
from todo_insights.core.aws import Aws
from todo_insights.core.errors import MetricsError
from todo_insights.core.logs import JsonFormatter
from todo_insights.core.settings import Settings
from todo_insights.metrics.catalogue import BUSINESS, CATALOGUE, ETL, dimensions
from todo_insights.metrics.publish import Metric, publish
from tools.supervision.ports import LOOPBACK

# The metrics are sorted by name, so that the namespaces are mixed.
EVERYTHING = [Metric(name, number) for number, name in enumerate(sorted(CATALOGUE))] + [
    Metric(name, 0.5, "bronze_task_changes") for name, each in CATALOGUE.items() if each.by_table
]
# The time must be recent: CloudWatch stores values only for some months, and moto refuses times in the past.
NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def watched(settings: Settings) -> Settings:
    """Settings that send metrics to CloudWatch, with a dimension Environment for this test only."""
    return replace(settings, metrics="cloudwatch", environment=uuid4().hex)


@pytest.fixture
def calls(aws: Aws) -> Iterator[Counter[str]]:
    """The number of CloudWatch calls for each namespace since the start of the test."""
    seen: Counter[str] = Counter()

    def count(params: Any, **_: Any) -> None:
        seen[params["Namespace"]] += 1

    hooks, event = aws.client("cloudwatch").meta.events, "provide-client-params.cloudwatch.PutMetricData"
    hooks.register(event, count)
    yield seen
    hooks.unregister(event, count)


@pytest.fixture
def refusing() -> Iterator[Aws]:
    """A server that refuses every request, as AWS does if a role has no permissions."""

    class Refuse(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_error(HTTPStatus.FORBIDDEN)

        def log_message(self, *_: Any) -> None:
            """Log nothing."""

    with ThreadingHTTPServer((LOOPBACK, 0), Refuse) as server:
        threading.Thread(target=server.serve_forever).start()
        yield aws_at(f"http://{LOOPBACK}:{server.server_port}")
        server.shutdown()


def listed(aws: Aws, settings: Settings) -> dict[tuple[str, str], set[tuple[str, ...]]]:
    """Return the dimensions of this environment's metrics in CloudWatch, by namespace and metric name."""
    found: dict[tuple[str, str], set[tuple[str, ...]]] = {}
    environment = [{"Name": "Environment", "Value": settings.environment}]
    for page in aws.client("cloudwatch").get_paginator("list_metrics").paginate(Dimensions=environment):
        for each in page["Metrics"]:
            names = tuple(dimension["Name"] for dimension in each["Dimensions"])
            found.setdefault((each["Namespace"], each["MetricName"]), set()).add(names)
    return found


def statistics(aws: Aws, settings: Settings, metric: Metric) -> list[tuple[datetime, float, str]]:
    dimensions = {"Environment": settings.environment} | ({"Table": metric.table} if metric.table else {})
    answer = aws.client("cloudwatch").get_metric_statistics(
        Namespace=metric.namespace,
        MetricName=metric.name,
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
        StartTime=NOW - timedelta(minutes=5),
        EndTime=NOW + timedelta(minutes=5),
        Period=1,
        Statistics=["Sum"],
    )
    return [(each["Timestamp"], each["Sum"], each["Unit"]) for each in answer["Datapoints"]]


def test_each_namespace_is_one_call(watched: Settings, aws: Aws, calls: Counter[str]) -> None:
    publish(EVERYTHING, watched, aws, NOW)
    assert calls == {BUSINESS: 1, ETL: 1}


def test_cloudwatch_lists_the_whole_catalogue(watched: Settings, aws: Aws) -> None:
    publish(EVERYTHING, watched, aws, NOW)
    assert listed(aws, watched) == {
        (each.namespace, name): set(dimensions(each)) for name, each in CATALOGUE.items()
    }


def test_values_arrive_with_time_and_unit(watched: Settings, aws: Aws) -> None:
    publish(EVERYTHING, watched, aws, NOW)
    for metric in EVERYTHING:
        if metric.table or not CATALOGUE[metric.name].by_table:
            unit = CATALOGUE[metric.name].unit
            assert statistics(aws, watched, metric) == [(NOW, metric.value, unit)]


def test_no_metrics_cause_no_call(watched: Settings, aws: Aws, calls: Counter[str]) -> None:
    publish([], watched, aws, NOW)
    assert calls == {}


def test_refused_metrics_error_describes_the_state(watched: Settings, refusing: Aws) -> None:
    with pytest.raises(MetricsError, match=r"(?s)TodoApi/Business: .*403.*; the hours are published"):
        publish(EVERYTHING, watched, refusing, NOW)


def test_log_gets_one_line_of_metrics(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    publish(EVERYTHING, settings, None, NOW)
    (record,) = caplog.records
    line = json.loads(JsonFormatter().format(record))
    assert (line["message"], line["operation"]) == ("metrics", "publish_metrics")
    assert line["metadata"][BUSINESS]["TotalUsers"] == sorted(CATALOGUE).index("TotalUsers")
    assert line["metadata"][ETL]["RowsExtracted.bronze_task_changes"] == 0.5
    assert set(line["metadata"][BUSINESS]) | {name.split(".")[0] for name in line["metadata"][ETL]} == set(
        CATALOGUE
    )
