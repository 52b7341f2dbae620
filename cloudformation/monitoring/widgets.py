"""The widgets of a dashboard: charts, headings and the list of alarms, as CloudWatch expects them in JSON.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from troposphere import Ref

from cloudformation.monitoring.alarm import REPOSITORY, Metric

_COLUMNS, _PER_LINE, _HEIGHT = 24, 4, 6
_WIDTH = _COLUMNS // _PER_LINE
# The page on which operators find the runbook of a symptom or an alarm.
_RUNBOOKS = "docs/runbooks/README.md"


@dataclass(frozen=True)
class Chart:
    """A chart: its period in seconds, its metrics, and its objective, which is drawn as a horizontal line.

    `search` is a search expression. It finds metrics by a dimension whose values are not known in advance,
    such as Route. With `is_percentage`, the chart shows the first metric as a percentage of the second.
    """

    title: str
    period: int
    metrics: Sequence[Metric] = ()
    search: str = ""
    is_percentage: bool = False
    objective: float | None = None
    region: str = "${AWS::Region}"


@dataclass(frozen=True)
class Row:
    """A heading and the row of charts below it."""

    heading: str
    charts: Sequence[Chart]
    alarms: Sequence[str] = field(default=())


def widgets(rows: Sequence[Row]) -> list[Mapping[str, Any]]:
    """Return the widgets of all rows with their positions; a long row continues on the next line.

    The heading of the row with the alarms links to the runbooks.
    """
    placed: list[Mapping[str, Any]] = []
    y = 0
    for row in rows:
        link = f" — [{_RUNBOOKS}](${{{REPOSITORY}}}{_RUNBOOKS})" if row.alarms else ""
        heading = {"type": "text", "properties": {"markdown": f"## {row.heading}{link}"}}
        placed.append(_place(heading, 0, y, _COLUMNS, 1))
        found = [*([_alarm_widget(row.alarms)] if row.alarms else []), *map(_chart, row.charts)]
        for number, widget in enumerate(found):
            line, column = divmod(number, _PER_LINE)
            placed.append(_place(widget, column * _WIDTH, y + 1 + line * _HEIGHT, _WIDTH, _HEIGHT))
        y += 1 + -(-len(found) // _PER_LINE) * _HEIGHT
    return placed


def _alarm_widget(titles: Sequence[str]) -> dict[str, Any]:
    arns = [f"${{{title}.Arn}}" for title in titles]
    return {"type": "alarm", "properties": {"title": "Alarms", "alarms": arns}}


def _chart(chart: Chart) -> dict[str, Any]:
    objective = {"horizontal": [{"label": "objective", "value": chart.objective}]}
    return {
        "type": "metric",
        "properties": {
            "title": chart.title,
            "view": "timeSeries",
            "region": chart.region,
            "period": chart.period,
            "metrics": _metric_rows(chart),
            **({} if chart.objective is None else {"annotations": objective}),
        },
    }


def _metric_rows(chart: Chart) -> list[list[Any]]:
    """Return the list `metrics` of a chart; a percentage is computed from two metrics that are not drawn."""
    if chart.search:
        return [[{"expression": chart.search}]]
    if not chart.is_percentage:
        return [_metric_row(metric) for metric in chart.metrics]
    part, whole = chart.metrics
    return [
        _metric_row(part, id="part", visible=False),
        _metric_row(whole, id="whole", visible=False),
        [{"expression": "IF(whole > 0, 100 * part / whole, 0)", "label": "percent", "id": "percent"}],
    ]


def _metric_row(metric: Metric, **options: Any) -> list[Any]:
    pairs = [part for name, value in metric.dimensions.items() for part in (name, _to_text(value))]
    return [metric.namespace, metric.name, *pairs, {"stat": metric.statistic, **options}]


def _to_text(value: Any) -> str:
    """Return a value of a template as text that can be used in `Fn::Sub`."""
    return f"${{{value.data['Ref']}}}" if isinstance(value, Ref) else str(value)


def _place(widget: dict[str, Any], x: int, y: int, width: int, height: int) -> dict[str, Any]:
    return {**widget, "x": x, "y": y, "width": width, "height": height}
