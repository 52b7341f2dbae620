"""Runs the drills and prints a table; the exit status is 1 if a drill fails.

Each drill starts a new product, except that the drills of Airflow share one product.

With DRILL_HOLD=1, the command is an exercise for operators: it causes the fault of one drill, and keeps the
fault until Enter or Ctrl-C, while a simulated user sends requests. If DRILL is not set, the drill is chosen
at random, and its name is shown only at the end.
"""

import os
import random
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread

import requests
from rich.console import Console
from rich.table import Table

from tools.data_folder import ROOT
from tools.drill.drills import DRILLS
from tools.drill.incident import Drill, Fault, Lab, Outcome, Steps
from tools.drill.picture import write_dashboard
from tools.drill.product import FAILURES, TASKS, DrillFailed, Product, interrupt_on_signals
from tools.drill.timeline import Timeline

# The width of the table in characters, if the output is a file or a pipe.
FILE_WIDTH = 180
# The variables that operators need to examine the product during an exercise (DRILL_HOLD=1).
SHOWN = ("DATA_DIR", "MONGODB_URI", "JWT_SECRET_ARN", "AWS_ENDPOINT_URL_SECRETS_MANAGER")


@dataclass
class Result:
    """The result of a drill; `failure` is empty if the drill passed."""

    drill: Drill
    log: str = ""
    ended: str = ""
    seconds: float = 0.0
    timeline: Timeline | None = None
    failure: str = ""


def main() -> int:
    """Run the drills that DRILL names, by default all drills; returns the exit status."""
    interrupt_on_signals()
    # With emoji=True, rich could replace a word between two colons, such as in an ARN, by an emoji.
    console = Console(width=None if sys.stdout.isatty() else FILE_WIDTH, emoji=False)
    names = {name.strip() for name in os.environ.get("DRILL", "").split(",") if name.strip()}
    known = [each.name for each in DRILLS]
    if not names <= set(known):
        console.print(
            f"DRILL must contain names from this list, separated by commas: {', '.join(known)}", markup=False
        )
        return 2
    chosen = [each for each in DRILLS if not names or each.name in names]
    try:
        with TemporaryDirectory(prefix="todo-drill-") as root, Lab(Path(root)) as lab:
            if os.environ.get("DRILL_HOLD"):
                return _hold(random.choice(chosen), lab, console)  # noqa: S311  # an exercise, not a secret
            return run_all(chosen, lab, console, ROOT / "artefacts")
    except KeyboardInterrupt:
        console.print("Stopped.")
        return 130


def run_all(chosen: Sequence[Drill], lab: Lab, console: Console, artefacts: Path | None = None) -> int:
    """Run drills, print the table, and write the dashboard to `artefacts`; returns the exit status."""
    results = []
    for drill in chosen:
        with console.status(drill.name):
            results.append(_run(drill, lab))
    console.print(_table(results))
    timelines = {each.drill.name: each.timeline for each in results if each.timeline}
    failed = sum(bool(each.failure) for each in results)
    seconds = sum(each.seconds for each in results)
    console.print(f"{len(results)} drills, {failed} failed, {seconds:.0f} s")
    if timelines and artefacts:
        console.print(f"Dashboard: {' and '.join(map(str, write_dashboard(timelines, artefacts)))}")
    return 1 if failed else 0


def _run(drill: Drill, lab: Lab) -> Result:
    result, started = Result(drill), time.monotonic()
    try:
        with closing(drill.steps(lab)) as steps:
            result.log = next(steps).log
            outcome = _end(steps)
        result.ended = outcome.ended
        result.timeline = Timeline.of(outcome)
        _require_alarm(drill, result.timeline)
        _require_section(drill.runbook)
    except FAILURES as error:
        result.failure = str(error)
    result.seconds = time.monotonic() - started
    return result


def _end(steps: Steps) -> Outcome:
    """Continue the steps of a drill, which end the fault; returns the outcome."""
    try:
        next(steps)
    except StopIteration as stopped:
        outcome: Outcome = stopped.value
        return outcome
    raise DrillFailed("the steps of the drill yielded a second fault; they must yield one fault, then return")


def _require_alarm(drill: Drill, timeline: Timeline) -> None:
    minutes = timeline.alarms.get(drill.alarm)
    if minutes is None or minutes > drill.within_minutes:
        raise DrillFailed(
            f"{drill.alarm} is raised after {minutes} minutes, not within {drill.within_minutes}"
        )


def _require_section(runbook: str) -> None:
    name, _, anchor = runbook.partition("#")
    headings = (ROOT / "docs" / "runbooks" / name).read_text().lower().replace(" ", "-").splitlines()
    if not any(each.lstrip("#-") == anchor for each in headings if each.startswith("#")):
        raise DrillFailed(f"docs/runbooks/{runbook} does not exist")


def _table(results: list[Result]) -> Table:
    table = Table("drill", "alarms, after minutes", "log", "runbook", "end", "seconds", show_lines=True)
    for each in results:
        alarms = each.timeline.alarms if each.timeline else {}
        table.add_row(
            each.drill.name,
            "\n".join(f"{title} {minutes}" for title, minutes in alarms.items()),
            each.log,
            each.drill.runbook.replace("#", "\n#"),
            f"failed: {each.failure}" if each.failure else each.ended,
            f"{each.seconds:.0f}",
            style="red" if each.failure else "",
        )
    return table


def _hold(drill: Drill, lab: Lab, console: Console) -> int:
    """Keep a product in the faulty state until Enter or Ctrl-C; returns 0."""
    with closing(drill.steps(lab)) as steps:
        with console.status("Causing a fault"):
            fault = next(steps)
        console.print(_instructions(fault), highlight=False, soft_wrap=True, markup=False)
        try:
            with _user_at_work(fault.product):
                _wait_for_enter()
            with console.status("Ending the fault"):
                ended = _end(steps).ended
        except KeyboardInterrupt:
            ended = "not ended, because the exercise was interrupted"
    console.print(
        f"The fault was: {drill.name} (docs/runbooks/{drill.runbook}). End: {ended}", soft_wrap=True
    )
    return 0


def _instructions(fault: Fault) -> str:
    environment = fault.product.environment
    variables = [f"export {name}='{environment[name]}'" for name in SHOWN if name in environment]
    lines = [
        "The product has a fault. Find the cause with docs/runbooks/ and the commands of this repository:",
        *variables,
        f"export BASE_URL={fault.product.client.base_url}",
        *([f"Airflow: {fault.airflow_url}"] if fault.airflow_url else []),
        "Press Enter to end the fault, or Ctrl-C to stop the product.",
    ]
    return "\n".join(lines)


@contextmanager
def _user_at_work(product: Product) -> Iterator[None]:
    """Send a request of a user twice per second until the block ends, even if requests fail."""
    over = Event()

    def work() -> None:
        while not over.wait(0.5):
            with suppress(requests.RequestException):
                product.client.response("GET", TASKS)

    user = Thread(target=work, daemon=True)
    user.start()
    try:
        yield
    finally:
        over.set()
        user.join()


def _wait_for_enter() -> None:
    try:
        input()
    except EOFError:
        # Without a terminal there is no Enter key, so the exercise lasts until a signal.
        signal.pause()


if __name__ == "__main__":
    sys.exit(main())
