"""The tests of this folder look at the stack `lake` alone."""

import pytest


@pytest.fixture
def stack() -> str:
    return "lake"
