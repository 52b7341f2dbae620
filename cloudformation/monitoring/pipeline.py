"""The alarms of the pipeline, based on its own metrics and on metrics of Airflow and Athena."""

from troposphere import Ref

from cloudformation.monitoring.alarm import Alarm, Metric
from cloudformation.settings import Settings

_FIVE_MINUTES, _HOUR, _DAY = 300, 3600, 86400
# The age in minutes that is assumed for a period in which no run published the age; it exceeds every
# threshold.
_NO_RUN = 1000
# The states of ended queries. AWS also charges for the bytes that a query scanned before it was cancelled or
# failed.
QUERY_STATES = ("SUCCEEDED", "CANCELED", "FAILED")


def etl_metric(settings: Settings, name: str, statistic: str) -> Metric:
    """Return a metric that the pipeline publishes."""
    return Metric("TodoApi/Etl", name, {"Environment": settings.environment}, statistic)


def business_metric(settings: Settings, name: str) -> Metric:
    """Return a business metric, with its maximum per period, because each run sends the current value."""
    return Metric("TodoApi/Business", name, {"Environment": settings.environment}, "Maximum")


def airflow_metric(name: str, function: str, statistic: str) -> Metric:
    """Return a metric that Airflow publishes on MWAA.

    https://docs.aws.amazon.com/mwaa/latest/userguide/access-metrics-cw.html
    """
    dimensions = {"Function": function, "Environment": Ref("AirflowName")}
    return Metric("AmazonMWAA", name, dimensions, statistic)


def athena_metric(name: str, state: str, statistic: str) -> Metric:
    """Return a metric of the queries in the workgroup that ended in this state.

    https://docs.aws.amazon.com/athena/latest/ug/query-metrics-viewing.html
    """
    dimensions = {"WorkGroup": Ref("WorkgroupName"), "QueryType": "DML", "QueryState": state}
    return Metric("AWS/Athena", name, dimensions, statistic)


def alarms(settings: Settings) -> list[Alarm]:
    """Return the alarms of the pipeline."""
    return [
        Alarm(
            "InsightsAge",
            "The newest published hour ended more than 90 minutes ago.",
            {"age": etl_metric(settings, "LastPublishedHourAgeMinutes", "Maximum")},
            90,
            _FIVE_MINUTES,
            # If the pipeline is stopped or paused, or has no worker, it publishes no metrics. With long
            # periods and without FILL, CloudWatch would evaluate older data points instead of the missing
            # data points:
            # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
            datapoints=(18, 18),
            missing_data="breaching",
            expression=f"FILL(age, {_NO_RUN})",
        ),
        Alarm(
            "HourObjective",
            "Two of the last three hours were published more than 15 minutes after their end.",
            {"age": etl_metric(settings, "LastPublishedHourAgeMinutes", "Maximum")},
            15,
            _HOUR,
            datapoints=(2, 3),
        ),
        Alarm(
            "HoursFailed",
            "An hour could not be published.",
            {"failed": etl_metric(settings, "HoursFailed", "Sum")},
            1,
            3600,
            comparison="GreaterThanOrEqualToThreshold",
        ),
        Alarm(
            "Rejects",
            "More than one change in a thousand is rejected.",
            {
                "rejected": etl_metric(settings, "RowsRejected", "Sum"),
                "extracted": etl_metric(settings, "RowsExtracted", "Sum"),
            },
            0.1,
            3600,
            expression="IF(extracted > 0, 100 * rejected / extracted, 0)",
        ),
        Alarm(
            "OrphanFiles",
            "The lake contains files outside of every partition that maintenance should have removed.",
            {"files": etl_metric(settings, "OrphanFiles", "Maximum")},
            0,
            _DAY,
        ),
        Alarm(
            "AirflowScheduler",
            "Airflow's scheduler sends no heartbeat.",
            {"beats": airflow_metric("SchedulerHeartbeat", "Scheduler", "Sum")},
            1,
            300,
            comparison="LessThanThreshold",
            datapoints=(3, 3),
            missing_data="breaching",
        ),
        Alarm(
            "DagImport",
            "Airflow cannot load a DAG file.",
            {"errors": airflow_metric("ImportErrors", "DAG Processing", "Maximum")},
            1,
            300,
            comparison="GreaterThanOrEqualToThreshold",
        ),
        Alarm(
            "AthenaScans",
            "The queries of one day scanned more data than planned.",
            {state.lower(): athena_metric("ProcessedBytes", state, "Sum") for state in QUERY_STATES},
            settings.scan_alarm_bytes,
            _DAY,
            expression="FILL(succeeded, 0) + FILL(canceled, 0) + FILL(failed, 0)",
        ),
    ]
