"""The tests of this folder look at the stack `views` alone."""

import pytest


@pytest.fixture
def stack() -> str:
    return "views"
