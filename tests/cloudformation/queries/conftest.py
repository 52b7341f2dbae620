"""The tests in this folder only use the stack `queries`."""

import pytest


@pytest.fixture
def stack() -> str:
    return "queries"
