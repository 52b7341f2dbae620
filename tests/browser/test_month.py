"""The insights page shows the figures of the month in tests/month.toml, which were counted by hand."""

from collections.abc import Iterator
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from tests.browser.conftest import Visit
from tests.browser.insights_page import number, opened_table, sign_in
from tests.month import MONTH, READ_AT, email_of, published_month

PERIOD = ("2026-10-18", "2026-10-31")
ZONES = {step["user"]: step["set"]["time_zone"] for step in MONTH["steps"] if step["do"] == "register"}


@pytest.fixture(scope="module")
def url(mongodb_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an API whose clock shows ten minutes after the month."""
    with published_month(mongodb_uri, tmp_path_factory.mktemp("lake")) as month:
        month.users.clock.now = READ_AT
        server = make_server("127.0.0.1", 0, month.users.client.application, threaded=True)
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        server.server_close()


@pytest.fixture
def visit(browser: Browser, url: str) -> Iterator[Visit]:
    context = browser.new_context(locale="en-GB", timezone_id="Asia/Tokyo")
    opened = Visit(context.new_page(), url)
    opened.page.clock.set_fixed_time(READ_AT)
    yield opened
    context.close()


def choose_period(page: Page) -> None:
    page.locator("#range").get_by_text("Custom", exact=True).click()
    page.get_by_label("From", exact=True).fill(PERIOD[0])
    page.get_by_label("To", exact=True).fill(PERIOD[1])
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#coverage")).to_contain_text("18 Oct 2026 to 31 Oct 2026 (14 days)")


@pytest.mark.parametrize("user", ["ada", "bob"])
def test_page_shows_the_figures_of_the_month(visit: Visit, user: str) -> None:
    expected = MONTH["users"][user]
    period, before = expected["period"], expected["previous"]
    page = sign_in(visit, email_of(user), ZONES[user])
    choose_period(page)
    completed = period["activity"]["completed"]
    assert number(page, "Open tasks") == str(expected["open_tasks"]["total"])
    assert number(page, "Completed") == str(completed)
    change = completed - before["activity"]["completed"]
    note = "as many as in the range before" if change == 0 else f"{-change} fewer than in the range before"
    expect(page.locator("#numbers")).to_contain_text(note)
    rate = period.get("on_time_rate")
    assert number(page, "On time") == ("\N{EN DASH}" if rate is None else f"{rate:.0%}".replace("%", " %"))
    assert number(page, "Streak") == f"{expected['streaks']['current']} days"
    days = {row[0]: row[1:3] for row in opened_table(page.locator("#activity"))}
    assert len(days) == 14
    shown = {day: [int(text) for text in texts] for day, texts in days.items()}
    assert {day: counts for day, counts in shown.items() if counts != [0, 0]} == {
        day: [created, completed]
        for day, (_, created, completed, *_) in MONTH["days"][user].items()
        if PERIOD[0] <= day and (created or completed)
    }
    visit.assert_no_errors()


def test_page_shows_the_cycle_times_of_both_periods(visit: Visit) -> None:
    page = sign_in(visit, email_of("ada"), ZONES["ada"])
    choose_period(page)
    times = [MONTH["users"]["ada"][name]["cycle_hours"] for name in ("period", "previous")]
    shown = opened_table(page.locator("#cycle-time"))
    names = ("p10", "p25", "median", "p75", "p90")
    assert [[float(text) for text in row[1:]] for row in shown] == [
        [each[name] for each in times] for name in names
    ]
