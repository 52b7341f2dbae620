"""A fixture: the tests in this folder use only the stack `airflow`."""

import pytest


@pytest.fixture
def stack() -> str:
    return "airflow"
