"""The tests in this folder only use the stack `webapp`."""

import pytest


@pytest.fixture
def stack() -> str:
    return "webapp"
