"""Faults in alarms, dashboard and budget."""

from tests.cloudformation import alarm_rules, rules
from tests.cloudformation.faults import drop, faults, put

_QUERY = ("Metrics", 0, "MetricStat")
_DASHBOARD = ("Dashboard", "DashboardBody")

FAULTS = [
    *faults(
        "monitoring",
        alarm_rules.unpublished_metrics,
        {
            "metric misspelt": put("CPUUtilisation", "DatabaseCpu", *_QUERY, "Metric", "MetricName"),
            "dimension misspelt": put(
                "ClusterIdentifier", "DatabaseCpu", *_QUERY, "Metric", "Dimensions", 0, "Name"
            ),
            "namespace of another service": put("AWS/RDS", "DatabaseMemory", *_QUERY, "Metric", "Namespace"),
            "dimension lost": put([], "InsightsAge", *_QUERY, "Metric", "Dimensions"),
            "filter lost": put("Logins", "LoginFailuresFilter", "MetricTransformations", 0, "MetricName"),
        },
    ),
    *faults(
        "monitoring",
        alarm_rules.averaged_counts,
        {
            "average of a count": put("Average", "LoginFailures", *_QUERY, "Stat"),
            "no statistic": drop("ApiLatency", *_QUERY, "Stat"),
        },
    ),
    *faults(
        "monitoring",
        alarm_rules.silent_alarms,
        {
            "nobody told": drop("HoursFailed", "AlarmActions"),
            "nobody told that it is over": put([], "ServiceDown", "OKActions"),
        },
    ),
    *faults(
        "monitoring",
        alarm_rules.vague_alarms,
        {
            "missing data left open": drop("InsightsAge", "TreatMissingData"),
            "more datapoints than periods": put(6, "ApiLatency", "DatapointsToAlarm"),
            "no runbook": put("Help!", "Rejects", "AlarmDescription"),
        },
    ),
    *faults(
        "monitoring",
        alarm_rules.wrong_queries,
        {
            "two values": put(True, "ApiErrors", "Metrics", 1, "ReturnData"),
            "unknown series": put("100 * some / total", "ApiErrors", "Metrics", 0, "Expression"),
        },
    ),
    *faults(
        "monitoring",
        alarm_rules.broken_dashboards,
        {
            "dashboard no JSON": put({"Fn::Sub": '{"widgets": ['}, *_DASHBOARD),
            "dashboard empty": put({"Fn::Sub": '{"widgets": []}'}, *_DASHBOARD),
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
    *faults("monitoring", rules.tags_missing, {"budget untagged": drop("Budget", "ResourceTags")}),
    *faults("monitoring", rules.fixed_names, {"alarm named": put("cpu", "DatabaseCpu", "AlarmName")}),
]
