"""The query library docs/athena, as saved queries of Athena."""

from cloudformation.queries.stack import build

__all__ = ["build"]
