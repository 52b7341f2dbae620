"""The cost of a pipeline run for an hour with 37 changes, in lakes of different ages: `make bench-age`.

With CHANGES, the program instead measures an hour with this number of changes, in logs and lakes of different
ages (bench/age/log.py). By default, it then prepares four cases, which takes up to three minutes each, and
measures them in alternating order. In the last case, the users of the measured hour have made changes on 730
days.

The CPU seconds are measured in this process, so they do not include the start of Python or of an Airflow
task. Each figure is the median over several hours.
"""

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.age.lake import NEXT, Cost, aged_lake, median_costs
from bench.age.log import measurements, table_of
from todo_insights.core.hours import Hour
from todo_insights.maintenance.compaction import compact
from tools.data_folder import DataFolder
from tools.services.database import available_database


def main() -> None:
    """Measure a pipeline run in each lake, and print a table."""
    parser = argparse.ArgumentParser(prog="make bench-age", description=__doc__)
    parser.add_argument("--hours", type=int, default=900, help="age of the old lakes in hours [default: 900]")
    parser.add_argument(
        "--repeat", type=int, help="hours to measure in each lake [default: 5, or 3 with --changes]"
    )
    parser.add_argument(
        "--changes", type=int, help="measure an hour of this number of changes, with older changes in the log"
    )
    parser.add_argument(
        "--older",
        type=int,
        nargs="+",
        default=[100_000, 10_000_000],
        help="numbers of older changes in the log, only with --changes [default: 100000 10000000]",
    )
    parser.add_argument(
        "--days",
        type=int,
        nargs="+",
        default=[1, 730],
        help="ages of the lake in days, only with --changes [default: 1 730]",
    )
    options = parser.parse_args()
    if options.changes:
        _measure_log(options.changes, options.older, options.days, options.repeat or 3)
        return
    lakes = [("1 day", 24, False)]
    lakes += [
        (f"{options.hours} hours, {kind}", options.hours, is_compact)
        for kind, is_compact in (("not compacted", False), ("compacted", True))
    ]
    with (
        tempfile.TemporaryDirectory() as temporary,
        database(DataFolder(Path(temporary))) as uri,
    ):
        rows = {
            name: _costs(uri, Path(temporary) / f"lake{number}", hours, is_compact, options.repeat or 5)
            for number, (name, hours, is_compact) in enumerate(lakes)
        }
    _print(rows)


def _measure_log(changes: int, older: Sequence[int], days: Sequence[int], repeat: int) -> None:
    with tempfile.TemporaryDirectory() as name, database(DataFolder(Path(name))) as uri:
        report = Console(stderr=True, highlight=False).print
        found = measurements(uri, Path(name), changes, older, days, repeat, report)
        Console(width=160).print(table_of(found, changes))


@contextmanager
def database(folder: DataFolder) -> Iterator[str]:
    """Yield the URI of a new database server with its files in this folder."""
    (folder.path / "logs").mkdir()
    with available_database(folder) as uri:
        yield uri


def _costs(uri: str, folder: Path, hours: int, is_compact: bool, repeat: int) -> dict[str, Cost]:
    folder.mkdir()
    with aged_lake(uri, folder, hours) as lake:
        lake.catch_up()
        if is_compact:
            compact(None, lake.stores, NEXT.start)
        hour, runs = NEXT, []
        for _ in range(repeat + 1):
            runs.append(lake.run(hour))
            hour = Hour(hour.end)
    # The first run is not measured, because it also imports modules and opens connections.
    return median_costs(runs[1:])


def _print(rows: dict[str, dict[str, Cost]]) -> None:
    steps = list(next(iter(rows.values())))
    table = Table("lake", *(f"{step}: files, CPU s" for step in steps), "together: files, CPU s")
    for name, costs in rows.items():
        together = Cost(sum(each.opened for each in costs.values()), sum(each.cpu for each in costs.values()))
        table.add_row(name, *(f"{each.opened}, {each.cpu:.3f}" for each in (*costs.values(), together)))
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
