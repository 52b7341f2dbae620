"""The dashboard: alarms, requests, database, pipeline and product metrics on one page."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from troposphere import Ref, Sub, Template, cloudwatch

from cloudformation.monitoring import api, database, pipeline
from cloudformation.monitoring.alarm import Alarm, Metric
from cloudformation.settings import Settings

_WIDTH, _HEIGHT, _PER_ROW = 8, 6, 3
_MINUTE, _HOUR = 60, 3600


def add_dashboard(template: Template, settings: Settings, alarms: Sequence[Alarm]) -> cloudwatch.Dashboard:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html"""
    charts = [_chart(title, period, metrics) for (title, period), metrics in _charts(settings).items()]
    widgets = [_alarm_widget(alarms), *charts]
    body = {"widgets": [_with_position(number, widget) for number, widget in enumerate(widgets)]}
    return template.add_resource(
        cloudwatch.Dashboard("Dashboard", DashboardBody=Sub(json.dumps(body, sort_keys=True)))
    )


def _charts(settings: Settings) -> Mapping[tuple[str, int], list[Metric]]:
    """Return the metrics of each chart by its title and its period in seconds."""

    def etl(name: str, statistic: str) -> Metric:
        return pipeline.etl_metric(settings, name, statistic)

    return {
        ("Requests", _MINUTE): [
            api.beanstalk_metric(f"ApplicationRequests{status}", "Sum") for status in ("2xx", "4xx", "5xx")
        ],
        ("Latency, seconds", _MINUTE): [api.beanstalk_metric("ApplicationLatencyP99", "Average")],
        ("Refused", _MINUTE): [
            api.log_metric(settings, name) for name in ("LoginFailures", "RateLimited", "DatabaseErrors")
        ],
        ("Database, percent", _MINUTE): [database.cluster_metric("CPUUtilization", "Average")],
        ("Connections", _MINUTE): [database.cluster_metric("DatabaseConnections", "Maximum")],
        ("Age of insights, minutes", _HOUR): [etl("LastPublishedHourAgeMinutes", "Maximum")],
        ("Changes", _HOUR): [etl(name, "Sum") for name in ("RowsExtracted", "RowsRejected")],
        ("Hours", _HOUR): [etl(name, "Sum") for name in ("LateHours", "HoursFailed")],
        ("Run, seconds", _HOUR): [etl("RunSeconds", "Maximum")],
        ("Tasks", _HOUR): [
            pipeline.business_metric(settings, name)
            for name in ("TotalTasks", "PendingTasks", "CompletedTasks")
        ],
        ("Users", _HOUR): [
            pipeline.business_metric(settings, name) for name in ("TotalUsers", "ActiveUsers")
        ],
    }


def _alarm_widget(alarms: Sequence[Alarm]) -> dict[str, Any]:
    arns = [f"${{{alarm.title}.Arn}}" for alarm in alarms]
    return {"type": "alarm", "properties": {"title": "Alarms", "alarms": arns}}


def _chart(title: str, period: int, metrics: Sequence[Metric]) -> dict[str, Any]:
    return {
        "type": "metric",
        "properties": {
            "title": title,
            "view": "timeSeries",
            "region": "${AWS::Region}",
            "period": period,
            "metrics": [_metric_row(metric) for metric in metrics],
        },
    }


def _metric_row(metric: Metric) -> list[Any]:
    pairs = [part for name, value in metric.dimensions.items() for part in (name, _to_text(value))]
    return [metric.namespace, metric.name, *pairs, {"stat": metric.statistic}]


def _to_text(value: Any) -> str:
    """Return the value as text for use within `Fn::Sub`."""
    return f"${{{value.data['Ref']}}}" if isinstance(value, Ref) else str(value)


def _with_position(number: int, widget: dict[str, Any]) -> dict[str, Any]:
    row, column = divmod(number, _PER_ROW)
    position = {"x": column * _WIDTH, "y": row * _HEIGHT, "width": _WIDTH, "height": _HEIGHT}
    return {**widget, **position}
