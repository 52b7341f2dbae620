"""Metrics of the business and of runs, for CloudWatch."""
