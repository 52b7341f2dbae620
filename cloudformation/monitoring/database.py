"""What is watched of DocumentDB; the names of its alarms begin with the name of the cluster."""

from troposphere import Ref, Sub

from cloudformation.monitoring.watch import Series, Watch
from cloudformation.settings import GIB, Settings

_FIVE_MINUTES = 300
_LOW_MEMORY = 256 * 1024**2
_MILLISECONDS = 1000


def cluster(name: str, statistic: str) -> Series:
    """https://docs.aws.amazon.com/documentdb/latest/developerguide/cloud_watch.html"""
    return Series("AWS/DocDB", name, {"DBClusterIdentifier": Ref("DatabaseClusterId")}, statistic)


def watches(settings: Settings) -> list[Watch]:
    """Return the alarms of the database; with one instance there is no replica to lag."""
    found = [
        Watch(
            "DatabaseCpu",
            "The database computes more than 80 % of the time.",
            {"cpu": cluster("CPUUtilization", "Average")},
            80,
            _FIVE_MINUTES,
            datapoints=(3, 3),
            name=_named("cpu"),
        ),
        Watch(
            "DatabaseConnections",
            "More than 80 % of the connections that the database takes are in use.",
            {
                "used": cluster("DatabaseConnections", "Maximum"),
                "most": cluster("DatabaseConnectionsLimit", "Minimum"),
            },
            80,
            _FIVE_MINUTES,
            expression="100 * used / most",
            name=_named("connections"),
        ),
        Watch(
            "DatabaseMemory",
            "The database has less than 256 MiB of memory left.",
            {"free": cluster("FreeableMemory", "Minimum")},
            _LOW_MEMORY,
            _FIVE_MINUTES,
            comparison="LessThanThreshold",
            datapoints=(3, 3),
            name=_named("memory"),
        ),
        Watch(
            "DatabaseGrowth",
            "At the pace of the last hours the database grows by more than the limit in a day.",
            {"used": cluster("VolumeBytesUsed", "Maximum")},
            settings.growth_alarm_gib * GIB,
            6 * 3600,
            expression="86400 * RATE(used)",
            name=_named("growth"),
        ),
    ]
    return found if settings.database_instances == 1 else [*found, _replica_lag()]


def _replica_lag() -> Watch:
    return Watch(
        "DatabaseReplicaLag",
        "A replica is more than a second behind the primary.",
        {"lag": cluster("DBClusterReplicaLagMaximum", "Maximum")},
        _MILLISECONDS,
        _FIVE_MINUTES,
        datapoints=(3, 3),
        name=_named("replica-lag"),
    )


def _named(what: str) -> Sub:
    return Sub(f"${{DatabaseClusterId}}-{what}")
