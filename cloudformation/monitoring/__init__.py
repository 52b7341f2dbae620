"""What is watched: alarms, a dashboard, what is counted in logs, and what it all costs."""

from cloudformation.monitoring.stack import build

__all__ = ["build"]
