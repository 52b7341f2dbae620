"""What is watched of the pipeline: its own metrics first, then Airflow and Athena."""

from troposphere import Ref

from cloudformation.monitoring.watch import Series, Watch
from cloudformation.settings import Settings

# Runs publish once an hour; whoever waits this long has missed one.
_AN_HOUR_AND_A_HALF = 5400
_DAY = 86400


def etl(settings: Settings, name: str, statistic: str) -> Series:
    """Return a metric that the pipeline publishes."""
    return Series("TodoApi/Etl", name, {"Environment": settings.environment}, statistic)


def business(settings: Settings, name: str) -> Series:
    """Return a figure of the business, which is a level: the newest counts."""
    return Series("TodoApi/Business", name, {"Environment": settings.environment}, "Maximum")


def airflow(name: str, function: str, statistic: str) -> Series:
    """https://docs.aws.amazon.com/mwaa/latest/userguide/access-metrics-cw.html"""
    dimensions = {"Function": function, "Environment": Ref("AirflowName")}
    return Series("AmazonMWAA", name, dimensions, statistic)


def athena(name: str, statistic: str) -> Series:
    """https://docs.aws.amazon.com/athena/latest/ug/query-metrics-viewing.html"""
    dimensions = {"WorkGroup": Ref("WorkgroupName"), "QueryType": "DML", "QueryState": "SUCCEEDED"}
    return Series("AWS/Athena", name, dimensions, statistic)


def watches(settings: Settings) -> list[Watch]:
    """Return the alarms of the pipeline."""
    return [
        Watch(
            "InsightsAge",
            "The newest published hour ended more than 90 minutes ago.",
            {"age": etl(settings, "LastPublishedHourAgeMinutes", "Maximum")},
            90,
            _AN_HOUR_AND_A_HALF,
            # A pipeline that stands still says nothing.
            missing="breaching",
        ),
        Watch(
            "HoursFailed",
            "An hour could not be published.",
            {"failed": etl(settings, "HoursFailed", "Sum")},
            1,
            3600,
            comparison="GreaterThanOrEqualToThreshold",
        ),
        Watch(
            "Rejects",
            "More than one change in a thousand is rejected.",
            {
                "rejected": etl(settings, "RowsRejected", "Sum"),
                "extracted": etl(settings, "RowsExtracted", "Sum"),
            },
            0.1,
            3600,
            expression="IF(extracted > 0, 100 * rejected / extracted, 0)",
        ),
        Watch(
            "OrphanFiles",
            "Files lie in the lake that no partition names, long after maintenance should have removed them.",
            {"files": etl(settings, "OrphanFiles", "Maximum")},
            0,
            _DAY,
        ),
        Watch(
            "AirflowScheduler",
            "Airflow's scheduler shows no sign of life.",
            {"beats": airflow("SchedulerHeartbeat", "Scheduler", "Sum")},
            1,
            300,
            comparison="LessThanThreshold",
            datapoints=(3, 3),
            missing="breaching",
        ),
        Watch(
            "DagImport",
            "Airflow cannot load a DAG file.",
            {"errors": airflow("ImportErrors", "DAG Processing", "Maximum")},
            1,
            300,
            comparison="GreaterThanOrEqualToThreshold",
        ),
        Watch(
            "AthenaScans",
            "Queries of one day have scanned more than planned.",
            {"scanned": athena("ProcessedBytes", "Sum")},
            settings.scan_alarm_bytes,
            _DAY,
        ),
    ]
