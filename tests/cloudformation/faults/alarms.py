"""Faults in alarms, dashboard and budget."""

from tests.cloudformation.faults.seeding import drop, faults, put
from tests.cloudformation.rules import alarms as alarm_rules

_QUERY = ("Metrics", 0, "MetricStat")
_DASHBOARD = ("Dashboard", "DashboardBody")

FAULTS = [
    *faults(
        "monitoring",
        alarm_rules.unpublished_metrics,
        {
            "misspelt metric": put("CPUUtilisation", "DatabaseCpu", *_QUERY, "Metric", "MetricName"),
        },
    ),
    *faults(
        "monitoring",
        alarm_rules.averaged_counts,
        {
            "average of a count": put("Average", "LoginFailures", *_QUERY, "Stat"),
        },
    ),
    *faults(
        "monitoring",
        alarm_rules.alarms_without_messages,
        {
            "alarm without actions": drop("HoursFailed", "AlarmActions"),
        },
    ),
    *faults(
        "monitoring",
        alarm_rules.incomplete_alarms,
        {
            "missing data not treated": drop("InsightsAge", "TreatMissingData"),
        },
    ),
    *faults(
        "monitoring",
        alarm_rules.wrong_queries,
        {
            "query with two values": put(True, "ApiErrors", "Metrics", 1, "ReturnData"),
        },
    ),
    *faults(
        "monitoring",
        alarm_rules.broken_dashboards,
        {
            "dashboard is not JSON": put({"Fn::Sub": '{"widgets": ['}, *_DASHBOARD),
        },
    ),
    *faults(
        "monitoring",
        alarm_rules.unnamed_budgets,
        {"literal budget name": put({"Fn::Sub": "${AWS::StackName}"}, "Budget", "Budget", "BudgetName")},
    ),
]
