"""`make top`: shows alarms, metrics and log lines of a local product, as operators see them on AWS."""

import json
import math
import os
import sys
import time
from datetime import UTC, datetime, timedelta

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Column, Table
from rich.text import Text

from todo_insights.catalog.stores import open_catalog
from todo_insights.core.errors import InsightsError
from todo_insights.core.settings import Settings
from todo_insights.hourly.extract import open_changes
from todo_insights.hourly.status import HourStatus, known_hours, shown_state, status
from tools import ToolError
from tools.data_folder import DataFolder
from tools.services import database
from tools.signals.alarms import AlarmState, State, evaluate
from tools.signals.samples import SAME_AS, ApiSamples, last_lines, read_api, read_pipeline

REFRESH_SECONDS = 5
SHOWN_MINUTES, SHOWN_HOURS, SHOWN_ROUTES, SHOWN_LINES = 5, 6, 8, 3
API_METRICS = {
    *("Requests", "Errors4xx", "Errors5xx", "LatencyMs", "LoginFailures", "RateLimited"),
    *("DatabaseErrors", "IdempotentReplays", "CommitConflicts", "RollForwards"),
}
COUNTS = ("Requests", "Errors4xx", "Errors5xx", "LoginFailures", "IdempotentReplays", "CommitConflicts")
RUNBOOKS = "docs/runbooks/README.md"
AGE = "LastPublishedHourAgeMinutes"
# The log of the embedded database contains documents of users, so it is not shown.
PARTS = ("api", "airflow-scheduler", "airflow-dag-processor")


def main() -> int:
    """Show the tables until Ctrl-C; with ONCE=1, or without a terminal, show them once."""
    console = Console()
    try:
        folder = DataFolder.from_environment()
    except ToolError as error:
        console.print(str(error), markup=False, soft_wrap=True)
        return 1
    if os.environ.get("ONCE") or not console.is_terminal:
        console.print(view(folder, datetime.now(UTC)))
        return 0
    try:
        with Live(view(folder, datetime.now(UTC)), console=console, screen=True, auto_refresh=False) as live:
            while True:
                time.sleep(REFRESH_SECONDS)
                live.update(view(folder, datetime.now(UTC)), refresh=True)
    except KeyboardInterrupt:
        return 0


def view(folder: DataFolder, now: datetime) -> Group:
    """Return the tables with the current alarms, metrics and log lines."""
    minute = int(now.timestamp() // 60)
    api = read_api(folder.metrics_file, minute - SHOWN_MINUTES)
    hours, problem = _hours(folder, now)
    pipeline = read_pipeline(hours, folder.path / "airflow" / "logs")
    samples = {**api.totals, **pipeline}
    # In a new product, some metrics have no values: the age of the newest hour until the first hour is due,
    # and metrics of the pipeline that no task has logged yet. The alarms on these metrics have the state "no
    # data".
    known = {*API_METRICS, *SAME_AS, *pipeline, *([AGE] if _is_due(hours, now) else [])}
    return Group(
        Text(f"{folder.path}   {now:%Y-%m-%d %H:%M:%S} UTC   what to do: {RUNBOOKS}", "bold"),
        _alarms(evaluate(samples, known, minute, _started(folder))),
        _requests(api, minute),
        _routes(api),
        _database(folder),
        _pipeline(hours, problem, now),
        _lines(folder),
    )


def _hours(folder: DataFolder, now: datetime) -> tuple[list[HourStatus], str]:
    """Return the hours of the last day and ""; if reading fails, return an empty list and the error."""
    try:
        settings = Settings.from_environment(folder.environment(_uri(folder)))
        catalog = open_catalog(settings)
        with open_changes(settings) as changes:
            found = status(known_hours(changes, catalog, now), catalog)
    except InsightsError as error:
        return [], str(error)
    since = now - timedelta(days=1)
    return [each for each in found if each.hour.end > since], ""


def _started(folder: DataFolder) -> int | None:
    """Return the minute in which the database of this folder was started, or None if it does not run."""
    file = folder.database_port_file
    return int(file.stat().st_mtime // 60) if file.is_file() else None


def _is_due(hours: list[HourStatus], now: datetime) -> bool:
    """Return whether the first hour ended so long ago that it must be published by now."""
    return bool(hours) and hours[0].hour.end + timedelta(minutes=90) < now


def _uri(folder: DataFolder) -> str:
    """Return the URI of the running database, or a URI without a server if no database runs."""
    if uri := os.environ.get("MONGODB_URI"):
        return uri
    file = folder.database_port_file
    return database.uri(int(file.read_text()) if file.is_file() else 1)


def _alarms(alarms: list[AlarmState]) -> RenderableType:
    raised = [each for each in alarms if each.state is State.ALARM]
    counts = {state: sum(each.state is state for each in alarms) for state in State}
    runbook = Column("runbook", no_wrap=True)
    table = Table("alarm", "meaning", runbook, title=", ".join(f"{n} {s}" for s, n in counts.items()))
    for each in raised:
        table.add_row(Text(each.title, "red"), each.description, each.runbook)
    return _titled("Alarms", table if raised else Text(str(table.title), "green"))


def _requests(api: ApiSamples, minute: int) -> RenderableType:
    table = Table(
        "minute (UTC)", "requests", "4xx", "5xx", "p50 ms", "p99 ms", "logins failed", "replays", "conflicts"
    )
    for each in range(minute - SHOWN_MINUTES, minute):
        counts = [
            f"{sum(api.totals[name].get(each, [])):g}" if each in api.totals[name] else "-" for name in COUNTS
        ]
        latency = api.totals["LatencyMs"].get(each, [])
        row = [*counts[:3], percentile(latency, 0.5), percentile(latency, 0.99), *counts[3:]]
        table.add_row(f"{datetime.fromtimestamp(each * 60, UTC):%H:%M}", *row)
    return _titled("API", table)


def _routes(api: ApiSamples) -> RenderableType:
    table = Table("route", "requests", "p99 ms")
    for route, count in api.requests_by_route.most_common(SHOWN_ROUTES):
        table.add_row(route, str(count), percentile(api.latencies_by_route[route], 0.99))
    return _titled(f"Routes of the last {SHOWN_MINUTES} minutes", table)


def percentile(values: list[float], share: float) -> str:
    """Return a percentile of the values as text, or a hyphen if there are no values."""
    return f"{sorted(values)[math.ceil(share * len(values)) - 1]:.1f}" if values else "-"


def _database(folder: DataFolder) -> RenderableType:
    started = time.monotonic()
    problem = database.problem(_uri(folder))
    if problem:
        return _titled("Database", Text(f"does not answer: {problem}", "red"))
    return _titled("Database", Text(f"answers in {1000 * (time.monotonic() - started):.0f} ms", "green"))


def _pipeline(hours: list[HourStatus], problem: str, now: datetime) -> RenderableType:
    if problem:
        return _titled("Pipeline", Text(problem, "red"))
    table = Table("hour (UTC)", "state", "changes", "rejects", "read, minutes after its end")
    for each in hours[-SHOWN_HOURS:]:
        after = f"{(each.as_of - each.hour.end).total_seconds() / 60:.1f}" if each.as_of else ""
        table.add_row(
            str(each.hour), shown_state(each, now), str(each.source_count), str(each.rejects), after
        )
    return _titled("Pipeline", table)


def _lines(folder: DataFolder) -> RenderableType:
    table = Table("part", "last lines", show_lines=True)
    for part in PARTS:
        # The bytes to read from the end of a log: a few kilobytes are enough for SHOWN_LINES lines.
        lines = last_lines(folder.log(part), most=8192)[-SHOWN_LINES:]
        if lines:
            table.add_row(part, "\n".join(map(_short, lines)))
    return _titled("Log", table)


def _short(line: str) -> str:
    """Return the important fields of a JSON log line, or the beginning of any other line."""
    try:
        fields = json.loads(line)
        names = ("timestamp", "level", "message", "operation", "http_status", "request_id")
        return " ".join(str(fields[name]) for name in names if name in fields)
    except (ValueError, TypeError):
        return line[:200]


def _titled(title: str, content: RenderableType) -> Group:
    return Group(Text(f"\n{title}", "bold cyan"), content)


if __name__ == "__main__":
    sys.exit(main())
