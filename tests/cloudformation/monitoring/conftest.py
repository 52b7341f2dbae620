"""A fixture: the tests in this folder use only the stack `monitoring`."""

import pytest


@pytest.fixture
def stack() -> str:
    return "monitoring"
