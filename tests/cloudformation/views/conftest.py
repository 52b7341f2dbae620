"""The tests in this folder only use the stack `views`."""

import pytest


@pytest.fixture
def stack() -> str:
    return "views"
