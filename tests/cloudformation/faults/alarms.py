"""Faults in alarms, dashboard and budget."""

from tests.cloudformation.faults.seeding import Fault, drop, put
from tests.cloudformation.rules import alarms as alarm_rules

_QUERY = ("Metrics", 0, "MetricStat")
_DASHBOARD = ("Dashboard", "DashboardBody")

FAULTS = [
    Fault(
        "monitoring",
        alarm_rules.unpublished_metrics,
        put("CPUUtilisation", "DatabaseCpu", *_QUERY, "Metric", "MetricName"),
    ),
    Fault("monitoring", alarm_rules.averaged_counts, put("Average", "LoginFailures", *_QUERY, "Stat")),
    Fault("monitoring", alarm_rules.alarms_without_messages, drop("HoursFailed", "AlarmActions")),
    Fault("monitoring", alarm_rules.incomplete_alarms, drop("InsightsAge", "TreatMissingData")),
    Fault("monitoring", alarm_rules.wrong_queries, put(True, "ApiErrors", "Metrics", 1, "ReturnData")),
    Fault("monitoring", alarm_rules.broken_dashboards, put({"Fn::Sub": '{"widgets": ['}, *_DASHBOARD)),
    Fault(
        "monitoring",
        alarm_rules.unnamed_budgets,
        put({"Fn::Sub": "${AWS::StackName}"}, "Budget", "Budget", "BudgetName"),
    ),
]
