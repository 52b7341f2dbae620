"""The tests in this folder only use the stack `airflow`."""

import pytest


@pytest.fixture
def stack() -> str:
    return "airflow"
