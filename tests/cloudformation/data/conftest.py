"""The tests in this folder only use the stack `data`."""

import pytest


@pytest.fixture
def stack() -> str:
    return "data"
