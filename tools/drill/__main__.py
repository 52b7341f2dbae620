"""Run the drills, each on a new product, and print a table; the exit status is 1 if one fails.

The minutes until an alarm is raised are computed with the alarms of the CloudFormation templates, from a day
without incident followed by the values that the product emitted, repeated as long as the incident lasts.
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
from tools.signals.alarms import load_alarms
from tools.signals.evaluator import first_alarm

HOUR, DAY = 60, 24 * 60
# A run of the pipeline publishes its metrics about ten minutes after the hour.
RUN_MINUTE, USUAL_AGE = 10, 9.0
HEALTHY = {
    "DatabaseErrors": 0.0,
    "RowsRejected": 0.0,
    "RowsExtracted": 100.0,
    "LastPublishedHourAgeMinutes": USUAL_AGE,
}


def main() -> int:
    """Run the drills that DRILL names, by default all."""
    console = Console()
    chosen = [each for each in DRILLS if os.environ.get("DRILL") in (None, "", each.name)]
    if not chosen:
        console.print(f"DRILL must be one of: {', '.join(each.name for each in DRILLS)}", markup=False)
        return 2
    table = Table("drill", "alarm", "after minutes", "log", "runbook", "end")
    failed = 0
    for drill in chosen:
        with console.status(drill.name):
            row, ok = _run(drill)
        table.add_row(drill.name, *row, style="" if ok else "red")
        failed += not ok
    console.print(table)
    console.print(f"{len(chosen)} drills, {failed} failed")
    return 1 if failed else 0


def _run(drill: Drill) -> tuple[list[str], bool]:
    try:
        with (
            tempfile.TemporaryDirectory(prefix="todo-drill-") as folder,
            running_product(Path(folder)) as product,
        ):
            signals = drill.cause(product)
        minutes = minutes_until_alarm(drill, signals)
        _require_section(drill.runbook)
    except (DrillFailed, ToolError) as error:
        return [drill.alarm, "", "", drill.runbook, f"failed: {error}"], False
    in_time = minutes is not None and minutes <= drill.within_minutes
    after = "never" if minutes is None else str(minutes)
    return [drill.alarm, after, signals.log, drill.runbook, signals.ended], in_time


def minutes_until_alarm(drill: Drill, signals: Signals) -> int | None:
    """Return the minutes from the incident to its alarm, None if it is not raised in two days."""
    alarm = load_alarms()[drill.alarm]
    names = {each["MetricStat"]["Metric"]["MetricName"] for each in alarm["Metrics"] if "MetricStat" in each}
    step, offset = (HOUR, RUN_MINUTE) if drill.hourly else (1, 0)
    samples: dict[str, dict[int, float]] = {}
    for name in names:
        samples[name] = dict.fromkeys(range(offset, DAY, step), HEALTHY[name])
        for value in signals.emitted.get(name, []):
            samples[name] |= dict.fromkeys(range(DAY + offset, 3 * DAY, step), value)
    if first_alarm(alarm, samples, DAY // 2, DAY - 1) is not None:
        raise DrillFailed(f"{drill.alarm} is raised without an incident")
    raised = first_alarm(alarm, samples, DAY, 3 * DAY)
    return None if raised is None else raised - DAY


def _require_section(runbook: str) -> None:
    name, _, anchor = runbook.partition("#")
    headings = (ROOT / "docs" / "runbooks" / name).read_text().lower().replace(" ", "-").splitlines()
    if not any(each.lstrip("#-") == anchor for each in headings if each.startswith("#")):
        raise DrillFailed(f"docs/runbooks/{runbook} does not exist")


if __name__ == "__main__":
    sys.exit(main())
