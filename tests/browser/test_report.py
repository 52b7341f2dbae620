"""The team report in a browser: it works offline, in light and dark mode, on a phone and in print."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import ARTEFACTS
from tests.month import READ_AT, published_month
from todo_insights.maintenance.hour_quality import record_due_days
from todo_insights.report.period import Period
from todo_insights.report.write import report_of

SCREENS: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 1180, "height": 900}},
    "dark": {"viewport": {"width": 1180, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True},
}
SERIOUS = {"serious", "critical"}


@pytest.fixture(scope="module")
def report(mongodb_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the month in tests/month.toml, whose figures were counted by hand."""
    folder = tmp_path_factory.mktemp("report")
    with published_month(mongodb_uri, folder / "lake") as month:
        record_due_days(month.stores, READ_AT)
        html = report_of(
            Period.parse("2026-10-01", "2026-11-01", READ_AT.date()), month.stores, "test", READ_AT
        )
    (folder / "report.html").write_text(html, "utf-8")
    return folder / "report.html"


@pytest.fixture(params=SCREENS)
def page(request: pytest.FixtureRequest, browser: Browser, report: Path) -> Iterator[Page]:
    """The report, opened offline on one kind of screen; fails if the page has errors or sends requests."""
    context = browser.new_context(**SCREENS[request.param])
    context.set_offline(True)
    opened, errors, requests = context.new_page(), [], []
    opened.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("request", lambda sent: requests.append(sent.url))
    opened.goto(report.as_uri())
    yield opened
    ARTEFACTS.mkdir(exist_ok=True)
    opened.screenshot(path=ARTEFACTS / f"report-{request.param}.png", full_page=True)
    context.close()
    assert errors == []
    assert [each for each in requests if not each.startswith(("data:", report.as_uri()))] == []


def test_report_is_accessible_and_fits_every_screen(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("Team report")
    # Axe checks only visible elements, so the tables and the SQL statements are opened first.
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in SERIOUS] == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = false)")
    # Every chart has a text for screen readers, and a table with its numbers.
    for figure in page.locator("figure").all():
        assert figure.get_by_role("img").get_attribute("aria-label")
        figure.get_by_text("Numbers", exact=True).click()
        expect(figure.get_by_role("table")).to_be_visible()
        figure.get_by_text("Numbers", exact=True).click()


def test_statement_can_be_copied(browser: Browser, report: Path) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(report.as_uri())
    page.get_by_text("SQL of the counts and rates").click()
    section = page.locator("details").filter(has_text="SQL of the counts and rates")
    section.get_by_role("button", name="Copy").click()
    expect(section.get_by_role("button")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == section.locator("code").text_content()
    assert copied.startswith("-- How do the main figures of the period compare")
    context.close()


def test_printed_report_shows_charts_without_statements(browser: Browser, report: Path) -> None:
    context = browser.new_context(viewport={"width": 794, "height": 1123}, color_scheme="dark")
    page = context.new_page()
    page.goto(report.as_uri())
    page.emulate_media(media="print")
    assert page.locator("pre:visible, button:visible, nav:visible").count() == 0
    expect(page.locator("svg").first).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    # In print, the heat map has the colours of light mode, although the browser is in dark mode.
    assert (
        page.locator("td.s5").first.evaluate("each => getComputedStyle(each).color") == "rgb(255, 255, 255)"
    )
    page.screenshot(path=ARTEFACTS / "report-print.png", full_page=True)
    context.close()
