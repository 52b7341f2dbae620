"""The time, CPU time and memory of each step for one large hour, with a temporary database.

Each step runs in a separate process, like a task of Airflow; slices run one after the other. Runs with
different numbers of changes per slice show that the memory of a task depends on the size of a slice, not on
the size of the hour.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.etl.sample_hour import HOUR, write_hour
from tools.data_folder import ROOT, DataFolder
from tools.services import database
from tools.supervision.ports import free_port

_NAME = "bench"


@dataclass(frozen=True)
class ResourceUsage:
    """The resources that processes used: total seconds, total CPU seconds, and the highest peak in MiB."""

    processes: int
    seconds: float
    cpu: float
    peak_mb: float


@dataclass(frozen=True)
class Benchmark:
    """An hour with `count` changes, and the environment variables of its database and lake."""

    count: int
    environment: dict[str, str]

    def run(self, step: str, *inputs: Any) -> tuple[list[Any], ResourceUsage]:
        """Run a step once for each input; returns the results, and the resources that all runs used."""
        reports = [self._run(step, each) for each in inputs]
        usage = ResourceUsage(
            processes=len(reports),
            seconds=sum(each["seconds"] for each in reports),
            cpu=sum(each["cpu"] for each in reports),
            peak_mb=max(each["peak_mb"] for each in reports),
        )
        return [each["result"] for each in reports], usage

    def _run(self, step: str, step_input: Any) -> Any:
        completed = subprocess.run(
            [sys.executable, "-m", "bench.etl.tasks", step],
            input=json.dumps(step_input),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            env=self.environment,
            cwd=ROOT,
        )
        return json.loads(completed.stdout)


@contextmanager
def _database(folder: DataFolder) -> Iterator[str]:
    (folder.path / "logs").mkdir(exist_ok=True)
    port = free_port()
    server = database.start(folder, port)
    try:
        yield database.uri(port)
    finally:
        server.stop()


def _steps(benchmark: Benchmark) -> Iterator[tuple[str, ResourceUsage]]:
    hour = f"{HOUR:%Y-%m-%dT%H}"
    (slices,), usage = benchmark.run("plan", hour)
    yield "plan", usage
    manifests, usage = benchmark.run("process", *slices)
    yield f"process, {len(slices)} slices", usage
    (published,), usage = benchmark.run("publish", manifests)
    yield "publish", usage
    counts = [(each["source_count"], each["rejects"]) for each in published]
    if counts != [(benchmark.count, 0)]:
        raise RuntimeError(f"published (changes, rejects): {counts}, expected [({benchmark.count}, 0)]")
    _, usage = benchmark.run("write_back", hour)
    yield "write_back", usage
    _, usage = benchmark.run("metrics", published)
    yield "metrics", usage


def _step_table(benchmark: Benchmark, limit: int) -> Table:
    table = Table(
        "step", "processes", "seconds", "CPU s", "changes/s", "peak MB", title=f"{limit:,} per slice"
    )
    total = 0.0
    for name, usage in _steps(benchmark):
        total += usage.seconds
        rate = f"{benchmark.count / usage.seconds:,.0f}"
        figures = (f"{usage.seconds:.1f}", f"{usage.cpu:.1f}", rate, f"{usage.peak_mb:.0f}")
        table.add_row(name, str(usage.processes), *figures)
    table.add_section()
    table.add_row("total", "", f"{total:.1f}", "", f"{benchmark.count / total:,.0f}", "")
    return table


def main() -> None:
    """Write an hour of changes, run the pipeline for it, and print tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--changes", type=int, default=10_000, help="number of changes in the hour")
    parser.add_argument(
        "--limits",
        type=int,
        nargs="+",
        default=[1_000_000, 250_000],
        help="maximum changes per slice; one run for each value",
    )
    options, console = parser.parse_args(), Console()
    with tempfile.TemporaryDirectory() as name, _database(DataFolder(Path(name))) as uri:
        size = write_hour(uri, _NAME, options.changes)
        console.print(f"{options.changes:,} changes of {size:.0f} bytes")
        for limit in options.limits:
            benchmark = Benchmark(options.changes, _environment(uri, Path(name) / f"lake-{limit}", limit))
            console.print(_step_table(benchmark, limit))


def _environment(uri: str, lake: Path, limit: int) -> dict[str, str]:
    return os.environ | {
        "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "dags"))),
        "MONGODB_URI": uri,
        "MONGODB_DATABASE": _NAME,
        "LAKE_URI": lake.as_uri(),
        "MAX_CHANGES_PER_SLICE": str(limit),
    }


if __name__ == "__main__":
    main()
