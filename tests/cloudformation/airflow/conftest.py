"""The tests of this folder look at the stack `airflow` alone."""

import pytest


@pytest.fixture
def stack() -> str:
    return "airflow"
