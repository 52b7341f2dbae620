"""A fixture: the tests in this folder use only the stack `queries`."""

import pytest


@pytest.fixture
def stack() -> str:
    return "queries"
