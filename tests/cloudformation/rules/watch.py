"""Rules for what is watched: alarms that go off in time, on the right values, and charts that show them."""

import json
import re
from itertools import combinations
from typing import Any

from tests.cloudformation.rules.alarm_catalogue import (
    ALARMS,
    CHARTED,
    COMPOSITES,
    FUNCTIONS,
    OWNERS,
    STATISTICS,
    WITH_REPLICAS,
    Watched,
)
from tests.cloudformation.rules.alarms import bodies, series
from tests.cloudformation.rules.core import Json, Rule, of_type
from tests.cloudformation.rules.wiring import environment_of
from tests.cloudformation.rules.writing import written

ALARM, COMPOSITE = "AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"
# How two series become a share that does not divide by nothing, and one becomes its growth in a day.
SHARE = re.compile(r"(?:IF\((\w+) > 0, )?100 \* (?P<part>\w+) / (?P<whole>\w+)(?:, 0\))?")
GROWTH = re.compile(r"86400 \* RATE\(\w+\)")
COLUMNS = 24


def lost_alarms(template: Json) -> list[str]:
    """Name alarms that are gone, or that nobody has designed."""
    alarms = of_type(template, ALARM)
    if not alarms:
        return []
    environment = environment_of(template)
    wanted = {name for name in ALARMS if WITH_REPLICAS.get(name, environment) == environment}
    return sorted(alarms.keys() ^ wanted) + sorted(of_type(template, COMPOSITE).keys() ^ COMPOSITES.keys())


def wrong_thresholds(template: Json) -> list[str]:
    """Name alarms whose threshold is of another size, compares the other way, or takes silence wrongly."""
    findings = []
    for name, alarm in of_type(template, ALARM).items():
        watched = ALARMS.get(name)
        if watched is None:
            continue
        low, high = watched.threshold
        if not low <= alarm.get("Threshold", -1) <= high:
            findings.append(f"{name} threshold {alarm.get('Threshold')}")
        if alarm.get("ComparisonOperator") != watched.comparison:
            findings.append(f"{name} {alarm.get('ComparisonOperator')}")
        if alarm.get("TreatMissingData") != ("breaching" if watched.silence else "notBreaching"):
            findings.append(f"{name} takes silence as {alarm.get('TreatMissingData')}")
    return findings


def late_alarms(template: Json) -> list[str]:
    """Name alarms that go off too late or too easily, or whose series are not of the same periods."""
    findings = []
    for name, alarm in of_type(template, ALARM).items():
        periods = {
            each["MetricStat"].get("Period", 0) for each in alarm.get("Metrics", []) if "MetricStat" in each
        }
        low, high = ALARMS[name].seconds if name in ALARMS else (0, 0)
        seconds = max(periods, default=0) * alarm.get("EvaluationPeriods", 0)
        if len(periods) != 1 or any(each % 60 for each in periods) or not low <= seconds <= high:
            findings.append(f"{name} looks at {seconds} seconds")
        if alarm.get("DatapointsToAlarm", 0) < 1:
            findings.append(f"{name} needs no datapoint")
    return findings


def other_metrics(template: Json) -> list[str]:
    """Name alarms that watch something else than they are there for, or put it into a wrong relation."""
    return [
        name
        for name, alarm in of_type(template, ALARM).items()
        if name in ALARMS and not _watches(alarm.get("Metrics", []), ALARMS[name])
    ]


def _watches(queries: list[Json], watched: Watched) -> bool:
    names = {
        each.get("Id"): each["MetricStat"].get("Metric", {}).get("MetricName")
        for each in queries
        if "MetricStat" in each
    }
    expressions = [each["Expression"] for each in queries if "Expression" in each]
    if sorted(map(str, names.values())) != sorted(watched.metrics) or len(expressions) > 1:
        return False
    if len(watched.metrics) == 1:
        return all(GROWTH.fullmatch(each) for each in expressions) and bool(expressions) == (
            watched.metrics == ("VolumeBytesUsed",)
        )
    found = SHARE.fullmatch(expressions[0]) if expressions else None
    if found is None or found[1] not in (None, found["whole"]):
        return False
    return (names.get(found["part"]), names.get(found["whole"])) == watched.metrics


def wrong_statistics(template: Json) -> list[str]:
    """Name series whose statistic says nothing about their metric."""
    return [
        f"{title}: {statistic} of {name}"
        for title, _, name, _, statistic in series(template)
        if statistic not in STATISTICS.get(name, set())
    ]


def foreign_series(template: Json) -> list[str]:
    """Name series of somebody else: another environment, another cluster, a query that failed."""
    environment = environment_of(template)
    findings = []
    for title, namespace, name, dimensions, _ in series(template):
        space = namespace.replace(f"/Api/{environment}", "/Api/ENVIRONMENT")
        owners = {
            key: value.replace("ENVIRONMENT", environment) for key, value in OWNERS.get(space, {}).items()
        }
        told = {key: written(value).strip("@${}") for key, value in dimensions.items()}
        if space == "AmazonMWAA":
            owners["Function"] = FUNCTIONS.get(name, "")
        if told != owners or space not in OWNERS:
            findings.append(f"{title}: {namespace} {name} of {told}")
    return findings


def unsaid_alarms(template: Json) -> list[str]:
    """Name alarms whose mail leads to the section of another one."""
    return [
        name
        for kind in (ALARM, COMPOSITE)
        for name, alarm in of_type(template, kind).items()
        if not re.fullmatch(
            rf".+\. What to do: docs/runbook\.md#{_anchor(name)}", alarm.get("AlarmDescription", "")
        )
    ]


def _anchor(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()


def other_clusters(template: Json) -> list[str]:
    """Name alarms of the database whose name does not begin with the cluster, under which they are sought."""
    return [
        name
        for name, alarm in of_type(template, ALARM).items()
        if "AWS/DocDB" in json.dumps(alarm)
        and not re.fullmatch(r"~\$\{DatabaseClusterId\}-[a-z-]+", written(alarm.get("AlarmName")))
    ]


def wrong_composites(template: Json) -> list[str]:
    """Name composite alarms that are no rule, or that leave out an alarm that they stand for."""
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
    """Name widgets that CloudWatch would refuse, that lie over each other, or that leave out what matters."""
    findings = []
    for name, body in bodies(template):
        widgets = body.get("widgets", [])
        findings += [
            f"{name} {each.get('properties', {}).get('title')}" for each in widgets if not _readable(each)
        ]
        if any(_overlap(a, b) for a, b in combinations(widgets, 2)):
            findings.append(f"{name} has widgets over each other")
        shown = {each[2] for each in series({"Resources": {name: template["Resources"][name]}})}
        listed = {alarm for each in widgets for alarm in each.get("properties", {}).get("alarms", [])}
        findings += [f"{name} does not show {metric}" for metric in sorted(CHARTED - shown)]
        if listed != {f"${{{alarm}.Arn}}" for alarm in of_type(template, ALARM)}:
            findings.append(f"{name} lists other alarms than there are")
    return findings


def _readable(widget: Json) -> bool:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html"""
    properties = widget.get("properties", {})
    placed = all(isinstance(widget.get(key), int) for key in ("x", "y", "width", "height"))
    if (
        not placed
        or widget["x"] + widget["width"] > COLUMNS
        or widget["width"] < 4
        or not 3 <= widget["height"] <= 20
    ):
        return False
    if widget.get("type") == "alarm":
        return bool(properties.get("title")) and bool(properties.get("alarms"))
    return (
        widget.get("type") == "metric"
        and bool(properties.get("title"))
        and properties.get("view") == "timeSeries"
        and properties.get("region") == "${AWS::Region}"
        and properties.get("period") in (60, 300, 3600, 86400)
    )


def _overlap(one: Any, other: Any) -> bool:
    try:
        return all(
            one[at] < other[at] + other[size] and other[at] < one[at] + one[size]
            for at, size in (("x", "width"), ("y", "height"))
        )
    except (KeyError, TypeError):
        return True


RULES: list[Rule] = [
    lost_alarms,
    wrong_thresholds,
    late_alarms,
    other_metrics,
    wrong_statistics,
    foreign_series,
    unsaid_alarms,
    other_clusters,
    wrong_composites,
    unreadable_charts,
]
