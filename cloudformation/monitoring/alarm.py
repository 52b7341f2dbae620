"""The definition of an alarm, and the CloudWatch resources for it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from troposphere import Ref, Sub, Template, cloudwatch

RUNBOOK = "docs/runbooks/alarms.md"
# The parameter with the URL of the repository's files, to which alarms link. If the parameter is empty, an
# alarm contains the path of the file instead of a link.
REPOSITORY = "RepositoryUrl"


@dataclass(frozen=True)
class Metric:
    """A CloudWatch metric with the statistic that an alarm or a chart computes for each period."""

    namespace: str
    name: str
    dimensions: Mapping[str, Any]
    statistic: str


@dataclass(frozen=True)
class Alarm:
    """An alarm, raised when the comparison with `threshold` is true in m of n periods (`datapoints`: m, n).

    `title` is the logical id of the alarm and the title of its section in the runbook. The email to operators
    begins with `description`. `period` is in seconds. `missing_data` specifies how CloudWatch treats a period
    without a value. If there are several metrics, `expression` computes the value, and refers to each metric
    by its key in `metrics`.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    """

    title: str
    description: str
    metrics: Mapping[str, Metric]
    threshold: float
    period: int
    comparison: str = "GreaterThanThreshold"
    datapoints: tuple[int, int] = (1, 1)
    missing_data: str = "notBreaching"
    expression: str = ""
    name: Sub | None = None


def add_alarm(template: Template, alarm: Alarm, topic: Ref) -> cloudwatch.Alarm:
    """Add a CloudWatch alarm that sends its messages to the topic.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-alarm.html
    """
    optional = {} if alarm.name is None else {"AlarmName": alarm.name}
    datapoints, periods = alarm.datapoints
    return template.add_resource(
        cloudwatch.Alarm(
            alarm.title,
            AlarmDescription=_link_runbook(alarm.title, alarm.description),
            Metrics=_queries(alarm),
            ComparisonOperator=alarm.comparison,
            Threshold=alarm.threshold,
            DatapointsToAlarm=datapoints,
            EvaluationPeriods=periods,
            TreatMissingData=alarm.missing_data,
            AlarmActions=[topic],
            OKActions=[topic],
            **optional,
        )
    )


def add_composite_alarm(
    template: Template, title: str, description: str, rule: str, topic: Ref
) -> cloudwatch.CompositeAlarm:
    """Add an alarm that is raised when a rule about other alarms is true.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-compositealarm.html

    `rule` refers to alarms of this template as ALARM("${Title}").
    """
    return template.add_resource(
        cloudwatch.CompositeAlarm(
            title,
            AlarmDescription=_link_runbook(title, description),
            AlarmRule=Sub(rule),
            AlarmActions=[topic],
            OKActions=[topic],
        )
    )


def _link_runbook(title: str, description: str) -> Sub:
    """Append the link to the runbook's section, such as #service-down for ServiceDown, to the description."""
    anchor = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", title).lower()
    return Sub(f"{description} What to do: ${{{REPOSITORY}}}{RUNBOOK}#{anchor}")


def _queries(alarm: Alarm) -> list[cloudwatch.MetricDataQuery]:
    queries = [_query(alarm, key, metric) for key, metric in alarm.metrics.items()]
    if alarm.expression:
        value = cloudwatch.MetricDataQuery(Id="value", Expression=alarm.expression, ReturnData=True)
        return [value, *queries]
    return queries


def _query(alarm: Alarm, key: str, metric: Metric) -> cloudwatch.MetricDataQuery:
    dimensions = [
        cloudwatch.MetricDimension(Name=name, Value=value) for name, value in metric.dimensions.items()
    ]
    return cloudwatch.MetricDataQuery(
        Id=key,
        ReturnData=not alarm.expression,
        MetricStat=cloudwatch.MetricStat(
            Metric=cloudwatch.Metric(
                Namespace=metric.namespace, MetricName=metric.name, Dimensions=dimensions
            ),
            Period=alarm.period,
            Stat=metric.statistic,
        ),
    )
