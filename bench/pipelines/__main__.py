"""The CPU seconds that our pipeline and three others need to convert BSON to Parquet: `make bench-etl`.

All pipelines read the same bytes. Each run has its own process; the runs of the pipelines alternate, and the
figures are medians. dlt runs in a separate virtualenv. The report is docs/benchmarks-pipeline.md.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.pipelines import bson_file
from bench.pipelines.contenders import CONTENDERS
from bench.pipelines.report import Figures, report
from tools.data_folder import BIN, ROOT

_DLT = ROOT / ".venv-bench-etl" / "bin" / "python"
_REPORT = ROOT / "docs" / "benchmarks-pipeline.md"


def main() -> None:
    """Measure all pipelines, and write and print the report."""
    parser = argparse.ArgumentParser(prog="make bench-etl", description=__doc__)
    parser.add_argument(
        "--changes",
        type=int,
        nargs="*",
        default=[20_000, 200_000],
        help="numbers of changes; for each number, all pipelines are measured",
    )
    parser.add_argument(
        "--large", type=int, nargs="*", default=[2_000_000], help="numbers of changes for our pipeline only"
    )
    parser.add_argument("--rounds", type=int, default=3, help="runs of each pipeline [default: 3]")
    parser.add_argument("--results", type=Path, help="JSON file to which results are added")
    options, console = parser.parse_args(), Console()
    results: dict[str, Any] = {}
    if options.results and options.results.exists():
        results = json.loads(options.results.read_text())
    with tempfile.TemporaryDirectory() as name:
        for count in (*options.changes, *options.large):
            path = Path(name) / f"{count}.bson"
            size = bson_file.write(path, count)
            names = list(CONTENDERS) if count in options.changes else ["ours"]
            rounds = options.rounds if count in options.changes else 1
            found = results.setdefault(str(count), {"bytes": size, "runs": {}})
            for _ in range(rounds):
                for pipeline in names:
                    found["runs"].setdefault(pipeline, []).append(_run(pipeline, path))
            path.unlink()
    if options.results:
        options.results.write_text(json.dumps(results))
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    text = report(results, machine, f"{datetime.now(UTC):%Y-%m-%d}")
    _REPORT.write_text(text)
    console.print(text, markup=False, highlight=False, soft_wrap=True)


def _run(name: str, source: Path) -> Figures:
    target = source.parent / name
    target.mkdir()
    completed = subprocess.run(
        [_DLT if name == "dlt" else BIN / "python", "-m", "bench.pipelines.measure", name, source, target],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "dags")))},
        cwd=ROOT,
    )
    shutil.rmtree(target)
    found: Figures = json.loads(completed.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    main()
