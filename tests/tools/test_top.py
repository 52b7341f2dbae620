"""`make top`: alarms on missing data at a given time, and the states of an Airflow that cannot be asked."""

import json
import re
import socket
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from tools.data_folder import DataFolder
from tools.services import airflow
from tools.signals import airflow_runs, outage
from tools.signals.airflow_runs import AirflowState, Dag, Run, Task, read_airflow
from tools.signals.alarms import State
from tools.signals.samples import read_api
from tools.supervision.ports import LOOPBACK, free_port
from tools.top import panels
from tools.top.__main__ import alarm_states
from webapp.metrics.embedded import EmbeddedMetrics

START = datetime(2026, 11, 20, 8, 0, 30, tzinfo=UTC)
# ApiMetrics is raised after three periods of five minutes without metrics.
WINDOW = timedelta(minutes=15)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    folder = DataFolder(tmp_path)
    folder.create()
    return folder


def api_metrics(folder: DataFolder, now: datetime) -> State:
    """Return the state of the alarm ApiMetrics at this time."""
    states = alarm_states(folder, read_api(folder.metrics_file, since=0), {}, [], now)
    return {each.title: each.state for each in states}["ApiMetrics"]


def emit(folder: DataFolder, start: datetime, end: datetime) -> None:
    """Write what one process of the API writes from `start` to `end`, without any request."""
    metrics = EmbeddedMetrics(folder.metrics_file, "embedded", start.timestamp())
    for minute in range(int((end - start) / MINUTE) + 1):
        metrics.add([], [], (start + minute * MINUTE).timestamp())


def test_alarm_is_not_raised_before_the_new_product_can_have_sent_metrics(folder: DataFolder) -> None:
    """The database of this product is external, so there is no file with its port."""
    folder.record_start(START)

    assert api_metrics(folder, START + WINDOW - MINUTE) is State.NO_DATA
    assert api_metrics(folder, START + WINDOW) is State.ALARM


def test_restarted_database_does_not_hide_that_metrics_are_missing(folder: DataFolder) -> None:
    folder.record_start(START)
    emit(folder, START, START + 60 * MINUTE)
    assert api_metrics(folder, START + 60 * MINUTE) is State.OK

    # A new server writes this file; its real time is much later than the simulated time.
    folder.database_port_file.write_text("27017")

    assert api_metrics(folder, START + 90 * MINUTE) is State.ALARM


def test_metrics_before_a_pause_do_not_raise_the_alarm_after_the_next_start(folder: DataFolder) -> None:
    folder.record_start(START)
    emit(folder, START, START + 60 * MINUTE)
    folder.record_start(monday := START + timedelta(days=3))

    assert api_metrics(folder, monday + 3 * MINUTE) is State.NO_DATA
    emit(folder, monday, monday + 20 * MINUTE)
    assert api_metrics(folder, monday + 20 * MINUTE) is State.OK


def test_without_a_recorded_start_the_first_metrics_count(folder: DataFolder) -> None:
    """Another program has started this API. An API that has never sent metrics raises the alarm."""
    assert api_metrics(folder, START) is State.ALARM
    emit(folder, START, START + 3 * MINUTE)

    assert api_metrics(folder, START + 4 * MINUTE) is State.NO_DATA
    assert api_metrics(folder, START + 30 * MINUTE) is State.ALARM


def log_lines(folder: DataFolder, *lines: tuple[int, str]) -> None:
    """Append lines to the API's log, each with its minute and its message."""
    with folder.log("api").open("a") as log:
        for minute, message in lines:
            log.write(f'{{"timestamp":"{at(minute).isoformat()}","message":"{message}"}}\n')


def at(minute: int) -> datetime:
    return START + minute * MINUTE


@pytest.mark.parametrize(
    ("lines", "since"),
    [
        ([], None),
        ([(1, "database error"), (2, "database error")], 1),
        ([(1, "database error"), (2, "the database is available again")], None),
        ([(1, "database error"), (2, "the database is available again"), (5, "database error")], 5),
        ([(-9, "database error"), (3, "database error")], 3),
    ],
    ids=["no request has failed", "first error", "recovered", "second outage", "error before the start"],
)
def test_outage_begins_with_the_first_failed_request(
    folder: DataFolder,
    lines: list[tuple[int, str]],
    since: int | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outage, "TIMEOUT_SECONDS", 0.1)
    folder.record_start(START)
    log_lines(folder, *lines)

    state = outage.read_database(f"mongodb://user:secret@{LOOPBACK}:{free_port()}", folder)

    assert "Connection refused" in state.problem
    assert state.failing_since == (None if since is None else at(since))
    assert "secret" not in state.address


def shown(state: AirflowState | None) -> str:
    """Return the text of Airflow's panel at START."""
    console = Console(width=160, file=StringIO())
    console.print(panels.airflow(state, START))
    output = console.file
    assert isinstance(output, StringIO)
    return output.getvalue()


@pytest.fixture
def options(folder: DataFolder) -> airflow.Options:
    """The options of an Airflow that was started in the folder and is not running now."""
    options = airflow.Options(free_port(), START.isoformat())
    (folder.path / "airflow").mkdir()
    (folder.path / "airflow" / "setup.json").write_text(json.dumps(asdict(options)))
    return options


def test_folder_without_airflow_has_no_state_of_airflow(folder: DataFolder) -> None:
    assert "was not started in this folder" in shown(read_airflow(folder))


def test_stopped_airflow_does_not_respond(folder: DataFolder, options: airflow.Options) -> None:
    text = shown(read_airflow(folder))

    assert f"Airflow (http://localhost:{options.port})\nAirflow does not respond" in text
    assert "No task runs" not in text


def test_hanging_airflow_does_not_respond(
    folder: DataFolder, options: airflow.Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The operating system accepts the connection, but no program reads the request."""
    monkeypatch.setattr(airflow_runs, "TIMEOUT_SECONDS", 0.2)
    with socket.create_server((LOOPBACK, options.port)):
        assert "Airflow does not respond" in shown(read_airflow(folder))


def test_panel_shows_paused_dags_and_how_long_tasks_have_been_running() -> None:
    run = Run("scheduled__2026-11-20T08:00:00+00:00", "running", START - 12 * MINUTE)
    hourly = Dag("todo_hourly_insights", False, False, START + 60 * MINUTE, run)
    daily = Dag("todo_daily_compaction", True, False, None, None)
    # A label in brackets is text, and not a style of the terminal.
    task = Task(hourly.dag_id, "process_slice", "[/07 1/1]", run.run_id, "up_for_retry", START - MINUTE, 2, 4)

    text = shown(AirflowState("http://localhost:8080", dags=[hourly, daily], tasks=[task], task_count=3))

    assert re.search(r"todo_hourly_insights +│ 11-20 09:00 +│ scheduled__\S+ +│ running +│ 12 min", text)
    assert re.search(r"todo_daily_compaction +│ paused +│ no runs", text)
    assert re.search(r"process_slice \[/07 1/1\] +│ up_for_retry +│ 60 s +│ 2 of 4 +│ scheduled__", text)
    assert "and 2 more tasks" in text
