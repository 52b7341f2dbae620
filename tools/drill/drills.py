"""The list of drills, in the order in which they run."""

from tools.drill.airflow_drills import dead_scheduler, stuck_dag
from tools.drill.api_drills import disk_full, rotated_secret, ten_times_traffic
from tools.drill.database_drills import database_down, expired_certificate, slow_database
from tools.drill.incident import Drill
from tools.drill.pipeline_drills import lost_catalog, poison_change

DRILLS = (
    Drill("database down", "DatabaseErrors", 10, "database.md#database-down", database_down),
    Drill("slow database", "ApiLatency", 25, "database.md#slow-database", slow_database),
    Drill(
        "expired certificate", "DatabaseErrors", 10, "database.md#expired-certificate", expired_certificate
    ),
    Drill("disk full", "ApiMetrics", 30, "alarms.md#api-metrics", disk_full),
    Drill("10 x traffic", "ApiRefusals", 10, "alarms.md#api-refusals", ten_times_traffic),
    Drill("rotated secret", "ApiRefusals", 10, "secrets.md#restore-the-signing-key", rotated_secret),
    Drill("poison change", "Rejects", 120, "hours.md#rejects", poison_change),
    Drill("lost catalog", "InsightsAge", 120, "hours.md#recover-a-catalog", lost_catalog),
    Drill("stuck DAG", "InsightsAge", 120, "hours.md#a-run-hangs", stuck_dag),
    Drill("dead scheduler", "AirflowScheduler", 30, "alarms.md#airflow-scheduler", dead_scheduler),
)
