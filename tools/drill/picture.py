"""The dashboard of all drills as a page and as a picture."""

from collections.abc import Mapping
from pathlib import Path

from tools.chromium import is_installed, launched
from tools.drill.timeline import Timeline, one_after_the_other
from tools.signals.dashboard import Content, render

# The minutes that the dashboard shows before and after the beginning of each incident. Both are whole hours,
# because some metrics are hourly.
USUAL, INCIDENT = 60, 60
WIDTH = 1960


def write_dashboard(timelines: Mapping[str, Timeline], folder: Path) -> list[Path]:
    """Write drill-dashboard.html, and drill-dashboard.png if Chromium is installed; returns the files.

    The dashboard shows the incidents one after the other, although each drill had a product of its own.
    """
    length = USUAL + INCIDENT
    content = Content(
        one_after_the_other(timelines.values(), USUAL, INCIDENT),
        range(0, len(timelines) * length),
        {number * length + USUAL: str(number + 1) for number in range(len(timelines))},
        _raised(timelines),
        "Drills: " + ", ".join(f"{number}: {name}" for number, name in enumerate(timelines, start=1)),
    )
    folder.mkdir(exist_ok=True)
    page, picture = folder / "drill-dashboard.html", folder / "drill-dashboard.png"
    page.write_text(render(content))
    if not is_installed():
        return [page]
    with launched() as browser:
        opened = browser.new_page(viewport={"width": WIDTH, "height": 1000})
        opened.goto(page.as_uri())
        opened.screenshot(path=picture, full_page=True)
    return [page, picture]


def _raised(timelines: Mapping[str, Timeline]) -> dict[str, str]:
    """Return, by alarm, the drills that raised the alarm within the shown minutes, such as "drill 1, 3"."""
    raised: dict[str, list[str]] = {}
    for number, timeline in enumerate(timelines.values(), start=1):
        for title, minutes in timeline.alarms.items():
            if minutes <= INCIDENT:
                raised.setdefault(title, []).append(str(number))
    return {title: f"drill {', '.join(numbers)}" for title, numbers in raised.items()}
