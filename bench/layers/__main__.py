"""Measure the CPU time of each layer of the API, by switching it off.

The application runs without an HTTP server, on the stand-in of the database. The cost of a layer is the
difference to the complete application. Layers overlap, so the costs do not add up to the total.
"""

import argparse
import json
import pickle
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.layers.worker import LAYERS
from bench.peers.candidates import PEERS
from bench.peers.recording import record
from bench.peers.rounds import stand_in
from tools.data_folder import ROOT

COMPLETE = ""
OPERATIONS = ("get", "list", "create", "patch", "create with key")
REQUESTS, REQUESTS_IN_GRAPH = 40, 4000
FLAME_GRAPHS = ROOT / "artefacts" / "flame-graphs"


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(prog="make bench-layers", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--flame-graphs", action="store_true", help="only write artefacts/flame-graphs/*.svg")
    options = parser.parse_args()
    console = Console()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        recording = record(folder)
        file = folder / "recording"
        file.write_bytes(pickle.dumps(recording))
        with stand_in(recording, folder) as port:
            arguments = [str(port), str(file)]
            if options.flame_graphs:
                for operation in OPERATIONS:
                    console.print(f"Wrote {_draw(operation, arguments)}")
            else:
                console.print(_table(_measure(options.rounds, arguments)))


def _measure(rounds: int, arguments: list[str]) -> dict[tuple[str, str], list[float]]:
    """Measure every layer and operation in turns, so that all meet the same load of the machine."""
    found = defaultdict[tuple[str, str], list[float]](list)
    with ExitStack() as stack:
        workers = {
            layer: stack.enter_context(_worker([sys.executable], layer, arguments))
            for layer in (COMPLETE, *LAYERS)
        }
        for operation in OPERATIONS:
            for worker in workers.values():
                _ask(worker, operation, REQUESTS)
            for number in range(rounds):
                for layer in list(workers)[:: 1 if number % 2 == 0 else -1]:
                    found[layer, operation].append(_ask(workers[layer], operation, REQUESTS))
    return found


@contextmanager
def _worker(program: list[str], layer: str, arguments: list[str]) -> Iterator[subprocess.Popen[str]]:
    command = [*program, "-m", "bench.layers.worker", layer, *arguments]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        yield process


def _ask(worker: subprocess.Popen[str], operation: str, count: int) -> float:
    """Let a worker send requests; returns the CPU time per request in µs."""
    if worker.stdin is None or worker.stdout is None:
        raise RuntimeError("the worker has no pipes")
    worker.stdin.write(json.dumps([operation, count]) + "\n")
    worker.stdin.flush()
    return float(worker.stdout.readline())


def _draw(operation: str, arguments: list[str]) -> Path:
    """Draw a flame graph of one operation; returns its path."""
    FLAME_GRAPHS.mkdir(parents=True, exist_ok=True)
    image = FLAME_GRAPHS / f"{operation.replace(' ', '-')}.svg"
    recorder = [str(PEERS / "py-spy"), "record", "--rate", "500", "--output", str(image), "--"]
    with _worker([*recorder, sys.executable], COMPLETE, arguments) as worker:
        _ask(worker, operation, REQUESTS_IN_GRAPH)
    return image.relative_to(ROOT)


def _table(found: dict[tuple[str, str], list[float]]) -> Table:
    table = Table("CPU µs per request", *OPERATIONS)
    for layer in LAYERS:
        costs = []
        for name in OPERATIONS:
            pairs = zip(found[COMPLETE, name], found[layer, name], strict=True)
            costs.append(statistics.median(one - other for one, other in pairs))
        table.add_row(layer, *(f"{cost:.0f}" for cost in costs))
    totals = [statistics.median(found[COMPLETE, name]) for name in OPERATIONS]
    table.add_row("all, without the server", *(f"{total:.0f}" for total in totals))
    return table


if __name__ == "__main__":
    main()
