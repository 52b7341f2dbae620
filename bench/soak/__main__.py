"""`python -m bench.soak`: minutes, users and kills come from MINUTES, USERS and KILLS."""

import json
import os
import shutil
import signal
import sys
from datetime import UTC, datetime
from types import FrameType

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from bench.serving import served
from bench.soak.recorder import Outcome
from bench.soak.report import figures, show
from bench.soak.run import Plan, Soak
from tools import ToolError
from tools.data_folder import DataFolder


def main(console: Console) -> int:
    """Soak, show the figures and keep them; returns 1 when anything was found."""
    plan = Plan(_number("MINUTES", 10) * 60, int(_number("USERS", 20)), int(_number("KILLS", 3)))
    folder = DataFolder(DataFolder.from_environment().path / "soak" / f"{datetime.now(UTC):%Y%m%dT%H%M%S}")
    folder.path.mkdir(parents=True)
    with served(folder) as product:
        soak = Soak(product, plan)
        _run(soak, console)
        with console.status("Comparing what was acknowledged with what is there"):
            found = figures(soak, soak.judge())
    report = folder.path / "report.json"
    report.write_text(json.dumps(found, indent=2))
    show(console, found)
    console.print(f"Figures: {report}", soft_wrap=True)
    if found["passed"]:
        shutil.rmtree(folder.path / "database")
    return 0 if found["passed"] else 1


def _run(soak: Soak, console: Console) -> None:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[told]}"),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("Soaking", total=soak.plan.seconds, told="")
        soak.run(lambda soak: bar.update(task, completed=soak.recorder.now(), told=_told(soak)))


def _told(soak: Soak) -> str:
    recorder = soak.recorder
    return (
        f"{recorder.count(Outcome.ANSWERED):,} answered, {recorder.count(Outcome.UNAVAILABLE):,} times 503, "
        f"{len(soak.downtimes)} kills, {len(recorder.findings)} findings"
    )


def _number(name: str, default: float) -> float:
    text = os.environ.get(name) or str(default)
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if number < 0 or (number == 0 and name != "KILLS"):
        raise ToolError(f"{name}={text!r} is no use; give a number above zero, such as {default}.")
    return number


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Stop on SIGTERM just as on Ctrl-C."""
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
