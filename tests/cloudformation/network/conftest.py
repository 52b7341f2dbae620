"""The tests of this folder look at the stack `network` alone."""

import pytest


@pytest.fixture
def stack() -> str:
    return "network"
