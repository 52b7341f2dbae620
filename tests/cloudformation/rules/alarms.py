"""Rules for alarms and dashboards. An alarm on a metric that is never published is never raised."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.cloudformation.rules.beanstalk_catalogue import ENVIRONMENT_METRICS
from tests.cloudformation.rules.core import Json, Rule, of_type

ETL = {
    *("LastPublishedHourAgeMinutes", "RowsExtracted", "RowsRejected", "LateHours", "HoursFailed"),
    *("RunSeconds", "PeakMemoryMb", "SourceLagSeconds", "OrphanFiles"),
}
BUSINESS = {
    *("TotalUsers", "ActiveUsers", "TotalTasks", "PendingTasks", "InProgressTasks", "CompletedTasks"),
    *("HighPriorityTasks", "TaskCompletionRate", "AverageTasksPerUser", "OnTimeRate", "MedianCycleHours"),
}
API = {
    *("Requests", "Errors4xx", "Errors5xx", "LoginFailures", "RateLimited", "DatabaseErrors"),
    *("IdempotentReplays", "CommitConflicts", "RollForwards", "LatencyMs"),
}
API_BY_ROUTE = {"Requests", "Errors5xx", "LatencyMs"}
DOCUMENTDB = {
    *("CPUUtilization", "FreeableMemory", "DatabaseConnections", "DatabaseConnectionsLimit"),
    *("DBClusterReplicaLagMaximum", "VolumeBytesUsed", "ReadLatency", "WriteLatency"),
}
# The names and dimensions of metrics by namespace, as the documentation of their publisher states them.
CATALOGUE: Mapping[str, Sequence[tuple[set[str], set[str]]]] = {
    # https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/health-enhanced-cloudwatch.html
    "AWS/ElasticBeanstalk": [(set(ENVIRONMENT_METRICS), {"EnvironmentName"})],
    # https://docs.aws.amazon.com/documentdb/latest/developerguide/cloud_watch.html
    "AWS/DocDB": [(DOCUMENTDB, {"DBClusterIdentifier"})],
    # https://docs.aws.amazon.com/athena/latest/ug/query-metrics-viewing.html
    "AWS/Lambda": [({"Errors", "Invocations", "Duration", "Throttles"}, {"FunctionName"})],
    "AWS/Athena": [({"ProcessedBytes", "TotalExecutionTime"}, {"WorkGroup", "QueryType", "QueryState"})],
    # https://docs.aws.amazon.com/mwaa/latest/userguide/access-metrics-cw.html
    "AmazonMWAA": [({"SchedulerHeartbeat", "ImportErrors"}, {"Function", "Environment"})],
    # https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/billing-metricscollected.html
    "AWS/Billing": [({"EstimatedCharges"}, {"Currency"})],
    "TodoApi/Api": [(API, {"Environment"}), (API_BY_ROUTE, {"Environment", "Route"})],
    "TodoApi/Etl": [(ETL, {"Environment"})],
    "TodoApi/Business": [(BUSINESS, {"Environment"})],
}
COUNTS = re.compile(
    r"ApplicationRequests|Errors|LoginFailures|DatabaseErrors|RateLimited|Rows|HoursFailed|LateHours"
)
SEARCH = re.compile(
    r"""SEARCH\('\{([\w/]+),([\w,]+)\} MetricName="(\w+)" Environment="([\w-]+)"', '(\w+)', \d+\)"""
)


def series(template: Json) -> Iterator[tuple[str, str, str, Any, str]]:
    """Yield each metric of an alarm or a dashboard.

    Each metric is a tuple: the name of the alarm or dashboard, the namespace, the metric name, the
    dimensions, and the statistic.
    """
    for title, alarm in of_type(template, "AWS::CloudWatch::Alarm").items():
        for query in alarm.get("Metrics", []):
            if "MetricStat" in query:
                metric, statistic = query["MetricStat"].get("Metric", {}), query["MetricStat"].get("Stat")
                named = {each.get("Name"): each.get("Value") for each in metric.get("Dimensions", [])}
                yield title, metric.get("Namespace", ""), metric.get("MetricName", ""), named, statistic
    for title, body in bodies(template):
        for widget in body.get("widgets", []):
            lines = widget.get("properties", {}).get("metrics", [])
            for line in lines:
                if not _is_calculated(line, lines):
                    yield title, *_charted(line)


def _is_calculated(line: list[Any], lines: list[list[Any]]) -> bool:
    """Return whether a line of a chart is computed from other lines, to which its expression refers by id."""
    drawn = line[0] if len(line) == 1 and isinstance(line[0], dict) else {}
    used = set(re.findall(r"\b[a-z]\w*", drawn.get("expression", "")))
    ids = {each[-1].get("id") for each in lines if each is not line and isinstance(each[-1], dict)}
    return bool(used) and "SEARCH" not in drawn["expression"] and used <= ids


def _charted(line: list[Any]) -> tuple[str, str, dict[Any, Any], str]:
    """Return namespace, name, dimensions and statistic of a metric in a chart; all empty if it is invalid."""
    if found := SEARCH.fullmatch(str(line[0].get("expression")) if isinstance(line[0], dict) else ""):
        namespace, names, name, environment, statistic = found.groups()
        return namespace, name, {**dict.fromkeys(names.split(",")), "Environment": environment}, statistic
    if len(line) < 3 or len(line) % 2 == 0 or not isinstance(line[-1], dict):
        return "", "", {}, ""
    namespace, name, *pairs, drawn = line
    return namespace, name, dict(zip(pairs[::2], pairs[1::2], strict=True)), drawn.get("stat", "")


def bodies(template: Json) -> Iterator[tuple[str, Json]]:
    """Yield the name and the content of each dashboard whose body is valid JSON."""
    for title, dashboard in of_type(template, "AWS::CloudWatch::Dashboard").items():
        try:
            yield title, json.loads(dashboard["DashboardBody"]["Fn::Sub"])
        except (ValueError, TypeError):
            continue


def unpublished_metrics(template: Json) -> list[str]:
    """List metrics that are never published, and metrics that are never published with their dimensions."""
    return [
        f"{title}: {namespace} {name} {sorted(dimensions)}"
        for title, namespace, name, dimensions, _ in series(template)
        if not any(
            name in names and dimensions.keys() == keys for names, keys in CATALOGUE.get(namespace, [])
        )
    ]


def averaged_counts(template: Json) -> list[str]:
    """List counts with a statistic other than the sum, and metrics without a statistic."""
    return [
        f"{title}: {statistic} of {name}"
        for title, _, name, _, statistic in series(template)
        if not statistic or (COUNTS.match(name) and statistic != "Sum")
    ]


def alarms_without_messages(template: Json) -> list[str]:
    """List alarms that do not send a message both when they are raised and when they end."""
    kinds = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")
    topic = [{"Ref": "AlertTopicArn"}]
    return [
        name
        for kind in kinds
        for name, alarm in of_type(template, kind).items()
        if alarm.get("AlarmActions") != topic or alarm.get("OKActions") != topic
    ]


def incomplete_alarms(template: Json) -> list[str]:
    """List alarms that omit a property for which CloudWatch would use a default."""
    needed = {"DatapointsToAlarm", "EvaluationPeriods", "Threshold", "ComparisonOperator", "TreatMissingData"}
    return [
        name
        for name, alarm in of_type(template, "AWS::CloudWatch::Alarm").items()
        if not needed <= alarm.keys() or alarm["DatapointsToAlarm"] > alarm["EvaluationPeriods"]
    ]


def wrong_queries(template: Json) -> list[str]:
    """List alarms that do not return the data of exactly one metric, or whose queries are incomplete."""
    findings = []
    for name, alarm in of_type(template, "AWS::CloudWatch::Alarm").items():
        queries = alarm.get("Metrics", [])
        said = all({"Id", "ReturnData"} <= query.keys() and _names_dimensions(query) for query in queries)
        known = {query.get("Id") for query in queries}
        used = {
            word
            for query in queries
            for word in re.findall(r"\b[a-z][A-Za-z0-9_]*", query.get("Expression", ""))
        }
        if not said or len([query for query in queries if query.get("ReturnData")]) != 1 or not used <= known:
            findings.append(name)
    return findings


def _names_dimensions(query: Json) -> bool:
    """Return whether a query names its dimensions; the list of dimensions may be empty."""
    return "MetricStat" not in query or "Dimensions" in query["MetricStat"].get("Metric", {})


def broken_dashboards(template: Json) -> list[str]:
    """List dashboards whose body is not valid JSON, or with two charts at the same place."""
    readable = dict(bodies(template))
    findings = [name for name in of_type(template, "AWS::CloudWatch::Dashboard") if name not in readable]
    for name, body in readable.items():
        places = [(widget["x"], widget["y"]) for widget in body.get("widgets", [])]
        if not places or len(set(places)) != len(places):
            findings.append(name)
    return findings


def unnamed_budgets(template: Json) -> list[str]:
    """List budgets without a hash at the end of the name, or with thresholds other than 80 % and 100 %.

    CloudFormation cannot update notifications. Therefore the name contains a hash of the notifications, and a
    change of them creates a new budget.
    """
    return [
        name
        for name, budget in of_type(template, "AWS::Budgets::Budget").items()
        if not re.fullmatch(
            r"\$\{AWS::StackName\}-[0-9a-f]{8}", str(budget["Budget"]["BudgetName"].get("Fn::Sub"))
        )
        or {each["Notification"]["Threshold"] for each in budget["NotificationsWithSubscribers"]} != {80, 100}
    ]


RULES: list[Rule] = [
    unpublished_metrics,
    averaged_counts,
    alarms_without_messages,
    incomplete_alarms,
    wrong_queries,
    broken_dashboards,
    unnamed_budgets,
]
