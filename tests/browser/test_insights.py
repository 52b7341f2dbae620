"""The start page and the insights page in a browser, with figures that the pipeline published."""

import csv
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import Visit
from tests.browser.insights_environment import NOW, ZONE, InsightsEnvironment, insights_environment
from tests.browser.insights_page import choose, number, opened_table, sign_in
from tests.serving import PASSWORD
from tools.data_folder import DataFolder

ME = "/api/v1/insights/me"
ENGLISH = {"locale": "en-GB", "timezone_id": "Asia/Tokyo"}
MAX_KILOBYTES, MAX_PAINT_MS = 300, 1000
TIMINGS = """() => ({
  paint: performance.getEntriesByName("first-contentful-paint")[0].startTime,
  bytes: [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
    .reduce((sum, each) => sum + each.transferSize, 0),
})"""
SHIFTS = """() => { window.shifts = 0; new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts += entry.value;
}).observe({ type: "layout-shift", buffered: true }); }"""


@pytest.fixture(scope="module")
def environment(data_folder: DataFolder, mongodb_uri: str) -> Iterator[InsightsEnvironment]:
    with insights_environment(data_folder, mongodb_uri) as opened:
        yield opened


@pytest.fixture
def context(browser: Browser, environment: InsightsEnvironment) -> Iterator[BrowserContext]:
    environment.move_clock(NOW)
    opened = browser.new_context(viewport={"width": 1280, "height": 1000}, **ENGLISH)  # type: ignore[arg-type]
    opened.set_default_timeout(15_000)
    yield opened
    opened.close()


@pytest.fixture
def visit(context: BrowserContext, environment: InsightsEnvironment) -> Visit:
    opened = Visit(context.new_page(), environment.api.url)
    opened.page.clock.set_fixed_time(NOW)
    return opened


def assert_accessible(page: Page) -> None:
    """Fail if axe, a checker of accessibility, finds a serious problem on the page."""
    found = Axe().run(page).response["violations"]
    serious = [each for each in found if each["impact"] in ("serious", "critical")]
    assert [(each["id"], each["nodes"][0]["html"]) for each in serious] == []


def test_page_shows_the_figures_of_the_api(visit: Visit, environment: InsightsEnvironment) -> None:
    page = sign_in(visit, environment.emails["Ada"], ZONE)
    ada = environment.api.sign_in(environment.emails["Ada"])
    figures, period = ada.send("GET", ME).json(), ada.send("GET", f"{ME}/period").json()
    assert number(page, "Open tasks") == str(figures["open_tasks"]["total"]) != "0"
    assert number(page, "Completed") == str(period["activity"]["completed"]) != "0"
    assert number(page, "On time") == f"{round(period['on_time_rate'] * 100)} %"
    assert number(page, "Streak").split()[0] == str(figures["streaks"]["current"])
    days = ada.send("GET", f"{ME}/daily").json()["items"]
    shown = opened_table(page.locator("#activity"))
    assert [row[:3] for row in shown] == [
        [day["date"], str(day["created"]), str(day["completed"])] for day in days
    ]
    assert [row[0] for row in shown if row[3] == "yes"] == [NOW.date().isoformat()]
    statuses = ("pending", "in_progress", "completed", "cancelled")
    assert [row[1:5] for row in opened_table(page.locator("#status"))] == [
        [str(day["tasks"][status]) for status in statuses] for day in days
    ]
    visit.assert_no_errors()
    assert page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]


def test_page_is_small_fast_and_stable(context: BrowserContext, environment: InsightsEnvironment) -> None:
    # Do not set the clock of Playwright: it also replaces the time measurements of the browser.
    page = context.new_page()
    page.add_init_script(f"({SHIFTS})()")
    sign_in(Visit(page, environment.api.url), environment.emails["Ada"], ZONE)
    timings = page.evaluate(TIMINGS)
    assert 0 < timings["bytes"] < MAX_KILOBYTES * 1024
    assert timings["paint"] < MAX_PAINT_MS
    assert page.evaluate("window.shifts") < 0.05


def test_numbers_of_a_chart_are_downloaded(visit: Visit, environment: InsightsEnvironment) -> None:
    page = sign_in(visit, environment.emails["Ada"], ZONE)
    expected = environment.api.sign_in(environment.emails["Ada"]).send("GET", ME).json()["by_category"]
    saved: dict[str, str] = {}
    for kind in ("CSV", "JSON"):
        with page.expect_download() as caught:
            page.get_by_role("button", name=f"Categories: {kind}").click()
        saved[kind] = caught.value.path().read_text()
        assert caught.value.suggested_filename.endswith(f".{kind.lower()}")
    rows: list[dict[str, Any]] = json.loads(saved["JSON"])
    names = ("pending", "in_progress", "completed", "cancelled")
    assert rows == [
        {"category": each["category"] or "(none)", **{name: each[name] for name in names}}
        for each in expected
    ]
    assert list(csv.DictReader(saved["CSV"].splitlines())) == [
        {name: str(value) for name, value in row.items()} for row in rows
    ]
    visit.assert_no_errors()


def test_range_is_changed_with_the_keyboard_and_by_dates(
    visit: Visit, environment: InsightsEnvironment
) -> None:
    page = sign_in(visit, environment.emails["Ada"], ZONE)
    ada = environment.api.sign_in(environment.emails["Ada"])
    page.locator("#range input:checked").focus()
    page.keyboard.press("ArrowLeft")
    week = ada.send("GET", f"{ME}/period?from=2026-11-21&to=2026-11-27").json()
    expect(page.locator("#coverage")).to_contain_text("21 Nov 2026 to 27 Nov 2026 (7 days)")
    assert number(page, "Completed") == str(week["activity"]["completed"])
    choose(page, "All")
    joined = (NOW - timedelta(days=34)).date().isoformat()
    everything = ada.send("GET", f"{ME}/period?from={joined}").json()
    expect(page.locator("#coverage")).to_contain_text("(35 days)")
    assert number(page, "Completed") == str(everything["activity"]["completed"])
    page.locator("#range").get_by_text("Custom", exact=True).click()
    page.get_by_label("From", exact=True).fill("2025-01-01")
    page.get_by_label("To", exact=True).fill("2026-11-20")
    page.get_by_role("button", name="Show").click()
    # The page shows a long range by week, and requests the figures of the range in several parts.
    expect(page.locator("#coverage")).to_contain_text("(689 days)")
    rows = opened_table(page.locator("#activity"))
    custom = ada.send("GET", f"{ME}/period?from=2025-01-01&to=2026-11-20").json()["activity"]
    assert (rows[0][0], sum(int(row[1]) for row in rows)) == ("2024-12-30", custom["created"])
    visit.assert_no_errors()


def test_expired_token_is_replaced_and_ended_session_asks_again(
    visit: Visit, environment: InsightsEnvironment
) -> None:
    page = sign_in(visit, environment.emails["Ada"], ZONE)
    environment.move_clock(NOW + timedelta(minutes=16))
    choose(page, "7 days")
    expect(page.locator("#coverage")).to_contain_text("(7 days)")
    # The browser reports each request with the expired token as an error; the page repeats the request with a
    # new token.
    assert visit.errors
    assert all("401" in error for error in visit.errors)
    answer = environment.api.sign_in(environment.emails["Ada"]).send(
        "POST", "/api/v1/auth/logout?everywhere=true"
    )
    assert answer.status_code == 204
    page.get_by_role("button", name="Refresh").click()
    expect(page.locator("#ended")).to_contain_text("Your session has ended")
    expect(page.get_by_label("E-mail address")).to_be_focused()
    expect(page.locator("#insights")).to_be_hidden()
    assert page.locator("#cards > *").count() == 0


def test_erased_user_sees_no_figures(visit: Visit, environment: InsightsEnvironment) -> None:
    email = environment.register("Leaver")
    page = sign_in(visit, email, ZONE)
    erased = environment.api.sign_in(email).send("DELETE", "/api/v1/users/me", {"password": PASSWORD})
    assert erased.status_code == 204
    page.get_by_role("button", name="Refresh").click()
    expect(page.locator("#ended")).to_contain_text("Your session has ended")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#refused")).to_be_visible()
    assert all("401" in error for error in visit.errors)


def test_missing_figures_are_explained(
    visit: Visit, environment: InsightsEnvironment, context: BrowserContext
) -> None:
    page = sign_in(visit, environment.register("Newcomer"), ZONE)
    expect(page.locator("#notices")).to_contain_text("Your first figures are on their way")
    assert page.locator("#cards > *").count() == 0
    page.get_by_role("button", name="Sign out").click()
    sign_in(visit, environment.emails["Quiet"], ZONE)
    expect(page.locator(".plot.none").first).to_contain_text("Nothing to show")
    assert number(page, "Completed") == "0"
    visit.save_screenshot("insights-empty")
    visit.assert_no_errors()
    page.clock.set_fixed_time(NOW + timedelta(hours=5))
    page.get_by_role("button", name="Refresh").click()
    expect(page.locator("#notices")).to_contain_text("The figures are not current")
    context.set_offline(True)
    page.get_by_role("button", name="Refresh").click()
    expect(page.get_by_role("alert").filter(has_text="cannot be reached")).to_be_visible()
    context.set_offline(False)
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#notices")).to_contain_text("The figures are not current")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_is_accessible(visit: Visit, environment: InsightsEnvironment, scheme: Any) -> None:
    page = visit.page
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{visit.url}/insights")
    visit.save_screenshot(f"insights-sign-in-{scheme}")
    assert_accessible(page)
    sign_in(visit, environment.emails["Ada"], ZONE)
    visit.save_screenshot(f"insights-{scheme}", full_page=True)
    opened_table(page.locator("#hours"))
    assert_accessible(page)
    page.set_viewport_size({"width": 390, "height": 844})
    visit.save_screenshot(f"insights-phone-{scheme}", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    visit.assert_no_errors()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_start_page_links_to_every_page(visit: Visit, scheme: Any) -> None:
    page = visit.page
    page.emulate_media(color_scheme=scheme)
    page.goto(visit.url)
    expect(page.get_by_text("published until")).to_contain_text("27 Nov 2026, 15:20 UTC")
    assert_accessible(page)
    visit.save_screenshot(f"start-{scheme}")
    links = page.get_by_role("navigation", name="Pages").get_by_role("link")
    paths = [link.get_attribute("href") for link in links.all()]
    assert paths == ["/insights", "/docs", "/redoc", "/openapi.json", "http://localhost:8080"]
    links.first.click()
    expect(page.get_by_role("heading", name="Your insights")).to_be_visible()
    visit.assert_no_errors()
