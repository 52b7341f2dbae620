"""Faults in alarms, metrics and dashboards."""

import json
from collections.abc import Callable
from typing import Any

from tests.cloudformation.faults.seeding import Damage, faults, put
from tests.cloudformation.rules import watch as watch_rules
from tests.cloudformation.rules.core import Json

_METRIC = ("Metrics", 0, "MetricStat")


def dashboard(change: Callable[[Any], None]) -> Damage:
    """Change the JSON body of the dashboard."""

    def damage(template: Json) -> None:
        body = template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]
        content = json.loads(body["Fn::Sub"])
        change(content)
        body["Fn::Sub"] = json.dumps(content)

    return damage


def _search_elsewhere(body: Json) -> None:
    charts = [each["properties"] for each in body["widgets"] if each["type"] == "metric"]
    search = next(each["metrics"][0][0] for each in charts if "expression" in each["metrics"][0][0])
    search["expression"] = search["expression"].replace('Environment="', 'Environment="other-')


FAULTS = [
    *faults(
        "monitoring",
        watch_rules.wrong_statistics,
        {"average instead of maximum": put("Average", "OrphanFiles", *_METRIC, "Stat")},
    ),
    *faults(
        "monitoring",
        watch_rules.foreign_series,
        {
            "metric of another environment": put(
                "prod", "OrphanFiles", *_METRIC, "Metric", "Dimensions", 0, "Value"
            ),
            "search in another environment": dashboard(_search_elsewhere),
        },
    ),
    *faults(
        "monitoring",
        watch_rules.alarms_without_runbook,
        {
            "runbook section of another alarm": put(
                {"Fn::Sub": "Late. What to do: ${RepositoryUrl}docs/runbooks/alarms.md#api-health"},
                "InsightsAge",
                "AlarmDescription",
            )
        },
    ),
    *faults(
        "monitoring",
        watch_rules.wrong_alarm_names,
        {
            "value named after the stack": put(
                {"Fn::Sub": "${AWS::StackName}-cpu"}, "DatabaseCpu", "AlarmName"
            )
        },
    ),
    *faults(
        "monitoring",
        watch_rules.wrong_composites,
        {
            "composite of an unknown alarm": put({"Fn::Sub": 'ALARM("${Late}")'}, "DataLate", "AlarmRule"),
        },
    ),
    *faults(
        "monitoring",
        watch_rules.unreadable_charts,
        {
            "chart without region": dashboard(lambda body: body["widgets"][2]["properties"].pop("region")),
            "alarm missing on the dashboard": dashboard(
                lambda body: body["widgets"][1]["properties"]["alarms"].pop()
            ),
        },
    ),
]
