"""The tests of this folder look at the stack `monitoring` alone."""

import pytest


@pytest.fixture
def stack() -> str:
    return "monitoring"
