"""Runs the drills, each on a new product, and prints a table; the exit status is 1 if a drill fails.

The minutes until an alarm is raised are computed instead of measured. The alarms of the CloudFormation
templates are evaluated on one day of normal values, followed by two days of the values that the product
emitted during the incident.
"""

import os
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tools import ToolError
from tools.data_folder import ROOT
from tools.drill.drills import DRILLS, Drill, Signals
from tools.drill.product import DrillFailed, running_product
from tools.signals.alarms import evaluate, load_alarms
from tools.signals.dashboard import render
from tools.signals.evaluator import first_alarm

Samples = dict[str, dict[int, float]]

HOUR, DAY = 60, 24 * 60
# The approximate minute of an hour in which a run of the pipeline publishes its metrics.
RUN_MINUTE, USUAL_AGE = 10, 9.0
HEALTHY = {
    "DatabaseErrors": 0.0,
    "RowsRejected": 0.0,
    "RowsExtracted": 100.0,
    "LastPublishedHourAgeMinutes": USUAL_AGE,
}


def main() -> int:
    """Run the drill with the name in DRILL, by default all drills; returns the exit status."""
    console = Console()
    chosen = [each for each in DRILLS if os.environ.get("DRILL") in (None, "", each.name)]
    if not chosen:
        console.print(f"DRILL must be one of: {', '.join(each.name for each in DRILLS)}", markup=False)
        return 2
    table = Table("drill", "alarm", "after minutes", "log", "runbook", "end")
    failed, shown = 0, Samples()
    for drill in chosen:
        with console.status(drill.name):
            row, ok, samples = _run(drill)
        table.add_row(drill.name, *row, style="" if ok else "red")
        failed += not ok
        shown |= samples
    console.print(table)
    console.print(f"{len(chosen)} drills, {failed} failed. Their dashboard: {_write_dashboard(shown)}")
    return 1 if failed else 0


def _run(drill: Drill) -> tuple[list[str], bool, Samples]:
    """Run a drill; returns its row of the table, whether the drill passed, and the samples of its metrics."""
    try:
        with (
            tempfile.TemporaryDirectory(prefix="todo-drill-") as folder,
            running_product(Path(folder)) as product,
        ):
            signals = drill.cause(product)
        samples = samples_of(drill, signals)
        minutes = minutes_until_alarm(drill, samples)
        _require_section(drill.runbook)
    except (DrillFailed, ToolError) as error:
        return [drill.alarm, "", "", drill.runbook, f"failed: {error}"], False, {}
    in_time = minutes is not None and minutes <= drill.within_minutes
    after = "never" if minutes is None else str(minutes)
    return [drill.alarm, after, signals.log, drill.runbook, signals.ended], in_time, samples


def samples_of(drill: Drill, signals: Signals) -> Samples:
    """Return samples of one day without an incident and two days with the values that the product emitted."""
    alarm = load_alarms()[drill.alarm]
    names = {each["MetricStat"]["Metric"]["MetricName"] for each in alarm["Metrics"] if "MetricStat" in each}
    step, offset = (HOUR, RUN_MINUTE) if drill.hourly else (1, 0)
    samples: Samples = {}
    for name in names:
        samples[name] = dict.fromkeys(range(offset, DAY, step), HEALTHY[name])
        for value in signals.emitted.get(name, []):
            samples[name] |= dict.fromkeys(range(DAY + offset, 3 * DAY, step), value)
    return samples


def minutes_until_alarm(drill: Drill, samples: Samples) -> int | None:
    """Return the minutes from the incident to its alarm, or None if no alarm is raised within two days."""
    alarm = load_alarms()[drill.alarm]
    if first_alarm(alarm, samples, DAY // 2, DAY - 1) is not None:
        raise DrillFailed(f"{drill.alarm} is raised without an incident")
    raised = first_alarm(alarm, samples, DAY, 3 * DAY)
    return None if raised is None else raised - DAY


def _write_dashboard(samples: Samples) -> Path:
    """Write the dashboard of all drills, from four hours before the incident to two hours after its start."""
    end = DAY + 2 * HOUR
    page = render(samples, evaluate(samples, set(samples), end), range(DAY - 4 * HOUR, end))
    file = ROOT / "artefacts" / "drill-dashboard.html"
    file.parent.mkdir(exist_ok=True)
    file.write_text(page)
    return file.relative_to(ROOT)


def _require_section(runbook: str) -> None:
    name, _, anchor = runbook.partition("#")
    headings = (ROOT / "docs" / "runbooks" / name).read_text().lower().replace(" ", "-").splitlines()
    if not any(each.lstrip("#-") == anchor for each in headings if each.startswith("#")):
        raise DrillFailed(f"docs/runbooks/{runbook} does not exist")


if __name__ == "__main__":
    sys.exit(main())
