"""Airflow: the MWAA environment, the role its tasks work under, what they are told."""

from cloudformation.airflow.stack import build

__all__ = ["build"]
