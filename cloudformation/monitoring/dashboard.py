"""The dashboard: one page from the requests of users to the figures of the business."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from troposphere import Ref, Sub, Template, cloudwatch

from cloudformation.monitoring import api, database, pipeline
from cloudformation.monitoring.watch import Series, Watch
from cloudformation.settings import Settings

_WIDTH, _HEIGHT, _PER_ROW = 8, 6, 3
_MINUTE, _HOUR = 60, 3600


def add_dashboard(template: Template, settings: Settings, watches: Sequence[Watch]) -> cloudwatch.Dashboard:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html"""
    charts = [_chart(title, period, series) for (title, period), series in _rows(settings).items()]
    widgets = [_alarms(watches), *charts]
    body = {"widgets": [_placed(number, widget) for number, widget in enumerate(widgets)]}
    return template.add_resource(
        cloudwatch.Dashboard("Dashboard", DashboardBody=Sub(json.dumps(body, sort_keys=True)))
    )


def _rows(settings: Settings) -> Mapping[tuple[str, int], list[Series]]:
    """Return what each chart shows, by its title and the seconds that one point stands for."""

    def of_pipeline(name: str, statistic: str) -> Series:
        return pipeline.etl(settings, name, statistic)

    return {
        ("Requests", _MINUTE): [
            api.beanstalk(f"ApplicationRequests{status}", "Sum") for status in ("2xx", "4xx", "5xx")
        ],
        ("Latency, seconds", _MINUTE): [api.beanstalk("ApplicationLatencyP99", "Average")],
        ("Refused", _MINUTE): [
            api.counted(settings, name) for name in ("LoginFailures", "RateLimited", "DatabaseErrors")
        ],
        ("Database, percent", _MINUTE): [database.cluster("CPUUtilization", "Average")],
        ("Connections", _MINUTE): [database.cluster("DatabaseConnections", "Maximum")],
        ("Age of insights, minutes", _HOUR): [of_pipeline("LastPublishedHourAgeMinutes", "Maximum")],
        ("Changes", _HOUR): [of_pipeline(name, "Sum") for name in ("RowsExtracted", "RowsRejected")],
        ("Hours", _HOUR): [of_pipeline(name, "Sum") for name in ("LateHours", "HoursFailed")],
        ("Run, seconds", _HOUR): [of_pipeline("RunSeconds", "Maximum")],
        ("Tasks", _HOUR): [
            pipeline.business(settings, name) for name in ("TotalTasks", "PendingTasks", "CompletedTasks")
        ],
        ("Users", _HOUR): [pipeline.business(settings, name) for name in ("TotalUsers", "ActiveUsers")],
    }


def _alarms(watches: Sequence[Watch]) -> dict[str, Any]:
    names = [f"${{{watch.title}.Arn}}" for watch in watches]
    return {"type": "alarm", "properties": {"title": "Alarms", "alarms": names}}


def _chart(title: str, period: int, series: Sequence[Series]) -> dict[str, Any]:
    return {
        "type": "metric",
        "properties": {
            "title": title,
            "view": "timeSeries",
            "region": "${AWS::Region}",
            "period": period,
            "metrics": [_line(each) for each in series],
        },
    }


def _line(series: Series) -> list[Any]:
    pairs = [part for name, value in series.dimensions.items() for part in (name, _written(value))]
    return [series.namespace, series.name, *pairs, {"stat": series.statistic}]


def _written(value: Any) -> str:
    """A value as text within `Fn::Sub`."""
    return f"${{{value.data['Ref']}}}" if isinstance(value, Ref) else str(value)


def _placed(number: int, widget: dict[str, Any]) -> dict[str, Any]:
    row, column = divmod(number, _PER_ROW)
    place = {"x": column * _WIDTH, "y": row * _HEIGHT, "width": _WIDTH, "height": _HEIGHT}
    return {**widget, **place}
