"""The errors of the pipeline; each message tells its reader what to do next."""

from collections.abc import Mapping, Sequence
from typing import Any


class InsightsError(Exception):
    """Anything the pipeline refuses or cannot do; the message is meant for a person."""


class SettingsError(InsightsError):
    """The environment does not say where to read or write."""


class HourError(InsightsError):
    """Text that names no hour, or a range that ends before it starts."""


class SchemaError(InsightsError):
    """A step computes other columns than lake/tables.toml lists; the message names the file to edit."""


class SourceError(InsightsError):
    """The change log cannot be read."""


class VerificationError(InsightsError):
    """What was computed does not add up; the hour must not be published."""


class ShrunkSourceError(InsightsError):
    """The log holds less of an hour than was published of it; publishing would lose changes for good."""


class PublishError(InsightsError):
    """Some of the hours could not be published; readers see their former content.

    `published` are the results of those that could be.
    """

    def __init__(self, message: str, published: Sequence[Mapping[str, Any]] = ()) -> None:
        super().__init__(message)
        self.published = published


class StorageError(InsightsError):
    """A file of the lake is missing or differs from what was written."""


class CatalogError(InsightsError):
    """The catalog cannot be opened or is busy for too long."""


class QueryError(InsightsError):
    """A question the lake does not answer: bad SQL, an unknown table, not a read."""


class MetricsError(InsightsError):
    """CloudWatch did not take the metrics; what they are about is done."""
