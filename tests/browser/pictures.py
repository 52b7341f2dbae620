"""`make pictures`: saves the picture of the insights page for the README, with a month of sample activity.

The command also prints the transferred bytes, the time of the first paint, and the CPU time of the API
requests.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
from playwright.sync_api import Browser, Page, expect
from rich.console import Console

from tests.browser.insights_environment import NOW, InsightsEnvironment, insights_environment
from tests.serving import PASSWORD
from tools.chromium import launched
from tools.data_folder import ROOT, DataFolder
from tools.services import database
from tools.supervision.ports import free_port

PICTURE = ROOT / "docs" / "images" / "insights.png"
REFRESHES = 20
WIDTH, HEIGHT = 1240, 860
TIMINGS = """() => ({
  paint: performance.getEntriesByName("first-contentful-paint")[0].startTime,
  bytes: [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
    .reduce((sum, each) => sum + each.transferSize, 0),
})"""


def main() -> None:
    """Measure the page and save its picture; needs chromium."""
    console = Console()
    with _environment() as environment, launched() as browser:
        page = _open(browser, environment, is_measured=True)
        timings = page.evaluate(TIMINGS)
        console.print(
            f"{timings['bytes'] / 1024:.0f} KB transferred, first paint after {timings['paint']:.0f} ms"
        )
        seconds = _cpu_seconds(environment)
        for _ in range(REFRESHES):
            page.get_by_role("button", name="Refresh").click()
            expect(page.locator("#insights")).not_to_have_attribute("aria-busy", "true")
        cost = (_cpu_seconds(environment) - seconds) / REFRESHES
        console.print(f"{cost * 1000:.0f} ms of CPU time of the API for each refresh (5 requests)")
        PICTURE.parent.mkdir(exist_ok=True)
        page = _open(browser, environment, is_measured=False)
        # Only hours with changes are published, so the page starts with a notice about missing hours. The
        # picture starts below this notice.
        top = page.locator("#numbers").evaluate("each => each.getBoundingClientRect().top + scrollY") - 12
        page.screenshot(
            path=PICTURE, full_page=True, clip={"x": 0, "y": top, "width": WIDTH, "height": HEIGHT}
        )
    console.print(f"Saved {PICTURE.relative_to(ROOT)} ({PICTURE.stat().st_size // 1024} KB)")


def _open(browser: Browser, environment: InsightsEnvironment, *, is_measured: bool) -> Page:
    """Sign in as Ada and open the page; a measured page has the real clock.

    The clock of Playwright would also replace `performance`, from which the time of the first paint is read.
    """
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, locale="en-GB")
    if not is_measured:
        page.clock.set_fixed_time(NOW)
    page.goto(f"{environment.api.url}/insights")
    page.get_by_label("E-mail address").fill(environment.emails["Ada"])
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#hours")).to_be_visible()
    page.evaluate("document.activeElement.blur()")
    return page


def _cpu_seconds(environment: InsightsEnvironment) -> float:
    parent = psutil.Process(environment.process_id)
    times = [each.cpu_times() for each in (parent, *parent.children(recursive=True))]
    return float(sum(each.user + each.system for each in times))


@contextmanager
def _environment() -> Iterator[InsightsEnvironment]:
    with TemporaryDirectory() as path:
        folder = DataFolder(Path(path))
        (folder.path / "logs").mkdir()
        server = database.start(folder, port := free_port())
        try:
            with insights_environment(folder, database.uri(port)) as environment:
                yield environment
        finally:
            server.stop()


if __name__ == "__main__":
    main()
