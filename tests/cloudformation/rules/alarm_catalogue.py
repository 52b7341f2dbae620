"""What each alarm watches, and when it has to go off: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/.

Thresholds have the unit of their metric, which CloudWatch never checks: Beanstalk tells latency in seconds, a
DocumentDB replica its lag in milliseconds, memory is bytes.
"""

from collections.abc import Mapping
from dataclasses import dataclass

ABOVE, BELOW = "GreaterThanThreshold", "LessThanThreshold"
AT_LEAST = "GreaterThanOrEqualToThreshold"
MINUTE, HOUR, DAY = 60, 3600, 86400
MIB, GIB = 1024**2, 1024**3


@dataclass(frozen=True)
class Watched:
    """An alarm: its metrics, between which values its threshold lies, how soon it goes off (in seconds).

    With two metrics the first is seen as a share of the second, in percent. `silence` says that no news is
    bad news.
    """

    metrics: tuple[str, ...]
    threshold: tuple[float, float]
    seconds: tuple[int, int]
    comparison: str = ABOVE
    silence: bool = False


ALARMS: Mapping[str, Watched] = {
    "ApiErrors": Watched(("ApplicationRequests5xx", "ApplicationRequestsTotal"), (0.5, 5), (MINUTE, 900)),
    "ApiRefusals": Watched(("ApplicationRequests4xx", "ApplicationRequestsTotal"), (10, 50), (MINUTE, 900)),
    "ApiLatency": Watched(("ApplicationLatencyP99",), (0.2, 2), (300, 1800)),
    # 20 is degraded, 25 severe; anything lower is fine.
    "ApiHealth": Watched(("EnvironmentHealth",), (20, 25), (MINUTE, 600), AT_LEAST, silence=True),
    "LoginFailures": Watched(("LoginFailures",), (20, 500), (MINUTE, 900)),
    "DatabaseErrors": Watched(("DatabaseErrors",), (5, 50), (MINUTE, 900)),
    "DatabaseCpu": Watched(("CPUUtilization",), (60, 95), (300, 1800)),
    "DatabaseConnections": Watched(
        ("DatabaseConnections", "DatabaseConnectionsLimit"), (50, 95), (MINUTE, 900)
    ),
    "DatabaseMemory": Watched(("FreeableMemory",), (64 * MIB, GIB), (300, 1800), BELOW),
    "DatabaseGrowth": Watched(("VolumeBytesUsed",), (0.5 * GIB, 20 * GIB), (HOUR, DAY)),
    "DatabaseReplicaLag": Watched(("DBClusterReplicaLagMaximum",), (500, 5000), (300, 1800)),
    # An hour is late when the next one is due.
    "InsightsAge": Watched(("LastPublishedHourAgeMinutes",), (61, 180), (HOUR, 2 * HOUR), silence=True),
    "HoursFailed": Watched(("HoursFailed",), (1, 1), (HOUR, HOUR), AT_LEAST),
    "Rejects": Watched(("RowsRejected", "RowsExtracted"), (0.05, 0.5), (HOUR, HOUR)),
    "OrphanFiles": Watched(("OrphanFiles",), (0, 0), (HOUR, DAY)),
    "AirflowScheduler": Watched(("SchedulerHeartbeat",), (1, 5), (300, 1800), BELOW, silence=True),
    "DagImport": Watched(("ImportErrors",), (1, 1), (300, 1800), AT_LEAST),
    "AthenaScans": Watched(("ProcessedBytes",), (GIB, 1024 * GIB), (HOUR, DAY)),
}
# One instance has no replica that could lag.
WITH_REPLICAS = {"DatabaseReplicaLag": "prod"}
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
    "AWS/Athena": {"WorkGroup": "WorkgroupName", "QueryType": "DML", "QueryState": "SUCCEEDED"},
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
# What an environment costs in a month in dollars, as docs and design estimate it.
COSTS = {"dev": 350, "prod": 795}
