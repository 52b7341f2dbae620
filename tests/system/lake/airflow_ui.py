"""Controls Airflow's UI in a real browser, and saves screenshots."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from playwright.sync_api import Browser, Page

from tests.system.lake.airflow_client import HOURLY
from tools.data_folder import ROOT

# The timeout is long enough for a busy machine. On an idle machine, the slowest page needs one second.
TIMEOUT_MS = 120_000
ARTEFACTS = ROOT / "artefacts"


class AirflowUi:
    """The page of the hourly DAG in Airflow's UI."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @classmethod
    @contextmanager
    def signed_in(cls, browser: Browser, url: str, user: str, password: str) -> Iterator["AirflowUi"]:
        """Sign in and open the page of the DAG."""
        size = {"width": 1600, "height": 1000}
        context = browser.new_context(viewport=size, locale="en-GB", timezone_id="UTC")  # type: ignore[arg-type]
        context.set_default_timeout(TIMEOUT_MS)
        page = context.new_page()
        # Fonts and the code editor would be loaded slowly from other hosts, and the test does not need them.
        page.route(lambda address: not address.startswith(url), lambda route: route.abort())
        page.goto(f"{url}/dags/{HOURLY}", wait_until="commit")
        page.locator("input[name=username]").fill(user)
        page.locator("input[name=password]").fill(password)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("button", name="Trigger Dag").wait_for()
        yield cls(page)
        context.close()

    def start_backfill(self, first: datetime, last: datetime) -> None:
        """Start a backfill with the dialog of the UI, for all runs of a range, including finished runs."""
        self.page.get_by_role("button", name="Trigger Dag").click()
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_text("Backfill", exact=True).click()
        dialog.get_by_label("From", exact=True).fill(f"{first:%Y-%m-%dT%H:%M}")
        dialog.get_by_label("To", exact=True).fill(f"{last:%Y-%m-%dT%H:%M}")
        dialog.get_by_text("All Runs", exact=True).click()
        dialog.locator("input[name=max_active_runs]").fill("4")
        dialog.get_by_text("runs will be triggered").wait_for()
        self.save_screenshot("backfill-dialog")
        dialog.get_by_role("button", name="Run Backfill").click()
        dialog.wait_for(state="hidden")

    def show_grid(self, running: bool) -> None:
        """Reload the page, wait until the backfill banner is shown (`running`) or hidden; show 50 runs."""
        self.page.reload(wait_until="commit")
        banner = self.page.get_by_text("Backfill in progress")
        banner.wait_for(state="visible" if running else "hidden")
        self.page.get_by_role("button", name="Options", exact=True).click()
        self.page.get_by_test_id("display-dag-run-options").click()
        self.page.get_by_role("option", name="50", exact=True).click()
        self.page.keyboard.press("Escape")
        if (collapse := self.page.get_by_role("button", name="Collapse Details Panel")).is_visible():
            collapse.click()
        # While the page loads, it shows only a bar for each run; the squares of the tasks appear later.
        self.page.locator("[data-testid^='grid-'][data-testid$='-plan_windows']").first.wait_for()

    def show_docs(self) -> None:
        """Open the panel with the documentation of the DAG."""
        self.page.get_by_role("button", name="Show Details Panel").click()
        self.page.get_by_role("button", name="Dag Docs").click()
        self.page.get_by_role("dialog").get_by_text("What to do when it is red").wait_for()

    def close_docs(self) -> None:
        self.page.get_by_role("dialog").get_by_role("button", name="Close").click()
        self.page.get_by_role("dialog").wait_for(state="hidden")

    def show_graph(self) -> None:
        """Show the graph with all task groups expanded."""
        self.page.get_by_role("button", name="Show Graph").click()
        self.page.get_by_role("button", name="Expand all task groups").click()
        self.page.locator(".react-flow__node").get_by_text("process_slice").first.wait_for()
        self.page.get_by_role("button", name="Fit View").click()

    def save_screenshot(self, name: str) -> None:
        """Save a screenshot in the artefacts folder."""
        ARTEFACTS.mkdir(exist_ok=True)
        self.page.screenshot(path=ARTEFACTS / f"airflow-{name}.png")
