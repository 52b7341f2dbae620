"""`python -m bench.soak`: runs a soak for MINUTES minutes with USERS users and KILLS database kills."""

import json
import os
import shutil
import signal
import sys
from datetime import UTC, datetime
from types import FrameType

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from bench.serving import running_product
from bench.soak.recorder import AttemptOutcome
from bench.soak.report import build_report, print_report
from bench.soak.run import Plan, Soak
from tools import ToolError
from tools.data_folder import DataFolder


def main(console: Console) -> int:
    """Run the soak, print the report and store it as JSON; returns 1 if there are findings."""
    plan = Plan(_number("MINUTES", 10) * 60, int(_number("USERS", 20)), int(_number("KILLS", 3)))
    folder = DataFolder(DataFolder.from_environment().path / "soak" / f"{datetime.now(UTC):%Y%m%dT%H%M%S}")
    folder.path.mkdir(parents=True)
    with running_product(folder) as product:
        soak = Soak(product, plan)
        _run(soak, console)
        with console.status("Comparing acknowledged and stored data"):
            found = build_report(soak, soak.find_violations())
    report = folder.path / "report.json"
    report.write_text(json.dumps(found, indent=2))
    print_report(console, found)
    console.print(f"Report: {report}", soft_wrap=True)
    if found["passed"]:
        shutil.rmtree(folder.path / "database")
    return 0 if found["passed"] else 1


def _run(soak: Soak, console: Console) -> None:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[status]}"),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("Soaking", total=soak.plan.seconds, status="")
        soak.run(lambda soak: bar.update(task, completed=soak.recorder.now(), status=_progress_text(soak)))


def _progress_text(soak: Soak) -> str:
    answered, unavailable = AttemptOutcome.ANSWERED, AttemptOutcome.UNAVAILABLE
    return (
        f"{soak.recorder.count(answered):,} answered, {soak.recorder.count(unavailable):,} times 503, "
        f"{len(soak.downtimes)} kills, {len(soak.recorder.findings)} findings"
    )


def _number(name: str, default: float) -> float:
    text = os.environ.get(name) or str(default)
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if number < 0 or (number == 0 and name != "KILLS"):
        raise ToolError(f"{name}={text!r} is invalid; use a number greater than 0, such as {default}.")
    return number


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Handle SIGTERM like Ctrl-C."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        sys.exit(main(Console()))
    except ToolError as error:
        Console(stderr=True).print(f"[bold red]Error:[/] {error}", highlight=False, soft_wrap=True)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
