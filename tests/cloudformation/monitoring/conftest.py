"""The tests in this folder only use the stack `monitoring`."""

import pytest


@pytest.fixture
def stack() -> str:
    return "monitoring"
