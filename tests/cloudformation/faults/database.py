"""Faults in the database, and in its backup and maintenance windows."""

from tests.cloudformation.faults.seeding import drop, faults, put, remove
from tests.cloudformation.rules import core as rules
from tests.cloudformation.rules import database as database_rules
from tests.cloudformation.rules import windows as window_rules

_UPKEEP, _WEEKLY = "PreferredMaintenanceWindow", "WeeklyMaintenanceWindowStart"

FAULTS = [
    *faults("data", rules.plaintext_secrets, {"password told": put("1234", "Cluster", "MasterUserPassword")}),
    *faults(
        "data",
        database_rules.foreign_parameters,
        {
            "parameter misspelt": put("1", "ParameterGroup", "Parameters", "tsl"),
        },
    ),
    *faults(
        "data",
        database_rules.wrong_parameter_families,
        {
            "family of 5.0": put("docdb5.0", "ParameterGroup", "Family"),
        },
    ),
    *faults(
        "data",
        database_rules.weak_clusters,
        {
            "TLS off": put("disabled", "ParameterGroup", "Parameters", "tls"),
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
        },
    ),
    *faults(
        "data",
        window_rules.overlapping_windows,
        {
            "upkeep during the backup": put("sun:02:30-sun:03:30", "Cluster", _UPKEEP),
        },
    ),
    *faults(
        "airflow",
        window_rules.wrong_airflow_windows,
        {
            "upkeep on Wednesday": put("WED:13:00", "Environment", _WEEKLY),
        },
    ),
]
