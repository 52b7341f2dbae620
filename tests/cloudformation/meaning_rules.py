"""Rules for what alarms, charts and budgets mean: they do what their text says, and hide nothing."""

import ast
import hashlib
import json
import re
from collections import Counter
from itertools import chain, combinations

from tests.cloudformation.alarm_design import COMPOSITES, HOUR, MINUTE
from tests.cloudformation.alarm_rules import bodies
from tests.cloudformation.meaning_design import CHARTS, HOURLY, MEANINGS, RHYTHMS, SAID, UNITS
from tests.cloudformation.rules import Json, Rule, of_type
from tests.cloudformation.writing import written

ALARM, COMPOSITE = "AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"
# An axis, an annotation or a hidden line would tell another story than the metrics do.
DRAWN = {"metrics", "period", "region", "title", "view"}


def untrue_descriptions(template: Json) -> list[str]:
    """Name alarms whose threshold is another number than the one that their mail tells."""
    findings = []
    for name, alarm in of_type(template, ALARM).items():
        told, threshold = SAID.get(name, ("", alarm.get("Threshold")))
        if told not in alarm.get("AlarmDescription", "") or alarm.get("Threshold") != threshold:
            findings.append(name)
    return findings


def other_rhythms(template: Json) -> list[str]:
    """Name alarms that look at more, fewer or longer periods than their metric and their limit ask for."""
    findings = []
    for name, alarm in of_type(template, ALARM).items():
        points = (alarm.get("DatapointsToAlarm"), alarm.get("EvaluationPeriods"))
        periods = {each["MetricStat"].get("Period") for each in alarm["Metrics"] if "MetricStat" in each}
        if {(*points, period) for period in periods} != {RHYTHMS.get(name)}:
            findings.append(f"{name} {points} of {periods}")
    return findings


def shared_names(template: Json) -> list[str]:
    """Name alarms that are called like another, of which CloudWatch would keep one."""
    alarms = of_type(template, ALARM)
    told = Counter(written(each["AlarmName"]) for each in alarms.values() if "AlarmName" in each)
    return [name for name, each in alarms.items() if told[written(each.get("AlarmName"))] > 1]


def untrue_composites(template: Json) -> list[str]:
    """Name composite alarms that go off in another case than they are there for.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
    """
    findings = []
    for name, alarm in of_type(template, COMPOSITE).items():
        rule = alarm.get("AlarmRule", {}).get("Fn::Sub", "")
        text = (
            re.sub(r'ALARM\("\$\{(\w+)\}"\)', r"\1", rule).replace(" AND ", " and ").replace(" OR ", " or ")
        )
        causes = sorted(COMPOSITES.get(name, ()))
        cases = chain.from_iterable(combinations(causes, count) for count in range(len(causes) + 1))
        try:
            parsed = ast.parse(text, mode="eval").body
            untrue = any(_holds(parsed, {*case}) != MEANINGS[name]({*case}) for case in cases)
        except (SyntaxError, KeyError):
            untrue = True
        if untrue:
            findings.append(f"{name}: {rule}")
    return findings


def _holds(rule: ast.expr, on: set[str]) -> bool:
    match rule:
        case ast.BoolOp(op=ast.And(), values=parts):
            return all(_holds(part, on) for part in parts)
        case ast.BoolOp(values=parts):
            return any(_holds(part, on) for part in parts)
        case ast.Name(id=name):
            return name in on
    raise KeyError(ast.dump(rule))


def untrue_charts(template: Json) -> list[str]:
    """Name charts with other metrics or another unit than their title says, or drawn so that it misleads.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
    """
    return [
        str(widget["properties"].get("title"))
        for _, body in bodies(template)
        for widget in body.get("widgets", [])
        if not _true(widget["properties"])
    ]


def _true(chart: Json) -> bool:
    if "alarms" in chart:
        return chart.keys() == {"alarms", "title"} and chart["title"] == "Alarms"
    lines = chart.get("metrics", [])
    subject, _, unit = chart.get("title", "").partition(", ")
    names = [line[1] for line in lines]
    periods = {HOUR if line[0] in HOURLY else MINUTE for line in lines}
    return (
        chart.keys() == DRAWN
        and names == CHARTS.get(subject, "").split()
        and {UNITS.get(name, "") for name in names} == {unit}
        and periods == {chart["period"]}
        and all(line[-1].keys() == {"stat"} for line in lines)
    )


def stale_budgets(template: Json) -> list[str]:
    """Name budgets whose name is not that of their notifications, which can be set only once."""
    findings = []
    for name, budget in of_type(template, "AWS::Budgets::Budget").items():
        content = json.dumps(budget["NotificationsWithSubscribers"], sort_keys=True)
        digest = hashlib.sha256(content.encode()).hexdigest()[:8]
        if not written(budget["Budget"]["BudgetName"]).endswith(f"-{digest}"):
            findings.append(name)
    return findings


RULES: list[Rule] = [
    untrue_descriptions,
    other_rhythms,
    shared_names,
    untrue_composites,
    untrue_charts,
    stale_budgets,
]
