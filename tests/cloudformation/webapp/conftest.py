"""The tests of this folder look at the stack `webapp` alone."""

import pytest


@pytest.fixture
def stack() -> str:
    return "webapp"
