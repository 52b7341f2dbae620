"""The errors of the pipeline; each message says what to do next."""

from collections.abc import Mapping, Sequence
from typing import Any


class InsightsError(Exception):
    """The base class of all errors of the pipeline; its message is written for an operator."""


class SettingsError(InsightsError):
    """A setting is missing or invalid."""


class HourError(InsightsError):
    """A text is not an hour or a day, or a range contains no hours or days."""


class SchemaError(InsightsError):
    """The columns that a step computes differ from lake/tables.toml; the message names the file to edit."""


class SourceError(InsightsError):
    """The change log or another collection of the database cannot be read."""


class VerificationError(InsightsError):
    """The tables of an hour contradict each other, so the hour must not be published."""


class ShrunkSourceError(InsightsError):
    """The log contains fewer changes of an hour than are published, so publishing would lose changes."""


class PublishError(InsightsError):
    """Some hours could not be published; readers still see the former content of these hours.

    `published` contains the results of the hours that were published.
    """

    def __init__(self, message: str, published: Sequence[Mapping[str, Any]] = ()) -> None:
        super().__init__(message)
        self.published = published


class StorageError(InsightsError):
    """A file of the lake is missing, cannot be read, or differs from the written content."""


class CatalogError(InsightsError):
    """The catalog cannot be opened, or stayed locked for too long."""


class LostCatalogError(CatalogError):
    """The catalog is missing or incomplete although the lake has published files."""


class QueryError(InsightsError):
    """A query cannot run: invalid SQL, an unknown table, or a statement that is not a SELECT."""


class MetricsError(InsightsError):
    """CloudWatch did not accept the metrics; the hours are published nevertheless."""
