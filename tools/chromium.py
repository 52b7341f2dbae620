"""The Chromium browser that is installed on this machine."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tools import ToolError

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    # The sandbox does not work in containers. It is not needed, because the browser opens only pages of this
    # product.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def is_installed() -> bool:
    """Return whether a browser is on PATH."""
    return _executable() is not None


@contextmanager
def launched() -> Iterator[Browser]:
    """Launch Chromium, and close it after the block; raises ToolError if it is not installed."""
    executable = _executable()
    if executable is None:
        raise ToolError("chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=Path(executable), args=FLAGS)
        yield browser
        browser.close()


def _executable() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)
