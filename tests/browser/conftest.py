"""A real browser on the served API; what it fetched and complained about is kept, and so are its pictures."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Locator, Page

from tests.chromium import chromium
from tests.serving import Api
from tools.data_folder import ROOT

ARTEFACTS = ROOT / "artefacts"


@dataclass
class Visit:
    """A page of the API, every address that it asked for, and every error that it showed or threw."""

    page: Page
    url: str
    hosts: set[str] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        # A request that fails or is forbidden was made all the same, so it counts here.
        self.page.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))
        self.page.on("console", self._hear)
        self.page.on("pageerror", self._catch)

    def photograph(self, name: str, of: Locator | None = None) -> None:
        """Keep a picture of the window in the artefacts folder, with this element at its top."""
        if of is not None:
            of.evaluate("element => element.scrollIntoView()")
        ARTEFACTS.mkdir(exist_ok=True)
        self.page.screenshot(path=ARTEFACTS / f"{name}.png")

    def assert_undisturbed(self) -> None:
        """Our own host served everything, and the page had nothing to complain about."""
        # The empty host is that of data: and blob: addresses.
        assert self.hosts - {""} == {urlsplit(self.url).netloc}
        assert self.errors == []

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def _catch(self, error: Error) -> None:
        self.errors.append(str(error))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as launched:
        yield launched


@pytest.fixture
def visit(browser: Browser, shared_api: Api) -> Iterator[Visit]:
    context = browser.new_context(viewport={"width": 1280, "height": 1400}, locale="en-GB")
    context.set_default_timeout(15_000)
    yield Visit(context.new_page(), shared_api.url)
    context.close()
