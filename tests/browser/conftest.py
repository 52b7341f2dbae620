"""Fixtures: a real browser that opens pages of the API, and records requests, errors and screenshots."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Locator, Page, expect

from tests.chromium import chromium
from tests.serving import Api
from tools.data_folder import ROOT

ARTEFACTS = ROOT / "artefacts"


@dataclass
class Visit:
    """A page of the API in a browser; records the requested hosts and the reported errors."""

    page: Page
    url: str
    hosts: set[str] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        # Playwright reports every request, even one that fails or is blocked.
        self.page.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))
        self.page.on("console", self._on_console)
        self.page.on("pageerror", self._on_error)

    def save_screenshot(self, name: str, element: Locator | None = None, *, full_page: bool = False) -> None:
        """Save a screenshot in the artefacts folder, after scrolling to `element` if it is given."""
        if element is not None:
            element.evaluate("element => element.scrollIntoView()")
        ARTEFACTS.mkdir(exist_ok=True)
        self.page.screenshot(path=ARTEFACTS / f"{name}.png", full_page=full_page)

    def assert_no_errors(self) -> None:
        """Fail if the page sent requests to hosts other than the API, or reported errors."""
        # URLs with the schemes data: and blob: have an empty host.
        assert self.hosts - {""} == {urlsplit(self.url).netloc}
        assert self.errors == []

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def _on_error(self, error: Error) -> None:
        self.errors.append(str(error))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    # Playwright's default timeout of five seconds is too short for a busy machine.
    expect.set_options(timeout=30_000)
    with chromium() as launched:
        yield launched


@pytest.fixture
def visit(browser: Browser, shared_api: Api) -> Iterator[Visit]:
    context = browser.new_context(viewport={"width": 1280, "height": 1400}, locale="en-GB")
    context.set_default_timeout(15_000)
    yield Visit(context.new_page(), shared_api.url)
    context.close()
