"""A fixture with the name of the stack that the tests in this folder use: `views`."""

import pytest


@pytest.fixture
def stack() -> str:
    return "views"
