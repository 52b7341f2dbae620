"""The cost of a task if one hour is divided into 1, 2 or 4 slices: `make bench-slices`.

Each slice has its own process, like a mapped task of Airflow; as many processes run at once as the machine
has cores. The changes are read from a BSON file and not from the embedded database: all slices would share
that database, which would distort the figures. The program fails unless, for each number of slices, Gold has
the same checksums, and Bronze and Silver have the same number of rows.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import bson
from rich.console import Console
from rich.table import Table

from bench.etl.sample_hour import HOUR, changes
from todo_insights.catalog.stores import open_stores
from todo_insights.core.hours import Hour, to_text
from todo_insights.core.settings import ZONES, Settings
from todo_insights.hourly.extract import PART_BYTES
from todo_insights.hourly.manifest import Manifest, Slice
from todo_insights.hourly.process import process_from
from todo_insights.hourly.publish import publish_hours
from todo_insights.lake.schema import TABLES
from todo_insights.transform.bronze import Extracted, bronze_of
from tools.data_folder import ROOT

_BATCH = 5000
_NOW = HOUR + timedelta(hours=2)


@dataclass(frozen=True)
class Usage:
    """The resources that one process used: elapsed seconds, CPU seconds and peak memory.

    `seconds` includes the start of Python and imports, as in an Airflow task.
    """

    seconds: float
    cpu: float
    peak_mb: float


def settings_at(lake: Path) -> Settings:
    """Return settings for a lake in this folder."""
    zones = {zone: (lake / zone).as_uri() for zone in ZONES}
    return Settings(None, "", zones, (lake / "catalog.sqlite").as_uri())


def write_batches(path: Path, count: int, hour: datetime = HOUR) -> float:
    """Write the changes of an hour as batches of BSON; returns the mean size of a change in bytes."""
    total, batch, lengths = 0, bytearray(), []
    shift = hour - HOUR
    with path.open("wb") as file:
        for number, change in enumerate(changes(count), 1):
            batch += bson.encode(_moved(change, shift) if shift else change)
            if number % _BATCH == 0 or number == count:
                file.write(batch)
                lengths.append(len(batch))
                total += len(batch)
                batch.clear()
    path.with_suffix(".json").write_text(json.dumps(lengths))
    return total / count


def _moved(change: dict[str, Any], shift: timedelta) -> dict[str, Any]:
    # Ids contain the hour, because an id must be unique in the log.
    entity_id = f"{change['entity_id']}-{shift // timedelta(hours=1)}"
    return change | {
        "_id": f"task:{entity_id}:{change['version']}",
        "entity_id": entity_id,
        "at": change["at"] + shift,
    }


def read_batches(path: Path, slice_: int, slices: int) -> list[bytes]:
    """Return the batches of slice number `slice_` if the file is divided into `slices` slices, in order."""
    lengths: list[int] = json.loads(path.with_suffix(".json").read_text())
    first, last = (len(lengths) * each // slices for each in (slice_, slice_ + 1))
    with path.open("rb") as file:
        file.seek(sum(lengths[:first]))
        return [file.read(length) for length in lengths[first:last]]


def process_slice(path: Path, slice_: int, slices: int, lake: Path, hour: datetime = HOUR) -> Manifest:
    """Process one slice of the file in the same way as the task process_slice."""
    start, end = (to_text(hour + timedelta(hours=1) * each / slices) for each in (slice_, slice_ + 1))
    described = Slice(
        hour=str(Hour(hour)), slice=slice_, slices=slices, start=start, end=end, reason="scheduled"
    )

    def source(start: datetime, end: datetime) -> Iterator[Extracted]:
        return bronze_of(read_batches(path, slice_, slices), PART_BYTES)

    return process_from(described, source, open_stores(settings_at(lake)).lake, _NOW)


def run_process(arguments: list[str]) -> tuple[Any, Usage]:
    """Run this module in a new process; returns its output, parsed as JSON, and the resources it used."""
    env = os.environ | {"PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "dags")))}
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.capacity.slices", *arguments], env=env, cwd=ROOT, stdout=subprocess.PIPE
    )
    assert process.stdout is not None  # noqa: S101  # Popen got stdout=PIPE
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(arguments)} ended with status {process.returncode}")
    cpu, peak = usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024
    return json.loads(output), Usage(time.monotonic() - began, cpu, peak)


def main() -> None:
    """Measure 1, 2 and 4 slices, compare their lakes, and print the table."""
    parser = argparse.ArgumentParser(prog="make bench-slices", description=__doc__)
    parser.add_argument("--changes", type=int, default=200_000, help="number of changes in the hour")
    parser.add_argument("--slice", nargs=4, help=argparse.SUPPRESS)
    options, console = parser.parse_args(), Console()
    if options.slice:
        path, number, count, lake = options.slice
        json.dump(process_slice(Path(path), int(number), int(count), Path(lake)), sys.stdout)
        return
    table = Table(
        "slices", "CPU s of a task", "seconds of a task", "peak MB of a task", "seconds of the hour"
    )
    contents = []
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "hour.bson"
        size = write_batches(path, options.changes)
        for count in (1, 2, 4):
            lake = Path(temporary) / f"lake-{count}"
            began = time.monotonic()
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                arguments = [["--slice", str(path), str(n), str(count), str(lake)] for n in range(count)]
                results = list(pool.map(run_process, arguments))
            contents.append(_published([manifest for manifest, _ in results], lake))
            usages = [usage for _, usage in results]
            row = (max(each.cpu for each in usages), max(each.seconds for each in usages))
            peak = max(each.peak_mb for each in usages)
            table.add_row(
                str(count), f"{row[0]:.1f}", f"{row[1]:.1f}", f"{peak:.0f}", f"{time.monotonic() - began:.1f}"
            )
        sizes = _bytes_per_change(Path(temporary) / "lake-1", options.changes)
    if contents[1:] != contents[:-1]:
        raise RuntimeError(f"checksums or row counts depend on the number of slices: {contents}")
    console.print(f"{options.changes:,} changes of {size:.0f} bytes on {os.cpu_count()} cores")
    console.print(table)
    console.print(f"bytes per change: {json.dumps(sizes)}; the lakes are equal", soft_wrap=True)


def _published(manifests: list[Manifest], lake: Path) -> dict[str, Any]:
    """Publish the slices; returns the checksum of each Gold table, and the number of rows of other tables."""
    settings = settings_at(lake)
    stores = open_stores(settings)
    publish_hours(manifests, stores, settings.settle, _NOW)
    zones = {table.physical: table.zone for table in TABLES}
    return {
        each.table: each.checksum if zones[each.table] == "gold" else each.row_count
        for each in stores.catalog.snapshot()
    }


def _bytes_per_change(lake: Path, count: int) -> dict[str, float]:
    found = open_stores(settings_at(lake)).catalog.snapshot()
    zones = {table.physical: table.zone for table in TABLES}
    return {
        zone: round(sum(f.size for each in found if zones[each.table] == zone for f in each.files) / count, 1)
        for zone in ZONES
    }


if __name__ == "__main__":
    main()
