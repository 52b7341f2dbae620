"""Faults in the database, and in its backup and maintenance windows."""

from tests.cloudformation.faults.seeding import Fault, drop, put, remove
from tests.cloudformation.rules import core as rules
from tests.cloudformation.rules import database as database_rules
from tests.cloudformation.rules import windows as window_rules

_UPKEEP, _WEEKLY = "PreferredMaintenanceWindow", "WeeklyMaintenanceWindowStart"

FAULTS = [
    Fault("data", rules.plaintext_secrets, put("1234", "Cluster", "MasterUserPassword")),
    Fault("data", database_rules.unknown_parameters, put("1", "ParameterGroup", "Parameters", "tsl")),
    Fault("data", database_rules.wrong_parameter_families, put("docdb5.0", "ParameterGroup", "Family")),
    Fault("data", database_rules.weak_clusters, put("disabled", "ParameterGroup", "Parameters", "tls")),
    Fault("data", database_rules.unprepared_logs, remove("ProfilerLogGroup")),
    Fault("data", database_rules.mismatched_instances, drop("Cluster", "ServerlessV2ScalingConfiguration")),
    Fault("data", window_rules.wrong_windows, put("02:00-02:10", "Cluster", "PreferredBackupWindow")),
    Fault("data", window_rules.overlapping_windows, put("sun:02:30-sun:03:30", "Cluster", _UPKEEP)),
    Fault("airflow", window_rules.wrong_airflow_windows, put("WED:13:00", "Environment", _WEEKLY)),
]
