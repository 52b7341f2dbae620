"""The tests in this folder only use the stack `network`."""

import pytest


@pytest.fixture
def stack() -> str:
    return "network"
