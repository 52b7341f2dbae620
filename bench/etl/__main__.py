"""Seconds, CPU and memory of each step for one big hour, on an embedded server of its own: `make bench-etl`.

Every step runs in processes of its own, as Airflow's tasks do, slices one after the other. Run with fewer
changes per slice to see that the memory of a task is bounded by its slice and not by the hour.
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

from bench.etl.changes import HOUR, write_hour
from tools.data_folder import ROOT, DataFolder
from tools.ports import free_port
from tools.services import database

_NAME = "bench"
_SAMPLE = 100_000


@dataclass(frozen=True)
class Spent:
    """What one or more processes took: seconds one after the other, CPU seconds, the highest peak in MiB."""

    processes: int
    seconds: float
    cpu: float
    peak_mb: float


@dataclass(frozen=True)
class Bench:
    """The hour `count` changes long in a database, and the environment that tasks find it and the lake in."""

    count: int
    environment: dict[str, str]

    def run(self, step: str, *inputs: Any) -> tuple[list[Any], Spent]:
        """Run a step once for each input; returns the results and what they took together."""
        answers = [self._run(step, each) for each in inputs]
        spent = Spent(
            processes=len(answers),
            seconds=sum(each["seconds"] for each in answers),
            cpu=sum(each["cpu"] for each in answers),
            peak_mb=max(each["peak_mb"] for each in answers),
        )
        return [each["result"] for each in answers], spent

    def _run(self, step: str, given: Any) -> Any:
        done = subprocess.run(
            [sys.executable, "-m", "bench.etl.tasks", step],
            input=json.dumps(given),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            env=self.environment,
            cwd=ROOT,
        )
        return json.loads(done.stdout)


@contextmanager
def _database(folder: DataFolder) -> Iterator[str]:
    (folder.path / "logs").mkdir(exist_ok=True)
    port = free_port()
    server = database.start(folder, port)
    try:
        yield database.uri(port)
    finally:
        server.stop()


def _steps(bench: Bench) -> Iterator[tuple[str, Spent]]:
    hour = f"{HOUR:%Y-%m-%dT%H}"
    (slices,), spent = bench.run("plan", hour)
    yield "plan", spent
    manifests, spent = bench.run("process", *slices)
    yield f"process, {len(slices)} slices", spent
    (published,), spent = bench.run("publish", manifests)
    yield "publish", spent
    counts = [(each["source_count"], each["rejects"]) for each in published]
    if counts != [(bench.count, 0)]:
        raise RuntimeError(f"published were {counts} changes and rejects, not {bench.count} and 0")
    _, spent = bench.run("write_back", hour)
    yield "write_back", spent
    _, spent = bench.run("metrics", published)
    yield "metrics", spent


def _roads(bench: Bench) -> Table:
    seconds = max(3600 * min(_SAMPLE, bench.count) // bench.count, 1)
    sample = {"start": HOUR.isoformat(), "seconds": seconds}
    table = Table("BSON to Parquet", "changes", "CPU s", "changes per CPU s", "peak MB", "file MB")
    for step, name in (
        ("our_road", "ours: raw batches, Arrow"),
        ("plain_road", "cursor, json_normalize"),
    ):
        (made,), spent = bench.run(step, sample)
        table.add_row(
            name,
            f"{made['changes']:,}",
            f"{made['cpu']:.2f}",
            f"{made['changes'] / made['cpu']:,.0f}",
            f"{spent.peak_mb:.0f}",
            f"{made['bytes'] / 1e6:.1f}",
        )
    return table


def _measured(bench: Bench, limit: int) -> Table:
    table = Table(
        "step", "processes", "seconds", "CPU s", "changes/s", "peak MB", title=f"{limit:,} per slice"
    )
    total = 0.0
    for name, spent in _steps(bench):
        total += spent.seconds
        rate = f"{bench.count / spent.seconds:,.0f}"
        figures = (f"{spent.seconds:.1f}", f"{spent.cpu:.1f}", rate, f"{spent.peak_mb:.0f}")
        table.add_row(name, str(spent.processes), *figures)
    table.add_section()
    table.add_row("one after the other", "", f"{total:.1f}", "", f"{bench.count / total:,.0f}", "")
    return table


def main() -> None:
    """Write an hour, run the pipeline over it, and print tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--changes", type=int, default=10_000, help="in the hour")
    parser.add_argument(
        "--limits", type=int, nargs="+", default=[1_000_000, 250_000], help="changes per slice, each a run"
    )
    options, console = parser.parse_args(), Console()
    with tempfile.TemporaryDirectory() as name, _database(DataFolder(Path(name))) as uri:
        size = write_hour(uri, _NAME, options.changes)
        console.print(f"{options.changes:,} changes of {size:.0f} bytes")
        for limit in options.limits:
            bench = Bench(options.changes, _environment(uri, Path(name) / f"lake-{limit}", limit))
            console.print(_measured(bench, limit))
        console.print(_roads(bench))


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
