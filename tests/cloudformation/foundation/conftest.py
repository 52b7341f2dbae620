"""The tests in this folder only use the stack `foundation`."""

import pytest


@pytest.fixture
def stack() -> str:
    return "foundation"
