"""Faults in the database, and in the hours at which AWS works on it."""

from tests.cloudformation import database_rules, rules, window_rules
from tests.cloudformation.faults import drop, faults, forget, put, remove

_EXPORTS = "EnableCloudwatchLogsExports"
_UPKEEP, _WEEKLY = "PreferredMaintenanceWindow", "WeeklyMaintenanceWindowStart"

FAULTS = [
    *faults("data", rules.tags_missing, {"cluster untagged": drop("Cluster", "Tags")}),
    *faults("data", rules.fixed_names, {"cluster named": put("todo", "Cluster", "DBClusterIdentifier")}),
    *faults("data", rules.plaintext_secrets, {"password told": put("1234", "Cluster", "MasterUserPassword")}),
    *faults("data", rules.lost_state, {"cluster destroyed": forget("Cluster", "UpdateReplacePolicy")}),
    *faults("data", rules.open_logs, {"logs for ever": drop("AuditLogGroup", "RetentionInDays")}),
    *faults(
        "data",
        database_rules.foreign_parameters,
        {
            "parameter misspelt": put("1", "ParameterGroup", "Parameters", "tsl"),
            "profiler too eager": put("10", "ParameterGroup", "Parameters", "profiler_threshold_ms"),
        },
    ),
    *faults(
        "data",
        database_rules.other_family,
        {
            "family of 5.0": put("docdb5.0", "ParameterGroup", "Family"),
            "engine of 5.0": put("5.0.0", "Cluster", "EngineVersion"),
        },
    ),
    *faults(
        "data",
        database_rules.weak_clusters,
        {
            "TLS off": put("disabled", "ParameterGroup", "Parameters", "tls"),
            "TLS left out": drop("ParameterGroup", "Parameters", "tls"),
            "audit off": put("disabled", "ParameterGroup", "Parameters", "audit_logs"),
            "storage in the clear": put(False, "Cluster", "StorageEncrypted"),
            "one day of backups": put(1, "Cluster", "BackupRetentionPeriod"),
            "a log not exported": put(["audit"], "Cluster", _EXPORTS),
        },
    ),
    *faults("data", database_rules.unprepared_logs, {"log group unprepared": remove("ProfilerLogGroup")}),
    *faults(
        "data",
        database_rules.unfit_instances,
        {"growth untold": drop("Cluster", "ServerlessV2ScalingConfiguration")},
    ),
    *faults(
        "data",
        window_rules.wrong_windows,
        {
            "backup of ten minutes": put("02:00-02:10", "Cluster", "PreferredBackupWindow"),
            "window that runs backwards": put("sun:23:45-sun:00:15", "Cluster", _UPKEEP),
            "upkeep in daytime": put("sun:12:00-sun:13:00", "Cluster", _UPKEEP),
        },
    ),
    *faults(
        "data",
        window_rules.meeting_windows,
        {
            "upkeep during the backup": put("sun:02:30-sun:03:30", "Cluster", _UPKEEP),
            "backup during the upkeep": put("03:00-04:00", "Cluster", "PreferredBackupWindow"),
        },
    ),
    *faults(
        "airflow",
        window_rules.midday_airflow,
        {
            "upkeep on Wednesday": put("WED:13:00", "Environment", _WEEKLY),
            "upkeep during the database's backup": put("SUN:02:30", "Environment", _WEEKLY),
        },
    ),
]
