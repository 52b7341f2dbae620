"""Every metric the pipeline publishes: namespace, name, unit, dimensions. docs/metrics.md defines each."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

BUSINESS = "TodoApi/Business"
ETL = "TodoApi/Etl"

# Shares are from 0 to 1, as in the views and the API. CloudWatch has no unit for them, nor for hours.
_NO_UNIT = "None"


@dataclass(frozen=True)
class Definition:
    """What a name stands for in CloudWatch; one that is `by_table` also has a value for single tables."""

    namespace: str
    unit: str
    by_table: bool = False


CATALOGUE: Mapping[str, Definition] = MappingProxyType(
    {
        "TotalUsers": Definition(BUSINESS, "Count"),
        "ActiveUsers": Definition(BUSINESS, "Count"),
        "TotalTasks": Definition(BUSINESS, "Count"),
        "PendingTasks": Definition(BUSINESS, "Count"),
        "InProgressTasks": Definition(BUSINESS, "Count"),
        "CompletedTasks": Definition(BUSINESS, "Count"),
        "HighPriorityTasks": Definition(BUSINESS, "Count"),
        "TaskCompletionRate": Definition(BUSINESS, _NO_UNIT),
        "AverageTasksPerUser": Definition(BUSINESS, _NO_UNIT),
        "OnTimeRate": Definition(BUSINESS, _NO_UNIT),
        "MedianCycleHours": Definition(BUSINESS, _NO_UNIT),
        "LastPublishedHourAgeMinutes": Definition(ETL, _NO_UNIT),
        "RowsExtracted": Definition(ETL, "Count", by_table=True),
        "RowsRejected": Definition(ETL, "Count"),
        "LateHours": Definition(ETL, "Count"),
        "HoursFailed": Definition(ETL, "Count"),
        "RunSeconds": Definition(ETL, "Seconds"),
        "PeakMemoryMb": Definition(ETL, "Megabytes"),
        "SourceLagSeconds": Definition(ETL, "Seconds"),
        "OrphanFiles": Definition(ETL, "Count", by_table=True),
    }
)


def dimensions(definition: Definition) -> list[tuple[str, ...]]:
    """The sets of dimensions that values of a metric are published under."""
    return [("Environment",), ("Environment", "Table")] if definition.by_table else [("Environment",)]
