"""A fixture: the tests in this folder use only the stack `data`."""

import pytest


@pytest.fixture
def stack() -> str:
    return "data"
