"""The API: an Elastic Beanstalk application, its environment, and the roles of both."""

from cloudformation.webapp.stack import build

__all__ = ["build"]
