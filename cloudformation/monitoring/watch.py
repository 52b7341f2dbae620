"""An alarm as a row of a table, and the table as alarms."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from troposphere import Ref, Sub, Template, cloudwatch

RUNBOOK = "docs/runbook.md"


@dataclass(frozen=True)
class Series:
    """A metric of CloudWatch, and which statistic of each period counts."""

    namespace: str
    name: str
    dimensions: Mapping[str, Any]
    statistic: str


@dataclass(frozen=True)
class Watch:
    """One alarm: it goes off when the value compares so with `threshold` in m of n periods (`datapoints`).

    `title` names the section of the runbook, `says` is what its mail begins with, `period` is in seconds,
    `missing` tells what no value means. With several series, `expression` makes one value of them.
    """

    title: str
    says: str
    series: Mapping[str, Series]
    threshold: float
    period: int
    comparison: str = "GreaterThanThreshold"
    datapoints: tuple[int, int] = (1, 1)
    missing: str = "notBreaching"
    expression: str = ""
    name: Sub | None = None


def add_alarm(template: Template, watch: Watch, topic: Ref) -> cloudwatch.Alarm:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-alarm.html"""
    named = {} if watch.name is None else {"AlarmName": watch.name}
    enough, of = watch.datapoints
    return template.add_resource(
        cloudwatch.Alarm(
            watch.title,
            AlarmDescription=_description(watch.title, watch.says),
            Metrics=_queries(watch),
            ComparisonOperator=watch.comparison,
            Threshold=watch.threshold,
            DatapointsToAlarm=enough,
            EvaluationPeriods=of,
            TreatMissingData=watch.missing,
            AlarmActions=[topic],
            OKActions=[topic],
            **named,
        )
    )


def add_composite(
    template: Template, title: str, says: str, rule: str, topic: Ref
) -> cloudwatch.CompositeAlarm:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-compositealarm.html

    `rule` names alarms of this template as ALARM(${Title}).
    """
    return template.add_resource(
        cloudwatch.CompositeAlarm(
            title,
            AlarmDescription=_description(title, says),
            AlarmRule=Sub(rule),
            AlarmActions=[topic],
            OKActions=[topic],
        )
    )


def _description(title: str, says: str) -> str:
    """The mail's first line and where to go on: ServiceDown has the heading service-down in the runbook."""
    anchor = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", title).lower()
    return f"{says} What to do: {RUNBOOK}#{anchor}"


def _queries(watch: Watch) -> list[cloudwatch.MetricDataQuery]:
    queries = [_query(watch, key, series) for key, series in watch.series.items()]
    if watch.expression:
        value = cloudwatch.MetricDataQuery(Id="value", Expression=watch.expression, ReturnData=True)
        return [value, *queries]
    return queries


def _query(watch: Watch, key: str, series: Series) -> cloudwatch.MetricDataQuery:
    dimensions = [
        cloudwatch.MetricDimension(Name=name, Value=value) for name, value in series.dimensions.items()
    ]
    return cloudwatch.MetricDataQuery(
        Id=key,
        ReturnData=not watch.expression,
        MetricStat=cloudwatch.MetricStat(
            Metric=cloudwatch.Metric(
                Namespace=series.namespace, MetricName=series.name, Dimensions=dimensions
            ),
            Period=watch.period,
            Stat=series.statistic,
        ),
    )
