"""The database: DocumentDB, which the API writes and the pipeline reads."""

from cloudformation.data.stack import build

__all__ = ["build"]
