"""The panels of `make top`; each function renders signals that were read before."""

import json
import math
from datetime import UTC, datetime

from rich.console import Group, RenderableType
from rich.table import Column, Table
from rich.text import Text

from todo_insights.hourly.status import HourStatus, shown_state
from tools.data_folder import DataFolder
from tools.signals.airflow_runs import AirflowState, Dag, Task
from tools.signals.alarms import AlarmState, State
from tools.signals.outage import DatabaseState
from tools.signals.samples import ApiSamples, last_lines

SHOWN_MINUTES, SHOWN_HOURS, SHOWN_ROUTES, SHOWN_LINES = 5, 6, 8, 3
COUNTS = ("Requests", "Errors4xx", "Errors5xx", "LoginFailures", "IdempotentReplays", "CommitConflicts")
# Tasks usually take seconds. A task that runs longer than these minutes may hang.
LONG_TASK_MINUTES = 10
# The log of the embedded database contains documents of users, so it is not shown.
PARTS = ("api", "airflow-scheduler", "airflow-dag-processor")


def alarms(alarms: list[AlarmState]) -> RenderableType:
    """Render the raised alarms, and the numbers of alarms by state."""
    raised = [each for each in alarms if each.state is State.ALARM]
    counts = {state: sum(each.state is state for each in alarms) for state in State}
    runbook = Column("runbook", no_wrap=True)
    table = Table("alarm", "meaning", runbook, title=", ".join(f"{n} {s}" for s, n in counts.items()))
    for each in raised:
        table.add_row(Text(each.title, "red"), each.description, each.runbook)
    return _titled("Alarms", table if raised else Text(str(table.title), "green"))


def requests(api: ApiSamples, minute: int) -> RenderableType:
    """Render the counts and latencies of the API by minute."""
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


def routes(api: ApiSamples) -> RenderableType:
    """Render the routes with the most requests."""
    table = Table("route", "requests", "p99 ms")
    for route, count in api.requests_by_route.most_common(SHOWN_ROUTES):
        table.add_row(route, str(count), percentile(api.latencies_by_route[route], 0.99))
    return _titled(f"Routes of the last {SHOWN_MINUTES} minutes", table)


def percentile(values: list[float], share: float) -> str:
    """Return a percentile of the values as text, or a hyphen if there are no values."""
    return f"{sorted(values)[math.ceil(share * len(values)) - 1]:.1f}" if values else "-"


def database(state: DatabaseState, now: datetime) -> RenderableType:
    """Render whether the database answers; if not, the reason, and since when requests have failed."""
    if not state.problem:
        return _titled("Database", Text(f"answers in {state.milliseconds:.0f} ms", "green"))
    since = "no request has failed yet"
    if failing := state.failing_since:
        since = f"requests have failed since {failing:%H:%M:%S} UTC ({_age(failing, now)})"
    # The reason of a failed connection begins with the address.
    reason = state.problem.removeprefix(f"{state.address}: ")
    shown = f"{state.address} does not answer: {reason}\n{since}"
    return _titled("Database", Text(shown, "red"))


def pipeline(hours: list[HourStatus], problem: str, now: datetime) -> RenderableType:
    """Render the newest hours, or the problem that prevented reading them."""
    if problem:
        return _titled("Pipeline", Text(problem, "red"))
    table = Table("hour (UTC)", "state", "changes", "rejects", "read, minutes after its end")
    for each in hours[-SHOWN_HOURS:]:
        after = f"{(each.as_of - each.hour.end).total_seconds() / 60:.1f}" if each.as_of else ""
        rejects = Text(str(each.rejects), "red" if each.rejects else "")
        table.add_row(str(each.hour), shown_state(each, now), str(each.source_count), rejects, after)
    return _titled("Pipeline", table)


def airflow(state: AirflowState | None, now: datetime) -> RenderableType:
    """Render the newest run of each DAG, and the tasks that run, wait or have failed."""
    if state is None:
        return _titled("Airflow", Text("was not started in this folder; make run starts it"))
    title = f"Airflow ({state.url})"
    problems = [f"Airflow {state.problem}"] if state.problem else state.unhealthy
    content: list[RenderableType] = [Text(each, "red") for each in problems]
    if state.dags:
        content.append(_dags(state.dags, now))
    if state.tasks:
        content.append(_tasks(state.tasks, now))
    elif not state.problem:
        content.append(Text("No task runs or waits."))
    if state.task_count > len(state.tasks):
        content.append(Text(f"and {state.task_count - len(state.tasks)} more tasks"))
    return _titled(title, Group(*content))


def _dags(dags: list[Dag], now: datetime) -> RenderableType:
    table = Table("DAG", "next run (UTC)", "newest run", "state", "since")
    for each in dags:
        next_run = Text(f"{each.next_run:%m-%d %H:%M}" if each.next_run else "not scheduled")
        if each.is_paused:
            next_run = Text("paused", "red")
        if each.has_import_errors:
            next_run = Text("import error", "red")
        run = each.newest_run
        shown = (Text(run.run_id), _state(run.state), _age(run.since, now)) if run else ("no runs", "", "")
        table.add_row(each.dag_id, next_run, *shown)
    return table


def _tasks(tasks: list[Task], now: datetime) -> RenderableType:
    table = Table("task", "state", "since", "attempt", "run")
    for each in tasks:
        name = f"{each.dag_id}.{each.task_id} {each.label}".rstrip()
        is_long = each.since and (now - each.since).total_seconds() > 60 * LONG_TASK_MINUTES
        style = "red" if is_long and each.state == "running" else ""
        attempt = f"{each.attempt} of {each.attempts}"
        row = (Text(name), _state(each.state), _age(each.since, now), attempt, Text(each.run_id))
        table.add_row(*row, style=style)
    return table


def _state(state: str) -> Text:
    colors = {"failed": "red", "up_for_retry": "yellow", "success": "green"}
    return Text(state, colors.get(state, ""))


def _age(since: datetime | None, now: datetime) -> str:
    """Return the time since a moment as text in seconds, minutes or hours; "" if there is no moment."""
    if since is None:
        return ""
    seconds = max(0.0, (now - since).total_seconds())
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 100 * 60 else f"{seconds / 3600:.1f} h"


def lines(folder: DataFolder) -> RenderableType:
    """Render the last log lines of each part."""
    table = Table("part", "last lines", show_lines=True)
    for part in PARTS:
        # The bytes to read from the end of a log: a few kilobytes are enough for SHOWN_LINES lines.
        lines = last_lines(folder.log(part), most=8192)[-SHOWN_LINES:]
        if lines:
            table.add_row(part, Text("\n".join(map(_short, lines))))
    return _titled("Log", table)


def _short(line: str) -> str:
    """Return the important fields of a JSON log line, or the beginning of any other line."""
    try:
        fields = json.loads(line)
        names = ("timestamp", "level", "message", "operation", "http_status", "request_id")
        shown = [fields[name] for name in names if name in fields]
        # The reason of a failure of the database.
        reason = fields.get("metadata", {}).get("reason", "")
        return " ".join(map(str, [*shown, reason])).rstrip()
    except (ValueError, TypeError, AttributeError):
        return line[:200]


def _titled(title: str, content: RenderableType) -> Group:
    return Group(Text(f"\n{title}", "bold cyan"), content)
