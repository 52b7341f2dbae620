"""Faults in the database, and in its backup and maintenance windows."""

from tests.cloudformation.faults.seeding import drop, faults, put, remove
from tests.cloudformation.rules import core as rules
from tests.cloudformation.rules import database as database_rules
from tests.cloudformation.rules import windows as window_rules

_UPKEEP, _WEEKLY = "PreferredMaintenanceWindow", "WeeklyMaintenanceWindowStart"

FAULTS = [
    *faults(
        "data", rules.plaintext_secrets, {"literal password": put("1234", "Cluster", "MasterUserPassword")}
    ),
    *faults(
        "data",
        database_rules.foreign_parameters,
        {
            "misspelt parameter": put("1", "ParameterGroup", "Parameters", "tsl"),
        },
    ),
    *faults(
        "data",
        database_rules.wrong_parameter_families,
        {
            "parameter group of version 5.0": put("docdb5.0", "ParameterGroup", "Family"),
        },
    ),
    *faults(
        "data",
        database_rules.weak_clusters,
        {
            "TLS off": put("disabled", "ParameterGroup", "Parameters", "tls"),
        },
    ),
    *faults(
        "data",
        database_rules.unprepared_logs,
        {"log group not created by the stack": remove("ProfilerLogGroup")},
    ),
    *faults(
        "data",
        database_rules.unfit_instances,
        {"serverless instance without capacity range": drop("Cluster", "ServerlessV2ScalingConfiguration")},
    ),
    *faults(
        "data",
        window_rules.wrong_windows,
        {
            "backup of ten minutes": put("02:00-02:10", "Cluster", "PreferredBackupWindow"),
        },
    ),
    *faults(
        "data",
        window_rules.overlapping_windows,
        {
            "maintenance during the backup": put("sun:02:30-sun:03:30", "Cluster", _UPKEEP),
        },
    ),
    *faults(
        "airflow",
        window_rules.wrong_airflow_windows,
        {
            "maintenance on Wednesday": put("WED:13:00", "Environment", _WEEKLY),
        },
    ),
]
