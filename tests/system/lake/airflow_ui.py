"""Airflow as people use it: its pages in a real browser, and pictures of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from playwright.sync_api import Browser, Page

from tests.system.lake.airflow_client import DAG
from tools.data_folder import ROOT

# For a busy machine; on a quiet one the slowest page takes a second.
PATIENCE_MS = 120_000
ARTEFACTS = ROOT / "artefacts"


class AirflowUi:
    """The page of our hourly DAG, signed in."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @classmethod
    @contextmanager
    def signed_in(cls, browser: Browser, url: str, user: str, password: str) -> Iterator["AirflowUi"]:
        """Open the DAG, sign in on the way."""
        size = {"width": 1600, "height": 1000}
        context = browser.new_context(viewport=size, locale="en-GB", timezone_id="UTC")  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        # Fonts and a code editor come from elsewhere; none of it is needed, and waiting for it takes long.
        page.route(lambda address: not address.startswith(url), lambda route: route.abort())
        page.goto(f"{url}/dags/{DAG}", wait_until="commit")
        page.locator("input[name=username]").fill(user)
        page.locator("input[name=password]").fill(password)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("button", name="Trigger Dag").wait_for()
        yield cls(page)
        context.close()

    def start_backfill(self, first: datetime, last: datetime) -> None:
        """Have every run of a range done, those that were done before too, through the dialogue."""
        self.page.get_by_role("button", name="Trigger Dag").click()
        dialogue = self.page.get_by_role("dialog")
        dialogue.get_by_text("Backfill", exact=True).click()
        dialogue.get_by_label("From", exact=True).fill(f"{first:%Y-%m-%dT%H:%M}")
        dialogue.get_by_label("To", exact=True).fill(f"{last:%Y-%m-%dT%H:%M}")
        dialogue.get_by_text("All Runs", exact=True).click()
        dialogue.locator("input[name=max_active_runs]").fill("4")
        dialogue.get_by_text("runs will be triggered").wait_for()
        self.photograph("backfill-dialogue")
        dialogue.get_by_role("button", name="Run Backfill").click()
        dialogue.wait_for(state="hidden")

    def show_grid(self, running: bool) -> None:
        """Load the page anew, with the last fifty runs over its whole width, while a backfill runs or not."""
        self.page.reload(wait_until="commit")
        banner = self.page.get_by_text("Backfill in progress")
        banner.wait_for(state="visible" if running else "hidden")
        self.page.get_by_role("button", name="Options", exact=True).click()
        self.page.get_by_test_id("display-dag-run-options").click()
        self.page.get_by_role("option", name="50", exact=True).click()
        self.page.keyboard.press("Escape")
        if (collapse := self.page.get_by_role("button", name="Collapse Details Panel")).is_visible():
            collapse.click()
        # The bars of the runs come first, the squares of their tasks when those have been asked for.
        self.page.locator("[data-testid^='grid-'][data-testid$='-plan_windows']").first.wait_for()

    def show_docs(self) -> None:
        """Open the panel with what the DAG says of itself."""
        self.page.get_by_role("button", name="Show Details Panel").click()
        self.page.get_by_role("button", name="Dag Docs").click()
        self.page.get_by_role("dialog").get_by_text("What to do when it is red").wait_for()

    def close_docs(self) -> None:
        self.page.get_by_role("dialog").get_by_role("button", name="Close").click()
        self.page.get_by_role("dialog").wait_for(state="hidden")

    def show_graph(self) -> None:
        """Draw the tasks, those in groups too."""
        self.page.get_by_role("button", name="Show Graph").click()
        self.page.get_by_role("button", name="Expand all task groups").click()
        self.page.locator(".react-flow__node").get_by_text("process_slice").first.wait_for()
        self.page.get_by_role("button", name="Fit View").click()

    def photograph(self, name: str) -> None:
        """Keep a picture of the window in the artefacts folder."""
        ARTEFACTS.mkdir(exist_ok=True)
        self.page.screenshot(path=ARTEFACTS / f"airflow-{name}.png")
