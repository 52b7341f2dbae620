"""The tests of this folder look at the stack `foundation` alone."""

import pytest


@pytest.fixture
def stack() -> str:
    return "foundation"
