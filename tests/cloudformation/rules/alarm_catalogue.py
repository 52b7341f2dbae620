"""The metrics of CloudWatch and of our own services.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/

A threshold has the unit of its metric, which CloudWatch does not check. The latency of Beanstalk is in
seconds, the lag of a DocumentDB replica is in milliseconds, and memory is in bytes.
"""

from collections.abc import Mapping

COMPOSITES = {
    "ServiceDown": {"ApiHealth", "ApiErrors", "DatabaseErrors"},
    "DataLate": {"InsightsAge", "HoursFailed"},
}

# The statistics that are meaningful for a metric: the sum of counts; the maximum, minimum or mean of levels.
SUM, MOST, MEAN, LEAST = "Sum", "Maximum", "Average", "Minimum"
PERCENTILES = {"p50", "p95", "p99"}
STATISTICS: Mapping[str, set[str]] = {
    name: meaningful
    for names, meaningful in [
        ("ApplicationRequests2xx ApplicationRequests4xx ApplicationRequests5xx", {SUM}),
        ("ApplicationRequestsTotal LoginFailures RateLimited DatabaseErrors", {SUM}),
        ("Errors4xx Errors5xx IdempotentReplays CommitConflicts RollForwards", {SUM}),
        # Each process sends one value per minute, so the number of values is the number of running processes.
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
        ("Errors", {SUM}),
    ]
    for name in names.split()
}
# The expected value of each dimension by namespace: a literal, or the name of a parameter or resource.
# ENVIRONMENT stands for dev or prod.
OWNERS: Mapping[str, Mapping[str, str]] = {
    "AWS/ElasticBeanstalk": {"EnvironmentName": "ApiEnvironmentName"},
    "AWS/DocDB": {"DBClusterIdentifier": "DatabaseClusterId"},
    "AWS/Lambda": {"FunctionName": "RotationFunctionName"},
    "AWS/Athena": {"WorkGroup": "WorkgroupName", "QueryType": "DML"},
    "AmazonMWAA": {"Environment": "AirflowName"},
    "TodoApi/Etl": {"Environment": "ENVIRONMENT"},
    "TodoApi/Business": {"Environment": "ENVIRONMENT"},
    "TodoApi/Api": {"Environment": "ENVIRONMENT"},
    "AWS/Billing": {"Currency": "USD"},
}
# The component of Airflow that publishes each metric.
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
