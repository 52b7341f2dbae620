"""Airflow on MWAA: the environment, its execution role, its log groups and its secrets."""

from cloudformation.airflow.stack import build

__all__ = ["build"]
