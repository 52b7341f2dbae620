"""Faults in alarms, metrics and dashboards."""

import json
from collections.abc import Callable
from typing import Any

from tests.cloudformation.faults.seeding import Damage, Fault, put
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
    Fault("monitoring", watch_rules.wrong_statistics, put("Average", "OrphanFiles", *_METRIC, "Stat")),
    Fault(
        "monitoring",
        watch_rules.metrics_of_other_resources,
        put("prod", "OrphanFiles", *_METRIC, "Metric", "Dimensions", 0, "Value"),
    ),
    Fault("monitoring", watch_rules.metrics_of_other_resources, dashboard(_search_elsewhere)),
    Fault(
        "monitoring",
        watch_rules.alarms_without_runbook,
        put(
            {"Fn::Sub": "Late. What to do: ${RepositoryUrl}docs/runbooks/alarms.md#api-health"},
            "InsightsAge",
            "AlarmDescription",
        ),
    ),
    Fault(
        "monitoring",
        watch_rules.wrong_alarm_names,
        put({"Fn::Sub": "${AWS::StackName}-cpu"}, "DatabaseCpu", "AlarmName"),
    ),
    Fault(
        "monitoring",
        watch_rules.wrong_composites,
        put({"Fn::Sub": 'ALARM("${Late}")'}, "DataLate", "AlarmRule"),
    ),
    Fault(
        "monitoring",
        watch_rules.unreadable_charts,
        dashboard(lambda body: body["widgets"][2]["properties"].pop("region")),
    ),
    Fault(
        "monitoring",
        watch_rules.unreadable_charts,
        dashboard(lambda body: body["widgets"][1]["properties"]["alarms"].pop()),
    ),
]
