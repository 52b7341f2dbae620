"""The alarms of DocumentDB; the names of the alarms begin with the name of the cluster."""

from troposphere import Ref, Sub

from cloudformation.monitoring.alarm import Alarm, Metric
from cloudformation.settings import GIB, Settings

_FIVE_MINUTES = 300
_LOW_MEMORY = 256 * 1024**2
_MILLISECONDS = 1000


def cluster_metric(name: str, statistic: str) -> Metric:
    """Return a metric of the cluster that DocumentDB publishes.

    https://docs.aws.amazon.com/documentdb/latest/developerguide/cloud_watch.html
    """
    return Metric("AWS/DocDB", name, {"DBClusterIdentifier": Ref("DatabaseClusterId")}, statistic)


def alarms(settings: Settings) -> list[Alarm]:
    """Return the alarms of the database; without a replica, there is no alarm on the replica lag."""
    alarms = [
        Alarm(
            "DatabaseCpu",
            "The database uses its CPU more than 80 % of the time.",
            {"cpu": cluster_metric("CPUUtilization", "Average")},
            80,
            _FIVE_MINUTES,
            datapoints=(3, 3),
            name=_alarm_name("cpu"),
        ),
        Alarm(
            "DatabaseConnections",
            "More than 80 % of the connections that the database allows are in use.",
            {
                "used": cluster_metric("DatabaseConnections", "Maximum"),
                "most": cluster_metric("DatabaseConnectionsLimit", "Minimum"),
            },
            80,
            _FIVE_MINUTES,
            expression="100 * used / most",
            name=_alarm_name("connections"),
        ),
        Alarm(
            "DatabaseMemory",
            "The database has less than 256 MiB of memory left.",
            {"free": cluster_metric("FreeableMemory", "Minimum")},
            _LOW_MEMORY,
            _FIVE_MINUTES,
            comparison="LessThanThreshold",
            datapoints=(3, 3),
            name=_alarm_name("memory"),
        ),
        Alarm(
            "DatabaseGrowth",
            "At the rate of the last six hours, the database grows by more than the limit per day.",
            {"used": cluster_metric("VolumeBytesUsed", "Maximum")},
            settings.growth_alarm_gib * GIB,
            6 * 3600,
            expression="86400 * RATE(used)",
            name=_alarm_name("growth"),
        ),
        Alarm(
            "PasswordRotation",
            "The function that rotates the passwords of the database failed.",
            {"errors": Metric("AWS/Lambda", "Errors", {"FunctionName": Ref("RotationFunctionName")}, "Sum")},
            0,
            _FIVE_MINUTES,
            name=_alarm_name("password-rotation"),
        ),
    ]
    return alarms if settings.database_instances == 1 else [*alarms, _replica_lag()]


def _replica_lag() -> Alarm:
    return Alarm(
        "DatabaseReplicaLag",
        "A replica is more than a second behind the primary.",
        {"lag": cluster_metric("DBClusterReplicaLagMaximum", "Maximum")},
        _MILLISECONDS,
        _FIVE_MINUTES,
        datapoints=(3, 3),
        name=_alarm_name("replica-lag"),
    )


def _alarm_name(suffix: str) -> Sub:
    return Sub(f"${{DatabaseClusterId}}-{suffix}")
