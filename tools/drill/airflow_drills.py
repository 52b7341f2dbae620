"""Drills of Airflow: a task that hangs, and a dead scheduler. Both drills use the same running product."""

import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import psutil

from tools.drill.airflow import DAG, AirflowProduct
from tools.drill.incident import USUAL_RUN, Fault, Lab, Outcome, Steps
from tools.drill.product import DrillFailed, Emitted, wait_for
from tools.signals.samples import read_pipeline

TASK = "plan_windows"
TASK_SECONDS = 120.0
# The seconds between two heartbeats of the scheduler, and the number of heartbeats from which the rate of
# heartbeats is measured.
BEAT_SECONDS, BEATS = 5, 4
MINUTE = 60.0


def stuck_dag(lab: Lab) -> Steps:
    """Suspend the process of a task, so that the run of the DAG hangs; clear the task to end the fault."""
    airflow = lab.airflow
    run_id = airflow.trigger(_past_hour(2))
    suspended = wait_for(lambda: _suspend_task(airflow, run_id), f"{TASK} has not started", TASK_SECONDS)
    since = time.monotonic()
    _require_hanging(airflow, run_id)
    log = f"{DAG}.{TASK} logs no new line; the task has been running for {time.monotonic() - since:.0f} s"
    yield Fault(airflow.product, log, airflow.url)
    airflow.clear(run_id, TASK)
    seconds = airflow.wait_for_success(run_id)
    if any(process.is_running() for process in suspended):
        raise DrillFailed("the process that hung is still running")
    ended = f"the task was cleared; its process was killed, and the run succeeded after {seconds:.0f} s"
    beats = {"SchedulerHeartbeat": [_beats_per_minute(airflow)]}
    return Outcome(ended, _usual(airflow) | beats, airflow.product.usual | beats)


def dead_scheduler(lab: Lab) -> Steps:
    """Kill Airflow's scheduler; start it again to end the fault."""
    airflow = lab.airflow
    beats = _beats_per_minute(airflow)
    airflow.services["scheduler"].process.kill()
    airflow.services["scheduler"].process.wait()
    killed = time.monotonic() + 1
    run_id = airflow.trigger(_past_hour(3))
    problem = wait_for(
        lambda: airflow.problem("scheduler"), "Airflow does not report the dead scheduler", TASK_SECONDS
    )
    if airflow.statsd.beats_since(killed) or airflow.run_state(run_id) != "queued":
        raise DrillFailed("although the scheduler is dead, heartbeats were received or a run has started")
    log = f"the scheduler logs no new line; health report: {problem}; the run stays queued"
    yield Fault(airflow.product, log, airflow.url)
    airflow.restart("scheduler")
    seconds = airflow.wait_for_success(run_id)
    if not airflow.statsd.beats_since(killed):
        raise DrillFailed("the new scheduler sends no heartbeats")
    ended = f"the scheduler was started again; the queued run succeeded after {seconds:.0f} s"
    return Outcome(ended, _usual(airflow) | {"SchedulerHeartbeat": [beats]}, airflow.product.usual)


def _past_hour(hours: int) -> datetime:
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=hours)


def _suspend_task(airflow: AirflowProduct, run_id: str) -> list[psutil.Process]:
    """Suspend the processes of TASK and return them; returns an empty list if the task is not running yet."""
    task = airflow.task(run_id, TASK)
    if task["state"] != "running":
        return []
    suspended = _processes(airflow, task["id"])
    for process in suspended:
        process.suspend()
    return suspended


def _processes(airflow: AirflowProduct, task_id: str) -> list[psutil.Process]:
    """Return the processes of a task: the descendants of the processes whose title contains the task's id."""
    found = []
    for process in airflow.services["scheduler"].processes():
        # The process of another task may end while this loop reads it.
        with suppress(psutil.NoSuchProcess):
            if any(task_id in word for word in process.cmdline()):
                found += process.children(recursive=True)
    return found


def _require_hanging(airflow: AirflowProduct, run_id: str) -> None:
    """Check that the task makes no progress, and that the health report shows no problem of the scheduler."""
    time.sleep(BEAT_SECONDS)
    states = airflow.run_state(run_id), airflow.task(run_id, TASK)["state"], airflow.problem("scheduler")
    if states != ("running", "running", None):
        raise DrillFailed(f"the task did not hang: run {states[0]}, task {states[1]}, scheduler {states[2]}")


def _beats_per_minute(airflow: AirflowProduct) -> float:
    started = time.monotonic()
    wait_for(
        lambda: airflow.statsd.beats_since(started) >= BEATS,
        "the scheduler sends no heartbeats",
        TASK_SECONDS,
    )
    return BEATS * MINUTE / (time.monotonic() - started)


def _usual(airflow: AirflowProduct) -> Emitted:
    """Return the metrics without an incident: measured values of the API, and the pipeline's last run.

    The metrics in USUAL_RUN have the values that are assumed there.
    """
    logged = read_pipeline([], airflow.product.folder.path / "airflow" / "logs")
    newest = {name: values[max(values)] for name, values in logged.items() if values}
    return {**airflow.product.usual, **newest, **USUAL_RUN}
