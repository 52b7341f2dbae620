"""What alarms and charts say of themselves: the number in a text, its periods, the unit of a title."""

from collections.abc import Callable, Mapping

from tests.cloudformation.alarm_design import DAY, HOUR, MIB, MINUTE

FIVE = 5 * MINUTE
# The words of a description and the threshold that they stand for, in the unit of the metric.
SAID: Mapping[str, tuple[str, float]] = {
    "ApiErrors": ("More than 1 % of all requests", 1),
    "ApiRefusals": ("More than 20 % of all requests", 20),
    "ApiLatency": ("longer than half a second", 0.5),
    "ApiHealth": ("degraded (20) or severe (25)", 20),
    "DatabaseCpu": ("more than 80 % of the time", 80),
    "DatabaseConnections": ("More than 80 % of the connections", 80),
    "DatabaseMemory": ("less than 256 MiB", 256 * MIB),
    "DatabaseReplicaLag": ("more than a second behind", 1000),
    "InsightsAge": ("more than 90 minutes ago", 90),
    "HoursFailed": ("An hour could not be published", 1),
    "Rejects": ("More than one change in a thousand", 0.1),
    "DagImport": ("cannot load a DAG file", 1),
}
# How many datapoints, of how many periods, of how many seconds. A limit of a day takes a day, what is
# published once an hour takes an hour; a level may rise for a moment, a failure may not.
RHYTHMS: Mapping[str, tuple[int, int, int]] = {
    "ApiErrors": (1, 1, FIVE),
    "ApiRefusals": (1, 1, FIVE),
    "ApiLatency": (3, 5, FIVE),
    "ApiHealth": (3, 3, MINUTE),
    "LoginFailures": (1, 1, FIVE),
    "DatabaseErrors": (1, 1, FIVE),
    "DatabaseCpu": (3, 3, FIVE),
    "DatabaseConnections": (1, 1, FIVE),
    "DatabaseMemory": (3, 3, FIVE),
    "DatabaseGrowth": (1, 1, 6 * HOUR),
    "DatabaseReplicaLag": (3, 3, FIVE),
    "InsightsAge": (1, 1, 90 * MINUTE),
    "HoursFailed": (1, 1, HOUR),
    "Rejects": (1, 1, HOUR),
    "OrphanFiles": (1, 1, DAY),
    "AirflowScheduler": (3, 3, FIVE),
    "DagImport": (1, 1, FIVE),
    "AthenaScans": (1, 1, DAY),
}
# When a composite alarm goes off, by those that do.
MEANINGS: Mapping[str, Callable[[set[str]], bool]] = {
    # Errors alone may be those of one path; with a database that is away they are everybody's.
    "ServiceDown": lambda on: "ApiHealth" in on or {"ApiErrors", "DatabaseErrors"} <= on,
    "DataLate": lambda on: bool(on & {"InsightsAge", "HoursFailed"}),
}
# What a chart shows, by its title; counts have no unit.
CHARTS: Mapping[str, str] = {
    "Requests": "ApplicationRequests2xx ApplicationRequests4xx ApplicationRequests5xx",
    "Latency": "ApplicationLatencyP99",
    "Refused": "LoginFailures RateLimited DatabaseErrors",
    "Database": "CPUUtilization",
    "Connections": "DatabaseConnections",
    "Age of insights": "LastPublishedHourAgeMinutes",
    "Changes": "RowsExtracted RowsRejected",
    "Hours": "LateHours HoursFailed",
    "Run": "RunSeconds",
    "Tasks": "TotalTasks PendingTasks CompletedTasks",
    "Users": "TotalUsers ActiveUsers",
}
UNITS: Mapping[str, str] = {
    "ApplicationLatencyP99": "seconds",
    "CPUUtilization": "percent",
    "LastPublishedHourAgeMinutes": "minutes",
    "RunSeconds": "seconds",
}
# Every other namespace has a value in each minute.
HOURLY = {"TodoApi/Etl", "TodoApi/Business"}
