"""The tests in this folder only use the stack `lake`."""

import pytest


@pytest.fixture
def stack() -> str:
    return "lake"
