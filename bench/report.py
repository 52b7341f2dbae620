"""The cost of the team report: `make bench-report`.

One day of the lake is processed and then copied to all other days (bench/age/lake.py). Each user makes 20
changes per day. The figures are measured for the whole process, including the start of Python.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from bench.age.lake import NEXT, aged_lake
from todo_insights.maintenance.compaction import compact
from todo_insights.maintenance.hour_quality import record_due_days
from tools.data_folder import DataFolder
from tools.services.database import available_database

_CHANGES_PER_USER = 20
_REPORT = ("-m", "todo_insights", "report")


def main() -> None:
    """Measure the report over all days, before and after the lake is compacted, and print the table."""
    parser = argparse.ArgumentParser(prog="make bench-report", description=__doc__)
    parser.add_argument("--days", type=int, default=90, help="days of the lake [default: 90]")
    parser.add_argument("--users", type=int, default=500, help="users of the lake [default: 500]")
    parser.add_argument("--repeat", type=int, default=5, help="reports to measure [default: 5]")
    options = parser.parse_args()
    table = Table("lake", "changes", "CPU s", "wall s", "peak MB", "KB of HTML")
    with tempfile.TemporaryDirectory() as temporary:
        (Path(temporary) / "logs").mkdir()
        folder = Path(temporary) / "lake"
        folder.mkdir()
        per_hour = options.users * _CHANGES_PER_USER // 24
        with (
            available_database(DataFolder(Path(temporary))) as uri,
            aged_lake(uri, folder, options.days * 24, per_hour) as lake,
        ):
            record_due_days(lake.stores, NEXT.start)
            for name in ("not compacted", "compacted"):
                if name == "compacted":
                    compact(None, lake.stores, NEXT.start)
                found = [_measure(folder, options.days) for _ in range(options.repeat + 1)][1:]
                figures = [median(each) for each in zip(*found, strict=True)]
                changes = per_hour * options.days * 24
                table.add_row(
                    f"{options.days} days, {name}", f"{changes:,}", *(f"{each:.1f}" for each in figures)
                )
    Console().print(table)


def _measure(lake: Path, days: int) -> tuple[float, float, float, float]:
    """Return the CPU and wall seconds of one report, its memory in MB, and its size in KB."""
    output = lake.parent / "report.html"
    first, end = NEXT.start.date() - timedelta(days=days - 1), NEXT.start.date() + timedelta(days=1)
    began, before = time.monotonic(), _cpu_of_children()
    subprocess.run(
        [sys.executable, *_REPORT, "--from", f"{first}", "--to", f"{end}", "--output", f"{output}"],
        env={**os.environ, "LAKE_URI": lake.as_uri()},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    seconds = time.monotonic() - began
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return _cpu_of_children() - before, seconds, peak, output.stat().st_size / 1000


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
