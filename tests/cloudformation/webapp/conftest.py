"""A fixture: the tests in this folder use only the stack `webapp`."""

import pytest


@pytest.fixture
def stack() -> str:
    return "webapp"
