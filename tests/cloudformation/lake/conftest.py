"""A fixture: the tests in this folder use only the stack `lake`."""

import pytest


@pytest.fixture
def stack() -> str:
    return "lake"
