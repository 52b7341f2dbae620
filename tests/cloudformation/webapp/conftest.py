"""A fixture with the name of the stack that the tests in this folder use: `webapp`."""

import pytest


@pytest.fixture
def stack() -> str:
    return "webapp"
