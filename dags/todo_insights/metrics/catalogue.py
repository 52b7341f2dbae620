"""The metrics that the pipeline publishes: namespace, name, unit, dimensions. See docs/metrics.md."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

BUSINESS = "TodoApi/Business"
ETL = "TodoApi/Etl"

# Shares are from 0 to 1, as in the views and the API. CloudWatch has no unit for shares or for hours.
_NO_UNIT = "None"


@dataclass(frozen=True)
class MetricDefinition:
    """One metric in CloudWatch; if `by_table` is true, the metric also has a value for each table."""

    namespace: str
    unit: str
    by_table: bool = False


CATALOGUE: Mapping[str, MetricDefinition] = MappingProxyType(
    {
        "TotalUsers": MetricDefinition(BUSINESS, "Count"),
        "ActiveUsers": MetricDefinition(BUSINESS, "Count"),
        "TotalTasks": MetricDefinition(BUSINESS, "Count"),
        "PendingTasks": MetricDefinition(BUSINESS, "Count"),
        "InProgressTasks": MetricDefinition(BUSINESS, "Count"),
        "CompletedTasks": MetricDefinition(BUSINESS, "Count"),
        "HighPriorityTasks": MetricDefinition(BUSINESS, "Count"),
        "TaskCompletionRate": MetricDefinition(BUSINESS, _NO_UNIT),
        "AverageTasksPerUser": MetricDefinition(BUSINESS, _NO_UNIT),
        "OnTimeRate": MetricDefinition(BUSINESS, _NO_UNIT),
        "MedianCycleHours": MetricDefinition(BUSINESS, _NO_UNIT),
        "LastPublishedHourAgeMinutes": MetricDefinition(ETL, _NO_UNIT),
        "RowsExtracted": MetricDefinition(ETL, "Count", by_table=True),
        "RowsRejected": MetricDefinition(ETL, "Count"),
        "LateHours": MetricDefinition(ETL, "Count"),
        "HoursFailed": MetricDefinition(ETL, "Count"),
        "RunSeconds": MetricDefinition(ETL, "Seconds"),
        "PeakMemoryMb": MetricDefinition(ETL, "Megabytes"),
        "SourceLagSeconds": MetricDefinition(ETL, "Seconds"),
        "OrphanFiles": MetricDefinition(ETL, "Count", by_table=True),
    }
)


def dimensions(definition: MetricDefinition) -> list[tuple[str, ...]]:
    """The sets of dimensions with which the values of a metric are published."""
    return [("Environment",), ("Environment", "Table")] if definition.by_table else [("Environment",)]
