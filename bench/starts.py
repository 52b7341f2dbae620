"""`make bench-start`: starts the product several times while other programs keep all cores busy.

Each attempt runs the command of `make run` in a new folder, waits for the API and for the final table of
addresses, stops the product with Ctrl-C, and counts the processes that still run.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from tools.data_folder import ROOT
from tools.supervision.ports import free_port

_BUSY = "while True: pass"
_API_READY, _ALL_READY = "The API is ready", "Ctrl-C"


@dataclass(frozen=True)
class Attempt:
    """One start of the product: `api` and `all` are the seconds until the API and all parts were ready.

    They are None if this did not happen. `left` is the number of processes that remained after the stop.
    """

    api: float | None
    all: float | None
    exit_status: int
    left: int

    @property
    def succeeded(self) -> bool:
        """Whether all parts became ready, and no process remained after the product was stopped."""
        return self.all is not None and (self.exit_status, self.left) == (0, 0)


def main() -> None:
    """Start the product repeatedly, and print a table; the exit status is 1 if an attempt failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--attempts", type=int, default=10, help="number of starts")
    parser.add_argument("--busy", type=int, default=os.cpu_count(), help="number of busy processes")
    options, console = parser.parse_args(), Console()
    attempts = []
    with _busy(options.busy), tempfile.TemporaryDirectory() as folder:
        for number in range(1, options.attempts + 1):
            attempts.append(_attempt(Path(folder) / str(number)))
            console.print(f"{number}: {attempts[-1]}", highlight=False)
    succeeded = [each for each in attempts if each.succeeded]
    table = Table(
        "attempt", "API ready, s", "all ready, s", "exit status", "processes left", title_justify="left"
    )
    table.title = f"{len(succeeded)} of {len(attempts)} starts succeeded with {options.busy} busy processes"
    for number, each in enumerate(attempts, 1):
        table.add_row(str(number), _text(each.api), _text(each.all), str(each.exit_status), str(each.left))
    console.print(table)
    sys.exit(len(succeeded) < len(attempts))


@contextmanager
def _busy(count: int) -> Iterator[None]:
    processes = [subprocess.Popen([sys.executable, "-c", _BUSY]) for _ in range(count)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def _attempt(data: Path) -> Attempt:
    ports = {name: str(free_port()) for name in ("PORT", "AIRFLOW_PORT", "MONGODB_PORT")}
    started, seconds = time.monotonic(), {}
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "tools", "run"],
        cwd=ROOT,
        env={**os.environ, **ports, "DATA_DIR": str(data)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        for line in process.stdout or ():
            for text in (_API_READY, _ALL_READY):
                if text in line:
                    seconds[text] = time.monotonic() - started
            if _ALL_READY in line:
                break
        children = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
        process.send_signal(signal.SIGINT)
        process.communicate()
    left = [each for each in children if each.is_running()]
    return Attempt(seconds.get(_API_READY), seconds.get(_ALL_READY), process.returncode, len(left))


def _text(seconds: float | None) -> str:
    return "never" if seconds is None else f"{seconds:.0f}"


if __name__ == "__main__":
    main()
