"""Faults in what is watched, shown and counted."""

import json
from collections.abc import Callable
from typing import Any

from tests.cloudformation import count_rules, watch_rules
from tests.cloudformation.faults import Damage, drop, faults, put, remove
from tests.cloudformation.rules import Json, of_type

_METRIC = ("Metrics", 0, "MetricStat")
_NOTIFICATION = ("Budget", "NotificationsWithSubscribers", 0)
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
        watch_rules.lost_alarms,
        {"alarm lost": remove("ApiHealth"), "composite lost": remove("ServiceDown")},
    ),
    *faults(
        "monitoring",
        watch_rules.wrong_thresholds,
        {
            "milliseconds for seconds": put(500, "ApiLatency", "Threshold"),
            "gigabytes for bytes": put(0.25, "DatabaseMemory", "Threshold"),
            "share for percent": put(0.01, "ApiErrors", "Threshold"),
            "comparison turned round": put("GreaterThanThreshold", "DatabaseMemory", "ComparisonOperator"),
            "silence is fine": put("notBreaching", "InsightsAge", "TreatMissingData"),
            "silence is a fault": put("breaching", "LoginFailures", "TreatMissingData"),
        },
    ),
    *faults(
        "monitoring",
        watch_rules.late_alarms,
        {
            "seconds for minutes": put(5, "ApiLatency", *_METRIC, "Period"),
            "told after a day": put(288, "DatabaseCpu", "EvaluationPeriods"),
            "periods that differ": put(60, "ApiErrors", "Metrics", 1, "MetricStat", "Period"),
        },
    ),
    *faults(
        "monitoring",
        watch_rules.other_metrics,
        {
            "another metric": put("ApplicationRequests4xx", "ApiLatency", *_METRIC, "Metric", "MetricName"),
            "share turned round": put(
                "IF(some > 0, 100 * requests / some, 0)", "ApiErrors", "Metrics", 0, "Expression"
            ),
            "divided by nothing": put("some / requests", "ApiErrors", "Metrics", 0, "Expression"),
        },
    ),
    *faults(
        "monitoring",
        watch_rules.wrong_statistics,
        {"average of the worst": put("Average", "InsightsAge", *_METRIC, "Stat")},
    ),
    *faults(
        "monitoring",
        watch_rules.foreign_series,
        {
            "another environment": put("prod", "InsightsAge", *_METRIC, "Metric", "Dimensions", 0, "Value"),
            "another cluster": put(
                {"Ref": "WorkgroupName"}, "DatabaseCpu", *_METRIC, "Metric", "Dimensions", 0, "Value"
            ),
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
            "brackets left open": put(
                {"Fn::Sub": '(ALARM("${InsightsAge}") OR ALARM("${HoursFailed}")'}, "DataLate", "AlarmRule"
            ),
        },
    ),
    *faults(
        "monitoring",
        watch_rules.unreadable_charts,
        {
            "chart of no region": dashboard(lambda body: body["widgets"][1]["properties"].pop("region")),
            "charts over each other": dashboard(lambda body: body["widgets"][1].update(x=1)),
            "chart beside the page": dashboard(lambda body: body["widgets"][1].update(x=20)),
            "period in minutes": dashboard(lambda body: body["widgets"][1]["properties"].update(period=5)),
            "chart lost": dashboard(lambda body: body["widgets"].pop(2)),
            "alarm not listed": dashboard(lambda body: body["widgets"][0]["properties"]["alarms"].pop()),
        },
    ),
]

_COUNTS = [
    *faults(
        "monitoring",
        count_rules.blind_filters,
        {
            "field that no line has": put("{ $.status = 500 }", "Errors5xxFilter", "FilterPattern"),
            "spacing of another writer": put('"\\"http_status\\":429"', "RateLimitedFilter", "FilterPattern"),
            "path of before": put('"POST /login" "401"', "LoginFailuresFilter", "FilterPattern"),
            "filter lost": remove("RequestsFilter"),
        },
    ),
    *faults(
        "monitoring",
        count_rules.refused_patterns,
        {
            "quotes in an expression": put(
                '%"http_status": 5[0-9][0-9]%', "Errors5xxFilter", "FilterPattern"
            ),
            "brackets in an expression": put(r"%:\s(4|5)[0-9]{2}%", "Errors5xxFilter", "FilterPattern"),
            "expression left open": put(r"%:\s5[0-9]{2}", "Errors5xxFilter", "FilterPattern"),
            "three expressions": put("%a% %b% %c%", "Errors5xxFilter", "FilterPattern"),
            "pattern without end": put("a" * 1025, "Errors5xxFilter", "FilterPattern"),
            "expressions throughout": expressions,
        },
    ),
    *faults(
        "monitoring",
        count_rules.wrong_counts,
        {
            "counted in tens": put("10", *_TRANSFORMATION, "MetricValue"),
            "counted elsewhere": put("TodoApi/Api/prod", *_TRANSFORMATION, "MetricNamespace"),
            "default of one": put(1, *_TRANSFORMATION, "DefaultValue"),
        },
    ),
    *faults(
        "monitoring",
        count_rules.idle_budgets,
        {
            "budget of a year": put("ANNUALLY", "Budget", "Budget", "TimeUnit"),
            "budget of ten": put(4000, "Budget", "Budget", "BudgetLimit", "Amount"),
            "budget of all": drop("Budget", "Budget", "CostFilters"),
            "nobody told": put([], *_NOTIFICATION, "Subscribers"),
            "dollars for percent": put("ABSOLUTE_VALUE", *_NOTIFICATION, "Notification", "ThresholdType"),
        },
    ),
    *faults("monitoring", count_rules.missing_budgets, {"budget lost": remove("Budget")}),
]

FAULTS = [*_ALARMS, *_COUNTS]
