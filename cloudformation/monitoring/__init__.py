"""Alarms, the dashboard, and the monthly budget."""

from cloudformation.monitoring.stack import build

__all__ = ["build"]
