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
            "metric misspelt": put("CPUUtilisation", "DatabaseCpu", *_QUERY, "Metric", "MetricName"),
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
            "nobody told": drop("HoursFailed", "AlarmActions"),
        },
    ),
    *faults(
        "monitoring",
        alarm_rules.incomplete_alarms,
        {
            "missing data left open": drop("InsightsAge", "TreatMissingData"),
        },
    ),
    *faults(
        "monitoring",
        alarm_rules.wrong_queries,
        {
            "two values": put(True, "ApiErrors", "Metrics", 1, "ReturnData"),
        },
    ),
    *faults(
        "monitoring",
        alarm_rules.broken_dashboards,
        {
            "dashboard no JSON": put({"Fn::Sub": '{"widgets": ['}, *_DASHBOARD),
        },
    ),
    *faults(
        "monitoring",
        alarm_rules.unnamed_budgets,
        {
            "budget always called the same": put(
                {"Fn::Sub": "${AWS::StackName}"}, "Budget", "Budget", "BudgetName"
            )
        },
    ),
]
