"""`make pictures`: the picture of the insights page in the README, from a month of sample activity."""

from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import expect
from rich.console import Console

from tests.browser.insights_world import NOW, PASSWORD, insights_world
from tests.chromium import chromium
from tools.data_folder import ROOT, DataFolder
from tools.ports import free_port
from tools.services import database

PICTURE = ROOT / "docs" / "images" / "insights.png"


def main() -> None:
    """Save the picture; needs chromium."""
    started = datetime.now(UTC)
    with TemporaryDirectory() as path:
        folder = DataFolder(Path(path))
        (folder.path / "logs").mkdir()
        server = database.start(folder, port := free_port())
        try:
            with insights_world(folder, database.uri(port)) as world, chromium() as browser:
                page = browser.new_page(viewport={"width": 1240, "height": 870}, locale="en-GB")
                page.clock.set_fixed_time(NOW)
                page.goto(f"{world.api.url}/insights")
                page.get_by_label("E-mail address").fill(world.emails["Ada"])
                page.get_by_label("Password").fill(PASSWORD)
                page.get_by_role("button", name="Sign in").click()
                expect(page.locator("#hours")).to_be_visible()
                # Without the frame of the focus.
                page.evaluate("document.activeElement.blur()")
                PICTURE.parent.mkdir(exist_ok=True)
                page.screenshot(path=PICTURE)
        finally:
            server.stop()
    seconds = (datetime.now(UTC) - started).total_seconds()
    Console().print(
        f"Saved {PICTURE.relative_to(ROOT)}, {PICTURE.stat().st_size:,} bytes, in {seconds:.0f} s"
    )


if __name__ == "__main__":
    main()
