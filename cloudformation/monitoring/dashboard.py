"""The dashboard, with five rows: users, API, database, pipeline, and business with costs."""

import json
from collections.abc import Sequence

from troposphere import Sub, Template, cloudwatch

from cloudformation.monitoring import api, database, pipeline
from cloudformation.monitoring.alarm import Metric
from cloudformation.monitoring.widgets import Chart, Row, widgets
from cloudformation.settings import Settings

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
# The only region in which AWS publishes the charges of an account.
_BILLING_REGION = "us-east-1"


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
    body = {"widgets": widgets(rows)}
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
            "Server errors, percent of requests",
            5 * _MINUTE,
            [api.beanstalk_metric(f"ApplicationRequests{each}", "Sum") for each in ("5xx", "Total")],
            is_percentage=True,
            # An availability of 99.9 %.
            objective=0.1,
        ),
        Chart(
            "Latency, milliseconds",
            _MINUTE,
            [api.api_metric(settings, "LatencyMs", statistic) for statistic in ("p50", "p95", "p99")],
            objective=500,
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
        Chart(
            "Health: 0 is OK, 20 degraded, 25 severe",
            _MINUTE,
            [api.beanstalk_metric("EnvironmentHealth", "Maximum")],
            objective=20,
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
        Chart(
            "Rejected changes, percent",
            _HOUR,
            [etl(name, "Sum") for name in ("RowsRejected", "RowsExtracted")],
            is_percentage=True,
            objective=0.1,
        ),
        Chart(
            "Late hours, failed hours, and files outside of partitions",
            _HOUR,
            [etl("LateHours", "Sum"), etl("HoursFailed", "Sum"), etl("OrphanFiles", "Maximum")],
        ),
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
