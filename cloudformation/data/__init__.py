"""The DocumentDB database that the API writes and the pipeline reads."""

from cloudformation.data.stack import build

__all__ = ["build"]
