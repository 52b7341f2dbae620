"""Shows the signals until Ctrl-C; with ONCE=1, or without a terminal, shows them once."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from todo_insights.catalog.stores import open_catalog
from todo_insights.core.errors import InsightsError
from todo_insights.core.settings import Settings
from todo_insights.hourly.extract import open_changes
from todo_insights.hourly.status import HourStatus, known_hours, status
from tools import ToolError
from tools.data_folder import DataFolder
from tools.services import database
from tools.signals import airflow_runs, outage
from tools.signals.alarms import AlarmState, evaluate
from tools.signals.samples import SAME_AS, ApiSamples, Series, read_api, read_pipeline
from tools.top import panels

REFRESH_SECONDS = 5
# The width of the tables in a file or a pipe.
FILE_WIDTH = 160
API_METRICS = {
    *("Requests", "Errors4xx", "Errors5xx", "LatencyMs", "LoginFailures", "RateLimited"),
    *("DatabaseErrors", "IdempotentReplays", "CommitConflicts", "RollForwards"),
}
AGE = "LastPublishedHourAgeMinutes"
RUNBOOKS = "docs/runbooks/README.md"
Show = Callable[[str], None]


def main() -> int:
    """Run the command; returns the exit status."""
    is_wide = sys.stdout.isatty() or "COLUMNS" in os.environ
    console = Console(width=None if is_wide else FILE_WIDTH)
    try:
        folder = DataFolder.from_environment()
    except ToolError as error:
        console.print(str(error), markup=False, soft_wrap=True)
        return 1
    try:
        if os.environ.get("ONCE") or not console.is_terminal:
            with _progress() as show:
                shown = view(folder, datetime.now(UTC), show)
            console.print(shown)
        else:
            _refresh(folder, console)
    except KeyboardInterrupt:
        pass
    return 0


def _refresh(folder: DataFolder, console: Console) -> None:
    """Show the signals, and read them again every REFRESH_SECONDS seconds; the first line shows the step."""
    shown: RenderableType = ""
    with Live(console=console, screen=True, auto_refresh=False) as live:

        def show(step: str) -> None:
            live.update(Group(Text(step, "yellow"), shown), refresh=True)

        while True:
            shown = view(folder, datetime.now(UTC), show)
            show(f"Refreshed every {REFRESH_SECONDS} s until Ctrl-C; ONCE=1 make top prints all lines")
            time.sleep(REFRESH_SECONDS)


@contextmanager
def _progress() -> Iterator[Show]:
    """Yield a function that shows the current step, in a file or a pipe as one line per step."""
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    if not errors.is_terminal:
        yield errors.print
        return
    with errors.status("") as spinner:
        yield spinner.update


def view(folder: DataFolder, now: datetime, show: Show) -> Group:
    """Read the signals and return the panels; before each wait, `show` gets the step and its timeout."""
    uri = _uri(folder)
    if uri:
        show(f"Asking the database at {database.address(uri)} (timeout {outage.TIMEOUT_SECONDS:g} s)")
    state = outage.read_database(uri, folder)
    hours: list[HourStatus] = []
    problem = "The hours are unknown, because the change log is in the database, which does not answer."
    if uri and not state.problem:
        show(f"Reading the hours from the change log at {state.address}")
        hours, problem = _hours(folder, uri, now)
    show(f"Asking Airflow (timeout {airflow_runs.TIMEOUT_SECONDS:g} s)")
    airflow = airflow_runs.read_airflow(folder)
    minute = int(now.timestamp() // 60)
    api = read_api(folder.metrics_file, minute - panels.SHOWN_MINUTES)
    pipeline = read_pipeline(hours, folder.path / "airflow" / "logs")
    return Group(
        Text(f"{folder.path}   {now:%Y-%m-%d %H:%M:%S} UTC   what to do: {RUNBOOKS}", "bold"),
        panels.alarms(alarm_states(folder, api, pipeline, hours, now)),
        panels.database(state, now),
        panels.requests(api, minute),
        panels.pipeline(hours, problem, now),
        panels.airflow(airflow, now),
        # A low terminal does not show the last panels.
        panels.routes(api),
        panels.lines(folder),
    )


def alarm_states(
    folder: DataFolder, api: ApiSamples, pipeline: Series, hours: list[HourStatus], now: datetime
) -> list[AlarmState]:
    """Evaluate the alarms at a time.

    In a new product, some metrics have no values: the age of the newest hour until the first hour is due, and
    metrics of the pipeline that no task has logged yet. The alarms on these metrics have the state "no data".
    """
    known = {*API_METRICS, *SAME_AS, *pipeline, *([AGE] if _is_due(hours, now) else [])}
    minute = int(now.timestamp() // 60)
    return evaluate({**api.totals, **pipeline}, known, minute, _first_minute(folder, api))


def _first_minute(folder: DataFolder, api: ApiSamples) -> int | None:
    """Return the minute from which metrics are expected; None if the product was never started.

    This is the recorded start of the product. If other programs started the product, there is no record, and
    this is the first minute in the metrics file.
    """
    if started := folder.started:
        return int(started.timestamp() // 60)
    return min(api.totals["Requests"], default=None)


def _is_due(hours: list[HourStatus], now: datetime) -> bool:
    """Return whether the first hour ended so long ago that it must be published by now."""
    return bool(hours) and hours[0].hour.end + timedelta(minutes=90) < now


def _hours(folder: DataFolder, uri: str, now: datetime) -> tuple[list[HourStatus], str]:
    """Return the hours of the last day and ""; if reading fails, return an empty list and the error."""
    try:
        settings = Settings.from_environment(folder.environment(uri))
        catalog = open_catalog(settings)
        with open_changes(settings) as changes:
            found = status(known_hours(changes, catalog, now), catalog)
    except InsightsError as error:
        return [], str(error)
    since = now - timedelta(days=1)
    return [each for each in found if each.hour.end > since], ""


def _uri(folder: DataFolder) -> str | None:
    """Return the URI of the product's database; None if the database is not external and is stopped."""
    if uri := os.environ.get("MONGODB_URI"):
        return uri
    file = folder.database_port_file
    return database.uri(int(file.read_text())) if file.is_file() else None


if __name__ == "__main__":
    sys.exit(main())
