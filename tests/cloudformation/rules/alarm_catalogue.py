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
STATISTICS: Mapping[str, set[str]] = {
    name: meaningful
    for names, meaningful in [
        ("ApplicationRequests2xx ApplicationRequests4xx ApplicationRequests5xx", {SUM}),
        ("ApplicationRequestsTotal LoginFailures RateLimited DatabaseErrors", {SUM}),
        ("RowsExtracted RowsRejected LateHours HoursFailed ProcessedBytes SchedulerHeartbeat", {SUM}),
        ("ApplicationLatencyP99 CPUUtilization", {MEAN, MOST}),
        ("EnvironmentHealth DatabaseConnections DBClusterReplicaLagMaximum VolumeBytesUsed", {MOST}),
        ("LastPublishedHourAgeMinutes OrphanFiles RunSeconds ImportErrors", {MOST}),
        ("TotalTasks PendingTasks CompletedTasks TotalUsers ActiveUsers", {MOST}),
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
    "TodoApi/Api/ENVIRONMENT": {},
}
# Which part of Airflow publishes a metric.
FUNCTIONS = {"SchedulerHeartbeat": "Scheduler", "ImportErrors": "DAG Processing"}
CHARTED = {
    *("ApplicationRequests2xx", "ApplicationRequests4xx", "ApplicationRequests5xx", "ApplicationLatencyP99"),
    *("LoginFailures", "RateLimited", "DatabaseErrors", "CPUUtilization", "DatabaseConnections"),
    *("LastPublishedHourAgeMinutes", "RowsExtracted", "RowsRejected", "LateHours", "HoursFailed"),
    *("RunSeconds", "TotalTasks", "PendingTasks", "CompletedTasks", "TotalUsers", "ActiveUsers"),
}
