"""A fixture: the tests in this folder use only the stack `views`."""

import pytest


@pytest.fixture
def stack() -> str:
    return "views"
