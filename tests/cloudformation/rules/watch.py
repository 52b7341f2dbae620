"""Rules for monitoring: alarms use the right metrics and link to the runbook; dashboards are complete."""

import json
import re
from itertools import combinations
from typing import Any

from tests.cloudformation.rules.alarm_catalogue import (
    CHARTED,
    COMPOSITES,
    FUNCTIONS,
    OWNERS,
    ROWS,
    STATISTICS,
)
from tests.cloudformation.rules.alarms import bodies, series
from tests.cloudformation.rules.core import Json, Rule, of_type
from tests.cloudformation.rules.wiring import environment_of
from tests.cloudformation.rules.writing import written

ALARM, COMPOSITE = "AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"
COLUMNS = 24
RUNBOOKS = "[docs/runbooks/README.md](${RepositoryUrl}docs/runbooks/README.md)"


def wrong_statistics(template: Json) -> list[str]:
    """List metrics of alarms and charts with a statistic that makes no sense for the metric."""
    return [
        f"{title}: {statistic} of {name}"
        for title, _, name, _, statistic in series(template)
        if statistic not in STATISTICS.get(name, set())
    ]


def metrics_of_other_resources(template: Json) -> list[str]:
    """List metrics of another environment or resource, and Athena metrics without a known query state."""
    environment = environment_of(template)
    findings = []
    for title, namespace, name, dimensions, _ in series(template):
        space = namespace
        owners = {
            key: value.replace("ENVIRONMENT", environment) for key, value in OWNERS.get(space, {}).items()
        }
        # A search expression has no value for the dimension by which it finds metrics.
        given = {key: written(value).strip("@${}") for key, value in dimensions.items() if value is not None}
        if space == "AmazonMWAA":
            owners["Function"] = FUNCTIONS.get(name, "")
        if space == "AWS/Athena" and given.pop("QueryState", "") not in ("SUCCEEDED", "CANCELED", "FAILED"):
            findings.append(f"{title}: the query state is missing or unknown")
        if given != owners or space not in OWNERS:
            findings.append(f"{title}: {namespace} {name} of {given}")
    return findings


def alarms_without_runbook(template: Json) -> list[str]:
    """List alarms whose description does not link to the alarm's own section of the runbook."""
    return [
        name
        for kind in (ALARM, COMPOSITE)
        for name, alarm in of_type(template, kind).items()
        if not re.fullmatch(
            rf".+\. What to do: \$\{{RepositoryUrl\}}docs/runbooks/alarms\.md#{_anchor(name)}",
            alarm.get("AlarmDescription", {}).get("Fn::Sub", ""),
        )
    ]


def _anchor(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()


def wrong_alarm_names(template: Json) -> list[str]:
    """List database alarms whose name does not begin with the cluster id, by which operators search."""
    return [
        name
        for name, alarm in of_type(template, ALARM).items()
        if "AWS/DocDB" in json.dumps(alarm)
        and not re.fullmatch(r"~\$\{DatabaseClusterId\}-[a-z-]+", written(alarm.get("AlarmName")))
    ]


def wrong_composites(template: Json) -> list[str]:
    """List composite alarms with an invalid rule, or with a rule about unexpected alarms."""
    findings = []
    for name, alarm in of_type(template, COMPOSITE).items():
        rule = alarm.get("AlarmRule", {}).get("Fn::Sub", "")
        skeleton = re.sub(r'ALARM\("\$\{(\w+)\}"\)', "x", rule)
        named = set(re.findall(r"\$\{(\w+)\}", rule))
        grammar = re.fullmatch(r"(x|\((x)( (AND|OR) x)*\))( (AND|OR) (x|\(x( (AND|OR) x)*\)))*", skeleton)
        if not grammar or named != COMPOSITES.get(name):
            findings.append(f"{name}: {rule}")
    return findings


def unreadable_charts(template: Json) -> list[str]:
    """List widgets that CloudWatch would refuse or that overlap; list missing metrics, alarms and rows."""
    findings = []
    for name, body in bodies(template):
        widgets = body.get("widgets", [])
        findings += [
            f"{name} {each.get('properties', {}).get('title')}" for each in widgets if not _readable(each)
        ]
        if any(_overlap(a, b) for a, b in combinations(widgets, 2)):
            findings.append(f"{name} has overlapping widgets")
        shown = {each[2] for each in series({"Resources": {name: template["Resources"][name]}})}
        listed = {alarm for each in widgets for alarm in each.get("properties", {}).get("alarms", [])}
        findings += [f"{name} does not show {metric}" for metric in sorted(CHARTED - shown)]
        all_alarms = [*of_type(template, ALARM), *of_type(template, COMPOSITE)]
        if listed != {f"${{{alarm}.Arn}}" for alarm in all_alarms}:
            findings.append(f"{name} does not list exactly the alarms of the template")
        headings = [each["properties"]["markdown"] for each in widgets if each.get("type") == "text"]
        if headings != [f"## {ROWS[0]} — {RUNBOOKS}", *(f"## {row}" for row in ROWS[1:])]:
            findings.append(f"{name} does not have the expected rows")
    return findings


def _readable(widget: Json) -> bool:
    """Return whether CloudWatch accepts the widget.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
    """
    properties = widget.get("properties", {})
    placed = all(isinstance(widget.get(key), int) for key in ("x", "y", "width", "height"))
    if (
        not placed
        or widget["x"] + widget["width"] > COLUMNS
        or widget["width"] < 4
        or not 1 <= widget["height"] <= 20
    ):
        return False
    if widget.get("type") == "text":
        return bool(properties.get("markdown"))
    if widget["height"] < 3:
        return False
    if widget.get("type") == "alarm":
        return bool(properties.get("title")) and bool(properties.get("alarms"))
    return (
        widget.get("type") == "metric"
        and bool(properties.get("title"))
        and properties.get("view") == "timeSeries"
        and properties.get("region") == _region(properties)
        and properties.get("period") in (60, 300, 3600, 86400)
    )


def _region(properties: Json) -> str:
    """Return the region whose metrics the chart shows: us-east-1 for charges, otherwise the stack's region.

    AWS publishes metrics of charges in us-east-1 only.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/monitor_estimated_charges_with_cloudwatch.html
    """
    billing = any(line[0] == "AWS/Billing" for line in properties.get("metrics", []))
    return "us-east-1" if billing else "${AWS::Region}"


def _overlap(one: Any, other: Any) -> bool:
    try:
        return all(
            one[at] < other[at] + other[size] and other[at] < one[at] + one[size]
            for at, size in (("x", "width"), ("y", "height"))
        )
    except (KeyError, TypeError):
        return True


RULES: list[Rule] = [
    wrong_statistics,
    metrics_of_other_resources,
    alarms_without_runbook,
    wrong_alarm_names,
    wrong_composites,
    unreadable_charts,
]
