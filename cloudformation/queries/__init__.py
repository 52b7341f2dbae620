"""The query library docs/athena, as saved queries in Athena."""

from cloudformation.queries.stack import build

__all__ = ["build"]
