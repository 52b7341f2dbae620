"""The errors of the pipeline; each message says what to do next."""

from collections.abc import Mapping, Sequence
from typing import Any


class InsightsError(Exception):
    """The base of all errors of the pipeline; the message is written for a person."""


class SettingsError(InsightsError):
    """A setting is missing or invalid."""


class HourError(InsightsError):
    """A text is not an hour, or a range contains no hours."""


class SchemaError(InsightsError):
    """The columns that a step computes differ from lake/tables.toml; the message names the file to edit."""


class SourceError(InsightsError):
    """The change log cannot be read."""


class VerificationError(InsightsError):
    """The tables of an hour contradict each other, so the hour must not be published."""


class ShrunkSourceError(InsightsError):
    """The log holds fewer changes of an hour than are published, so publishing would lose changes."""


class PublishError(InsightsError):
    """Some hours could not be published; readers see their former content.

    `published` holds the results of the other hours.
    """

    def __init__(self, message: str, published: Sequence[Mapping[str, Any]] = ()) -> None:
        super().__init__(message)
        self.published = published


class StorageError(InsightsError):
    """A file of the lake is missing or differs from what was written."""


class CatalogError(InsightsError):
    """The catalog cannot be opened, or stayed locked for too long."""


class LostCatalogError(CatalogError):
    """The catalog is missing or incomplete although the lake has published files."""


class QueryError(InsightsError):
    """A query cannot run: invalid SQL, an unknown table, or a statement that is not a SELECT."""


class MetricsError(InsightsError):
    """CloudWatch did not accept the metrics; the hours are published."""
