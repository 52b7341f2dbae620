"""Measures the API and its peers, and writes docs/benchmarks.md and its plot."""

import argparse
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from bench.peers.candidates import CANDIDATES, PEERS
from bench.peers.report import FIXED, Summary, document, table
from bench.peers.rounds import Result, measure
from tools.data_folder import ROOT

DOCUMENT = ROOT / "docs" / "benchmarks.md"
PLOT = ROOT / "docs" / "benchmarks.svg"


def main() -> None:
    """Measure and print the table; write the document if all APIs were measured."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=2, help="duration of each operation in a round")
    parser.add_argument("--apis", nargs="+", choices=CANDIDATES, default=list(CANDIDATES))
    parser.add_argument(
        "--results", type=Path, help="a file to which results are added; results in the file are used, too"
    )
    options = parser.parse_args()
    results: list[Result] = []
    if options.results is not None and options.results.exists():
        results = [Result.from_json(line) for line in options.results.read_text().splitlines()]
    first = max((each.number for each in results), default=-1) + 1
    for result in measure(options.apis, options.rounds, options.seconds, first):
        results.append(result)
        if options.results is not None:
            with options.results.open("a") as file:
                file.write(result.as_json() + "\n")
    summary = Summary(results)
    Console(width=140).print(table(summary))
    if set(options.apis) == set(CANDIDATES):
        DOCUMENT.write_text(document(summary, options.seconds))
        _plot(results)


def _plot(results: list[Result]) -> None:
    """Draw the plot of the APIs with the virtualenv of the peers, which has matplotlib."""
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "results"
        drawn = [replace(each, api=CANDIDATES[each.api].title) for each in results if each.api != FIXED]
        file.write_text("\n".join(each.as_json() for each in drawn))
        subprocess.run([PEERS / "python", "-m", "bench.peers.plot", file, PLOT], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
