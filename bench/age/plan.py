"""The cost of the task plan_windows in a live run, without Airflow: `make bench-plan`.

The log contains the changes of the 24 published hours before the planned hour. The CPU seconds are measured
in this process, without imports. They do not include the CPU time of the database server, which is a separate
process.
"""

import argparse
import tempfile
import time
from pathlib import Path
from statistics import median

from rich.console import Console

from bench.age.__main__ import database
from bench.age.lake import NEXT, aged_lake
from tools.data_folder import DataFolder

_HOURS = 24


def main() -> None:
    """Plan the same hour several times, and print the medians."""
    parser = argparse.ArgumentParser(prog="make bench-plan", description=__doc__)
    parser.add_argument("--changes", type=int, default=6000, help="changes in the log [default: 6000]")
    parser.add_argument("--repeat", type=int, default=5, help="number of measurements [default: 5]")
    options = parser.parse_args()
    costs = []
    with tempfile.TemporaryDirectory() as name, database(DataFolder(Path(name))) as uri:
        folder = Path(name) / "lake"
        folder.mkdir()
        with aged_lake(uri, folder, _HOURS, options.changes // _HOURS) as lake:
            for _ in range(options.repeat + 1):
                cpu, wall = time.process_time(), time.monotonic()
                lake.plan(NEXT, NEXT.end)
                costs.append((time.process_time() - cpu, time.monotonic() - wall))
            count = lake.database.changes.estimated_document_count()
    # The first measurement is left out, because it also opens connections.
    cpu, wall = (median(each) for each in zip(*costs[1:], strict=True))
    Console().print(f"plan_windows with {count:,} changes: {cpu:.3f} CPU s, {wall:.3f} s", highlight=False)


if __name__ == "__main__":
    main()
