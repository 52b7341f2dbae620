"""Functions that use the insights page as a user does: sign in, choose a range, and read figures."""

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visit
from tests.serving import PASSWORD


def sign_in(visit: Visit, email: str, zone: str) -> Page:
    """Sign in on the insights page, and wait for the figures of this user."""
    page = visit.page
    page.goto(f"{visit.url}/insights")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    expect(page.locator("#insights")).not_to_have_attribute("aria-busy", "true")
    expect(page.locator("#coverage")).to_contain_text(f"Time zone: {zone}")
    return page


def choose(page: Page, label: str) -> None:
    """Choose a range by a click on its label, as a user does."""
    page.locator("#range").get_by_text(label, exact=True).click()
    expect(page.locator("#insights")).not_to_have_attribute("aria-busy", "true")


def number(page: Page, label: str) -> str:
    """Return the key figure with this label."""
    item = page.locator("#numbers li").filter(has_text=label)
    return item.locator("strong").inner_text()


def opened_table(card: Locator) -> list[list[str]]:
    """Open the table of a card and return its rows, once the page has drawn them."""
    card.get_by_text("Table").click()
    expect(card.locator("details tbody tr").first).to_be_visible()
    return [row.locator("th, td").all_inner_texts() for row in card.locator("details tbody tr").all()]
