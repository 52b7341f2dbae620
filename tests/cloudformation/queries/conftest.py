"""The tests of this folder look at the stack `queries` alone."""

import pytest


@pytest.fixture
def stack() -> str:
    return "queries"
