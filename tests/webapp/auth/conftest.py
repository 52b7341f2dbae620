"""Settings with the real lifetimes of tokens."""

from dataclasses import replace

import pytest

from webapp.settings import Settings


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, access_token_minutes=Settings.access_token_minutes)
