"""Measures a history rebuild without Spark, and on Spark with 1 and 2 cores: `make bench-rebuild`.

All three variants read the same Bronze and write the same Silver and Gold. Run the program twice, with one
hour and with many hours. The difference shows the cost per change and the fixed cost of each variant, and so
the number of changes from which Spark is faster.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

from rich.console import Console

from bench.capacity.slices import process_slice, settings_at, write_batches
from bench.etl.sample_hour import HOUR
from todo_insights.catalog.stores import open_stores
from todo_insights.core.settings import ZONES
from todo_insights.history.publish import publish_rebuilt
from todo_insights.history.slices import published_hours, rebuild_slice
from todo_insights.hourly.merge_slices import merge_slices
from todo_insights.hourly.publish import publish_hours
from tools.data_folder import ROOT

_SPARK = ROOT / ".venv-spark" / "bin" / "python"
_DAY, _END = HOUR.replace(hour=0), HOUR.replace(hour=0) + timedelta(days=1)


def main() -> None:
    """Publish the hours of a day, rebuild them with each variant, and print the times."""
    parser = argparse.ArgumentParser(prog="make bench-rebuild", description=__doc__)
    parser.add_argument("--changes", type=int, default=20_000, help="number of changes in an hour")
    parser.add_argument("--hours", type=int, default=24, help="number of hours, at most 24")
    parser.add_argument("--without-spark", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.without_spark:
        rebuild_without_spark(Path(options.without_spark))
        return
    console, count = Console(), options.hours * options.changes
    with tempfile.TemporaryDirectory() as temporary:
        lake = Path(temporary) / "lake"
        _publish(lake, Path(temporary), options.hours, options.changes)
        console.print(f"{options.hours} hours, {count:,} changes", highlight=False)
        # Each line is printed as soon as its variant ends, because all variants together take minutes.
        for name, seconds, cpu in _measured(lake):
            console.print(
                f"{name}: {seconds:.1f} s, {cpu:.1f} CPU s, {count / seconds:,.0f} changes/s", highlight=False
            )


def rebuild_without_spark(lake: Path) -> None:
    """Rebuild the day in this process, with the functions that the Spark job uses."""
    stores = open_stores(settings_at(lake))
    for hour in published_hours(f"{_DAY:%Y-%m-%d}", stores):
        slices = [rebuild_slice(each, stores.lake) for each in hour.sources()]
        publish_rebuilt(hour, merge_slices(slices, stores.lake), stores, _END)


def _publish(lake: Path, folder: Path, hours: int, count: int) -> None:
    settings = settings_at(lake)
    stores = open_stores(settings)
    for number in range(hours):
        hour, path = _DAY + timedelta(hours=number), folder / "hour.bson"
        write_batches(path, count, hour)
        publish_hours([process_slice(path, 0, 1, lake, hour)], stores, settings.settle, _END)


def _measured(lake: Path) -> Iterator[tuple[str, float, float]]:
    module = ["bench.capacity.rebuild", "--without-spark", str(lake)]
    yield ("one process", *_timed([sys.executable, "-m", *module], {}))
    days = ["--from", f"{_DAY:%Y-%m-%d}", "--to", f"{_END:%Y-%m-%d}"]
    for cores in (1, 2):
        job = [str(_SPARK), "-m", "todo_insights.history", *days, "--id", f"{cores} cores"]
        args = {"PYSPARK_SUBMIT_ARGS": f"--master local[{cores}] pyspark-shell"}
        yield (f"Spark, {cores} cores", *_timed(job, _lake_variables(lake) | args))


def _lake_variables(lake: Path) -> dict[str, str]:
    uris = {f"{zone.upper()}_URI": (lake / zone).as_uri() for zone in ZONES}
    return uris | {"CATALOG_URI": (lake / "catalog.sqlite").as_uri(), "SPARK_LOCAL_IP": "127.0.0.1"}


def _timed(command: list[str], variables: dict[str, str]) -> tuple[float, float]:
    env = os.environ | {"PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "dags")))} | variables
    before, began = getrusage(RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(command, env=env, cwd=ROOT, check=True, capture_output=True)
    after = getrusage(RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.monotonic() - began, cpu


if __name__ == "__main__":
    main()
