"""What CloudWatch and our services publish: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/.

Thresholds have the unit of their metric, which CloudWatch never checks: Beanstalk tells latency in seconds, a
DocumentDB replica its lag in milliseconds, memory is bytes.
"""

from collections.abc import Mapping

COMPOSITES = {
    "ServiceDown": {"ApiHealth", "ApiErrors", "DatabaseErrors"},
    "DataLate": {"InsightsAge", "HoursFailed"},
}

# Which statistic of a metric means something: counts are summed, levels are at their worst or on average.
SUM, MOST, MEAN, LEAST = "Sum", "Maximum", "Average", "Minimum"
PERCENTILES = {"p50", "p95", "p99"}
STATISTICS: Mapping[str, set[str]] = {
    name: meaningful
    for names, meaningful in [
        ("ApplicationRequests2xx ApplicationRequests4xx ApplicationRequests5xx", {SUM}),
        ("ApplicationRequestsTotal LoginFailures RateLimited DatabaseErrors", {SUM}),
        ("Errors4xx Errors5xx IdempotentReplays CommitConflicts RollForwards", {SUM}),
        # Each process sends one value a minute, so their number says how many run.
        ("Requests", {SUM, "SampleCount"}),
        ("LatencyMs", PERCENTILES),
        ("RowsExtracted RowsRejected LateHours HoursFailed ProcessedBytes SchedulerHeartbeat", {SUM}),
        ("CPUUtilization", {MEAN, MOST}),
        ("EnvironmentHealth DatabaseConnections DBClusterReplicaLagMaximum VolumeBytesUsed", {MOST}),
        ("LastPublishedHourAgeMinutes SourceLagSeconds OrphanFiles RunSeconds PeakMemoryMb", {MOST}),
        ("ImportErrors EstimatedCharges", {MOST}),
        ("TotalTasks PendingTasks InProgressTasks CompletedTasks HighPriorityTasks", {MOST}),
        ("TotalUsers ActiveUsers TaskCompletionRate AverageTasksPerUser", {MOST}),
        ("OnTimeRate MedianCycleHours", {MOST}),
        ("FreeableMemory DatabaseConnectionsLimit", {LEAST}),
    ]
    for name in names.split()
}
# Whose metrics they are, by the name of the dimension; ENVIRONMENT is dev or prod.
OWNERS: Mapping[str, Mapping[str, str]] = {
    "AWS/ElasticBeanstalk": {"EnvironmentName": "ApiEnvironmentName"},
    "AWS/DocDB": {"DBClusterIdentifier": "DatabaseClusterId"},
    "AWS/Athena": {"WorkGroup": "WorkgroupName", "QueryType": "DML"},
    "AmazonMWAA": {"Environment": "AirflowName"},
    "TodoApi/Etl": {"Environment": "ENVIRONMENT"},
    "TodoApi/Business": {"Environment": "ENVIRONMENT"},
    "TodoApi/Api": {"Environment": "ENVIRONMENT"},
    "AWS/Billing": {"Currency": "USD"},
}
# Which part of Airflow publishes a metric.
FUNCTIONS = {"SchedulerHeartbeat": "Scheduler", "ImportErrors": "DAG Processing"}
CHARTED = {
    *("Requests", "Errors4xx", "Errors5xx", "LatencyMs", "EnvironmentHealth"),
    *("ApplicationRequests2xx", "ApplicationRequests4xx", "ApplicationRequests5xx"),
    *("LoginFailures", "RateLimited", "DatabaseErrors"),
    *("IdempotentReplays", "CommitConflicts", "RollForwards"),
    *("CPUUtilization", "DatabaseConnections", "FreeableMemory", "VolumeBytesUsed"),
    *("LastPublishedHourAgeMinutes", "RowsExtracted", "RowsRejected", "LateHours", "HoursFailed"),
    *("RunSeconds", "PeakMemoryMb", "SourceLagSeconds", "OrphanFiles"),
    *("SchedulerHeartbeat", "ImportErrors", "ProcessedBytes", "EstimatedCharges"),
    *("TotalUsers", "ActiveUsers", "TotalTasks", "PendingTasks", "InProgressTasks", "CompletedTasks"),
    *("HighPriorityTasks", "TaskCompletionRate", "AverageTasksPerUser", "OnTimeRate", "MedianCycleHours"),
}
ROWS = ["Users", "API", "Database", "Pipeline", "Business and cost"]
