"""Alarms, the dashboard, metric filters on the API's log, and the monthly budget."""

from cloudformation.monitoring.stack import build

__all__ = ["build"]
