"""The Chromium browser for tests, which are skipped if it is not installed."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser

from tools.chromium import is_installed, launched


@contextmanager
def chromium() -> Iterator[Browser]:
    """Launch Chromium; skips the test if it is not installed."""
    if not is_installed():
        pytest.skip("chromium is not installed: apt-get install chromium")
    with launched() as browser:
        yield browser
