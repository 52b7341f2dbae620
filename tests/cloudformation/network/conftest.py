"""A fixture: the tests in this folder use only the stack `network`."""

import pytest


@pytest.fixture
def stack() -> str:
    return "network"
