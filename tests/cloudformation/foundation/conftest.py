"""A fixture: the tests in this folder use only the stack `foundation`."""

import pytest


@pytest.fixture
def stack() -> str:
    return "foundation"
