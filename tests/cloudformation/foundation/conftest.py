"""A fixture with the name of the stack that the tests in this folder use: `foundation`."""

import pytest


@pytest.fixture
def stack() -> str:
    return "foundation"
