"""The views of the lake, as saved queries that the deployment runs."""

from cloudformation.views.stack import build

__all__ = ["build"]
