"""Faults in what is watched, shown and counted."""

import json
from collections.abc import Callable
from typing import Any

from tests.cloudformation.faults.seeding import Damage, faults, put
from tests.cloudformation.rules import filters as count_rules
from tests.cloudformation.rules import watch as watch_rules
from tests.cloudformation.rules.core import Json, of_type

_METRIC = ("Metrics", 0, "MetricStat")
_TRANSFORMATION = ("LoginFailuresFilter", "MetricTransformations", 0)


def dashboard(change: Callable[[Any], None]) -> Damage:
    """Change the body of the dashboard."""

    def damage(template: Json) -> None:
        body = template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]
        content = json.loads(body["Fn::Sub"])
        change(content)
        body["Fn::Sub"] = json.dumps(content)

    return damage


def expressions(template: Json) -> None:
    """Give every filter a regular expression."""
    for each in of_type(template, count_rules.FILTER).values():
        each["FilterPattern"] = "%x%"


_ALARMS = [
    *faults(
        "monitoring",
        watch_rules.wrong_statistics,
        {"average of the worst": put("Average", "OrphanFiles", *_METRIC, "Stat")},
    ),
    *faults(
        "monitoring",
        watch_rules.foreign_series,
        {
            "another environment": put("prod", "OrphanFiles", *_METRIC, "Metric", "Dimensions", 0, "Value"),
        },
    ),
    *faults(
        "monitoring",
        watch_rules.unsaid_alarms,
        {
            "section of another": put(
                "Late. What to do: docs/runbook.md#api-health", "InsightsAge", "AlarmDescription"
            )
        },
    ),
    *faults(
        "monitoring",
        watch_rules.other_clusters,
        {"named after the stack": put({"Fn::Sub": "${AWS::StackName}-cpu"}, "DatabaseCpu", "AlarmName")},
    ),
    *faults(
        "monitoring",
        watch_rules.wrong_composites,
        {
            "alarm that is not there": put({"Fn::Sub": 'ALARM("${Late}")'}, "DataLate", "AlarmRule"),
        },
    ),
    *faults(
        "monitoring",
        watch_rules.unreadable_charts,
        {
            "chart of no region": dashboard(lambda body: body["widgets"][1]["properties"].pop("region")),
        },
    ),
]

_COUNTS = [
    *faults(
        "monitoring",
        count_rules.blind_filters,
        {
            "field that no line has": put("{ $.status = 500 }", "Errors5xxFilter", "FilterPattern"),
        },
    ),
    *faults(
        "monitoring",
        count_rules.refused_patterns,
        {
            "quotes in an expression": put(
                '%"http_status": 5[0-9][0-9]%', "Errors5xxFilter", "FilterPattern"
            ),
        },
    ),
    *faults(
        "monitoring",
        count_rules.wrong_counts,
        {
            "counted in tens": put("10", *_TRANSFORMATION, "MetricValue"),
        },
    ),
]

FAULTS = [*_ALARMS, *_COUNTS]
