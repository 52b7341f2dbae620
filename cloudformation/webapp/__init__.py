"""The API on Elastic Beanstalk: application, environment and IAM roles."""

from cloudformation.webapp.stack import build

__all__ = ["build"]
