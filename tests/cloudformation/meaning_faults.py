"""Faults in what alarms, charts and budgets mean."""

from typing import Any

from tests.cloudformation import meaning_rules
from tests.cloudformation.faults import Damage, faults, put
from tests.cloudformation.watch_faults import dashboard

_PERIOD = ("Metrics", 0, "MetricStat", "Period")
_LATE = 'ALARM("${InsightsAge}") AND ALARM("${HoursFailed}")'
_DOWN = '(ALARM("${ApiHealth}") OR ALARM("${ApiErrors}")) AND ALARM("${DatabaseErrors}")'


def chart(called: str, /, **change: Any) -> Damage:
    """Change what a chart of the dashboard is told."""

    def damage(body: Any) -> None:
        charts = [each["properties"] for each in body["widgets"]]
        next(each for each in charts if each["title"] == called).update(change)

    return dashboard(damage)


def hide(body: Any) -> None:
    """Hide the first line of the last chart."""
    body["widgets"][-1]["properties"]["metrics"][0][-1]["visible"] = False


FAULTS = [
    *faults(
        "monitoring",
        meaning_rules.untrue_descriptions,
        {
            "a number that is no state": put(21, "ApiHealth", "Threshold"),
            "a second and a half": put(1.5, "ApiLatency", "Threshold"),
            "twice the errors": put(2, "ApiErrors", "Threshold"),
        },
    ),
    *faults(
        "monitoring",
        meaning_rules.other_rhythms,
        {
            "five of five": put(5, "ApiLatency", "DatapointsToAlarm"),
            "a day's scans in an hour": put(3600, "AthenaScans", *_PERIOD),
            "once a day asked every two hours": put(7200, "OrphanFiles", *_PERIOD),
        },
    ),
    *faults(
        "monitoring",
        meaning_rules.shared_names,
        {"named like another": put({"Fn::Sub": "${DatabaseClusterId}-cpu"}, "DatabaseMemory", "AlarmName")},
    ),
    *faults(
        "monitoring",
        meaning_rules.untrue_composites,
        {
            "both causes asked for": put({"Fn::Sub": _LATE}, "DataLate", "AlarmRule"),
            "brackets moved": put({"Fn::Sub": _DOWN}, "ServiceDown", "AlarmRule"),
        },
    ),
    *faults(
        "monitoring",
        meaning_rules.untrue_charts,
        {
            "unit of another": chart("Latency, seconds", title="Latency, milliseconds"),
            "title of another": chart("Tasks", title="Users"),
            "period of another": chart("Hours", period=60),
            "axis cut off": chart("Database, percent", yAxis={"left": {"max": 10}}),
            "limit in milliseconds": chart("Latency, seconds", annotations={"horizontal": [{"value": 500}]}),
            "lines added up": chart("Tasks", stacked=True),
            "line hidden": dashboard(hide),
        },
    ),
    *faults(
        "monitoring",
        meaning_rules.stale_budgets,
        {
            "budget of another hash": put(
                {"Fn::Sub": "${AWS::StackName}-16749518"}, "Budget", "Budget", "BudgetName"
            )
        },
    ),
]
