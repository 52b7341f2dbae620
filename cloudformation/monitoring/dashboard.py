"""The dashboard, with five rows: users, API, database, pipeline, and business with costs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from troposphere import Ref, Sub, Template, cloudwatch

from cloudformation.monitoring import api, database, pipeline
from cloudformation.monitoring.alarm import Metric
from cloudformation.settings import Settings

_COLUMNS, _PER_LINE, _HEIGHT = 24, 4, 6
_WIDTH = _COLUMNS // _PER_LINE
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
# The only region in which AWS publishes the charges of an account.
_BILLING_REGION = "us-east-1"


@dataclass(frozen=True)
class Chart:
    """A chart: its period in seconds, its metrics, and its objective, which is drawn as a horizontal line.

    `search` is a search expression. It finds metrics by a dimension whose values are not known in advance,
    such as Route.
    """

    title: str
    period: int
    metrics: Sequence[Metric] = ()
    search: str = ""
    objective: float | None = None
    region: str = "${AWS::Region}"


@dataclass(frozen=True)
class Row:
    """A heading and the row of charts below it."""

    heading: str
    charts: Sequence[Chart]
    alarms: Sequence[str] = field(default=())


def add_dashboard(template: Template, settings: Settings, alarms: Sequence[str]) -> cloudwatch.Dashboard:
    """Add the dashboard of an environment.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html

    `alarms` are the titles of all alarms, the most important first.
    """
    rows = [
        Row("Users", _users(settings), alarms),
        Row("API", _api(settings)),
        Row("Database", _database(settings)),
        Row("Pipeline", _pipeline(settings)),
        Row("Business and cost", _business(settings)),
    ]
    body = {"widgets": _widgets(rows)}
    return template.add_resource(
        cloudwatch.Dashboard("Dashboard", DashboardBody=Sub(json.dumps(body, sort_keys=True)))
    )


def _users(settings: Settings) -> list[Chart]:
    return [
        Chart(
            "Requests and errors",
            _MINUTE,
            [api.api_metric(settings, name) for name in ("Requests", "Errors4xx", "Errors5xx")],
        ),
        Chart(
            "Latency, milliseconds",
            _MINUTE,
            [api.api_metric(settings, "LatencyMs", statistic) for statistic in ("p50", "p95", "p99")],
            objective=500,
        ),
        Chart(
            "Health: 0 is OK, 20 degraded, 25 severe",
            _MINUTE,
            [api.beanstalk_metric("EnvironmentHealth", "Maximum")],
            objective=20,
        ),
    ]


def _api(settings: Settings) -> list[Chart]:
    def by_route(name: str, statistic: str) -> str:
        found = f'{{TodoApi/Api,Environment,Route}} MetricName="{name}" Environment="{settings.environment}"'
        return f"SEARCH('{found}', '{statistic}', {5 * _MINUTE})"

    return [
        Chart("Requests by route", 5 * _MINUTE, search=by_route("Requests", "Sum")),
        Chart("Latency by route, p99 in milliseconds", 5 * _MINUTE, search=by_route("LatencyMs", "p99")),
        Chart(
            "Rejected, and failed for the database",
            _MINUTE,
            [api.api_metric(settings, name) for name in ("LoginFailures", "RateLimited", "DatabaseErrors")],
        ),
        Chart(
            "Retries, conflicts and repairs of writes",
            _MINUTE,
            [
                api.api_metric(settings, name)
                for name in ("IdempotentReplays", "CommitConflicts", "RollForwards")
            ],
        ),
        Chart(
            "At the proxy",
            _MINUTE,
            [api.beanstalk_metric(f"ApplicationRequests{status}", "Sum") for status in ("2xx", "4xx", "5xx")],
        ),
    ]


def _database(settings: Settings) -> list[Chart]:
    lag = [database.cluster_metric("DBClusterReplicaLagMaximum", "Maximum")]
    charts = [
        Chart("CPU, percent", _MINUTE, [database.cluster_metric("CPUUtilization", "Average")], objective=80),
        Chart(
            "Connections",
            _MINUTE,
            [
                database.cluster_metric("DatabaseConnections", "Maximum"),
                database.cluster_metric("DatabaseConnectionsLimit", "Minimum"),
            ],
        ),
        Chart("Free memory, bytes", _MINUTE, [database.cluster_metric("FreeableMemory", "Minimum")]),
        Chart("Volume, bytes", _HOUR, [database.cluster_metric("VolumeBytesUsed", "Maximum")]),
    ]
    replicas = settings.database_instances > 1
    return [*charts, *([Chart("Replica lag, milliseconds", _MINUTE, lag)] if replicas else [])]


def _pipeline(settings: Settings) -> list[Chart]:
    def etl(name: str, statistic: str) -> Metric:
        return pipeline.etl_metric(settings, name, statistic)

    return [
        Chart(
            "Age of insights, minutes", _HOUR, [etl("LastPublishedHourAgeMinutes", "Maximum")], objective=15
        ),
        Chart("Lag behind the source, seconds", _HOUR, [etl("SourceLagSeconds", "Maximum")]),
        Chart("Changes", _HOUR, [etl(name, "Sum") for name in ("RowsExtracted", "RowsRejected")]),
        Chart("Hours", _HOUR, [etl(name, "Sum") for name in ("LateHours", "HoursFailed")]),
        Chart("Run, seconds", _HOUR, [etl("RunSeconds", "Maximum")]),
        Chart("Peak memory, MB", _HOUR, [etl("PeakMemoryMb", "Maximum")]),
        Chart(
            "Airflow",
            5 * _MINUTE,
            [
                pipeline.airflow_metric("SchedulerHeartbeat", "Scheduler", "Sum"),
                pipeline.airflow_metric("ImportErrors", "DAG Processing", "Maximum"),
            ],
        ),
        Chart("Files outside of partitions", _DAY, [etl("OrphanFiles", "Maximum")]),
    ]


def _business(settings: Settings) -> list[Chart]:
    def metrics(*names: str) -> list[Metric]:
        return [pipeline.business_metric(settings, name) for name in names]

    tasks = ("TotalTasks", "PendingTasks", "InProgressTasks", "CompletedTasks", "HighPriorityTasks")
    charges = Metric("AWS/Billing", "EstimatedCharges", {"Currency": "USD"}, "Maximum")
    return [
        Chart("Users", _HOUR, metrics("TotalUsers", "ActiveUsers")),
        Chart("Tasks", _HOUR, metrics(*tasks)),
        Chart("Tasks per user", _HOUR, metrics("AverageTasksPerUser")),
        Chart("Share completed, and completed on time", _HOUR, metrics("TaskCompletionRate", "OnTimeRate")),
        Chart("Cycle time, median hours", _HOUR, metrics("MedianCycleHours")),
        Chart(
            "Athena, bytes scanned per day",
            _DAY,
            [pipeline.athena_metric("ProcessedBytes", state, "Sum") for state in pipeline.QUERY_STATES],
            objective=settings.scan_alarm_bytes,
        ),
        Chart(
            "Charges of the account this month, US dollars",
            _DAY,
            [charges],
            objective=settings.monthly_budget,
            region=_BILLING_REGION,
        ),
    ]


def _widgets(rows: Sequence[Row]) -> list[Mapping[str, Any]]:
    """Return the widgets of all rows with their positions; a long row continues on the next line."""
    placed: list[Mapping[str, Any]] = []
    y = 0
    for row in rows:
        placed.append(
            _place({"type": "text", "properties": {"markdown": f"## {row.heading}"}}, 0, y, _COLUMNS, 1)
        )
        widgets = [*([_alarm_widget(row.alarms)] if row.alarms else []), *map(_chart, row.charts)]
        for number, widget in enumerate(widgets):
            line, column = divmod(number, _PER_LINE)
            placed.append(_place(widget, column * _WIDTH, y + 1 + line * _HEIGHT, _WIDTH, _HEIGHT))
        y += 1 + -(-len(widgets) // _PER_LINE) * _HEIGHT
    return placed


def _alarm_widget(titles: Sequence[str]) -> dict[str, Any]:
    arns = [f"${{{title}.Arn}}" for title in titles]
    return {"type": "alarm", "properties": {"title": "Alarms", "alarms": arns}}


def _chart(chart: Chart) -> dict[str, Any]:
    rows = [_metric_row(metric) for metric in chart.metrics]
    objective = {"horizontal": [{"label": "objective", "value": chart.objective}]}
    return {
        "type": "metric",
        "properties": {
            "title": chart.title,
            "view": "timeSeries",
            "region": chart.region,
            "period": chart.period,
            "metrics": rows or [[{"expression": chart.search}]],
            **({} if chart.objective is None else {"annotations": objective}),
        },
    }


def _metric_row(metric: Metric) -> list[Any]:
    pairs = [part for name, value in metric.dimensions.items() for part in (name, _to_text(value))]
    return [metric.namespace, metric.name, *pairs, {"stat": metric.statistic}]


def _to_text(value: Any) -> str:
    """Return a value of a template as text that can be used in `Fn::Sub`."""
    return f"${{{value.data['Ref']}}}" if isinstance(value, Ref) else str(value)


def _place(widget: dict[str, Any], x: int, y: int, width: int, height: int) -> dict[str, Any]:
    return {**widget, "x": x, "y": y, "width": width, "height": height}
