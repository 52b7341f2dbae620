"""`make drill`: two real incidents pass, and a drill that does not end as documented fails in the table."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import psutil
import pytest
import requests
from rich.console import Console

from tools.data_folder import ROOT
from tools.drill.__main__ import run_all
from tools.drill.incident import Drill, Fault, Lab, Outcome, Steps
from tools.drill.product import DrillFailed, Product
from tools.drill.timeline import Timeline, one_after_the_other

USUAL = {
    "Requests": [50.0, 50.0],
    "Requests /api/v1/tasks": [100.0],
    "ApplicationRequestsTotal": [100.0],
    "ApplicationRequests5xx": [0.0],
    "DatabaseErrors": [0.0],
    "LatencyMs": [8.0] * 100,
}
FAILING = USUAL | {"ApplicationRequests5xx": [15.0], "DatabaseErrors": [15.0]}
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Return a function that runs one drill for each of `steps`; it returns exit status and output."""
    with Lab(tmp_path) as lab:

        def run(
            *steps: Callable[[Lab], Steps],
            runbook: str = "alarms.md#database-errors",
            artefacts: Path | None = None,
        ) -> tuple[int, str]:
            drills = [Drill(each.__name__, "DatabaseErrors", 10, runbook, each) for each in steps]
            with (tmp_path / "output").open("w") as output:
                console = Console(width=180, file=output)
                # Playwright cannot start in a thread in which the browser of another test runs.
                with ThreadPoolExecutor(1) as thread:
                    status = thread.submit(run_all, drills, lab, console, artefacts).result()
            return status, (tmp_path / "output").read_text()

        yield run


def incident(emitted: Any) -> Callable[[Lab], Steps]:
    def example(lab: Lab) -> Steps:
        yield Fault(cast(Product, None), "the log line")
        return Outcome("recovered", USUAL, emitted)

    return example


def unrecovered(lab: Lab) -> Steps:
    yield Fault(cast(Product, None), "the log line")
    raise DrillFailed("no task can be written")


def test_drill_passes_if_its_alarm_is_raised_in_time(run: Run, tmp_path: Path) -> None:
    status, output = run(incident(FAILING), artefacts=tmp_path)

    assert status == 0
    assert re.search(r"the log line.*recovered", output)
    assert re.search(r"DatabaseErrors [1-9]\b.*ServiceDown [1-9]\b", output, re.DOTALL)
    texts = set(re.findall(r">([^<>]+)<", (tmp_path / "drill-dashboard.html").read_text()))
    assert {"Drills: 1: example", "DatabaseErrors: drill 1", "ServiceDown: drill 1"} <= texts
    assert {"LatencyMs p99", "percent", "Requests /api/v1/tasks Sum"} <= texts


@pytest.mark.parametrize(
    ("emitted", "runbook", "failure"),
    [
        (USUAL, "alarms.md#database-errors", "DatabaseErrors is raised after None minutes"),
        (FAILING, "alarms.md#unknown", "docs/runbooks/alarms.md#unknown does not exist"),
    ],
)
def test_drill_fails_without_alarm_or_runbook(run: Run, emitted: Any, runbook: str, failure: str) -> None:
    status, output = run(incident(emitted), runbook=runbook)

    assert (status, failure in output) == (1, True)


def test_failed_drill_stops_no_other(run: Run) -> None:
    status, output = run(unrecovered, incident(FAILING))

    assert status == 1
    assert "failed: no task can be written" in output
    assert "2 drills, 1 failed" in output


def test_alarm_that_usual_values_raise_is_not_caused_by_the_incident() -> None:
    slow = {"LatencyMs": [900.0] * 100}

    alarms = Timeline.of(Outcome("recovered", USUAL | slow, FAILING | slow)).alarms

    assert "ApiLatency" not in alarms
    assert alarms["DatabaseErrors"] <= 10


def test_composite_alarm_needs_all_alarms_of_its_rule() -> None:
    one = USUAL | {"DatabaseErrors": [15.0]}

    assert "ServiceDown" not in Timeline.of(Outcome("recovered", USUAL, one)).alarms


def test_dashboard_shows_usual_values_before_each_incident() -> None:
    timeline = Timeline.of(Outcome("recovered", USUAL, FAILING))

    errors = one_after_the_other([timeline, timeline], 60, 60)["DatabaseErrors"]

    assert [errors[minute] for minute in (0, 59, 60, 119, 120, 179, 180, 239)] == [
        *([0.0], [0.0], [15.0], [15.0]),
        *([0.0], [0.0], [15.0], [15.0]),
    ]


def start(tmp_path: Path, **variables: str) -> "subprocess.Popen[str]":
    """Start `make drill` with these variables; it creates its data folders in `tmp_path`."""
    env = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    env |= {"PYTHONPATH": f"{ROOT}:{ROOT / 'dags'}", "TMPDIR": str(tmp_path), **variables}
    return subprocess.Popen(
        [sys.executable, "-m", "tools.drill"],
        cwd=ROOT,
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def exported(process: "subprocess.Popen[str]") -> dict[str, str]:
    """Read the printed instructions of `DRILL_HOLD=1`; return the variables that they export."""
    assert process.stdout is not None
    lines = list(
        iter(process.stdout.readline, "Press Enter to end the fault, or Ctrl-C to stop the product.\n")
    )
    return dict(line.removeprefix("export ").strip().split("=", 1) for line in lines if "export " in line)


def run_top(variables: dict[str, str]) -> str:
    """Run `make top` in a shell with the printed variables; returns what it prints."""
    env = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    env |= {"PYTHONPATH": f"{ROOT}:{ROOT / 'dags'}", **{n: v.strip("'") for n, v in variables.items()}}
    command = [sys.executable, "-m", "tools.top"]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True).stdout


def test_unavailable_database_passes_its_drill(tmp_path: Path) -> None:
    output, _ = start(tmp_path, DRILL="database down").communicate(timeout=120)

    assert re.search(r"DatabaseErrors \d.*Connection refused", output, re.DOTALL), output
    assert "1 drills, 0 failed" in output
    assert not list(tmp_path.glob("todo-drill-*"))


def test_held_product_has_the_fault_until_it_is_interrupted(tmp_path: Path) -> None:
    process = start(tmp_path, DRILL="expired certificate", DRILL_HOLD="1")
    try:
        variables = exported(process)
        children = psutil.Process(process.pid).children(recursive=True)
        assert requests.get(f"{variables['BASE_URL']}/health/ready", timeout=30).status_code == 503
        top = run_top(variables)
    finally:
        process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)

    assert re.search(r"does not answer: .*certificate has expired.*\nrequests have failed since", top), top
    assert "The fault was: expired certificate (docs/runbooks/database.md#expired-certificate)" in output
    assert not any(child.is_running() for child in children)
    assert not list(tmp_path.glob("todo-drill-*"))
