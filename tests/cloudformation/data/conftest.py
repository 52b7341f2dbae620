"""The tests of this folder look at the stack `data` alone."""

import pytest


@pytest.fixture
def stack() -> str:
    return "data"
