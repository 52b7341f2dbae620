"""The API's CPU time and the database commands per write, with the real HTTP server: `make bench-writes`."""

import argparse
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.api import Client, Load
from bench.api_requests import create_test_data, operations
from bench.round_trips import count_round_trips
from bench.serving import MeasuredProduct, running_product
from tools.data_folder import DataFolder

_WRITES = ("create", "update", "replace")
_CLIENTS = 2


def main() -> None:
    """Measure each kind of write, and print a table."""
    parser = argparse.ArgumentParser(prog="make bench-writes", description=__doc__)
    parser.add_argument("--seconds", type=float, default=5, help="duration for each kind of write")
    options = parser.parse_args()
    table = Table("write", "API: CPU ms", "database commands")
    with tempfile.TemporaryDirectory() as name, running_product(DataFolder(Path(name))) as product:
        round_trips = count_round_trips(product.settings("round_trips"))
        token, task_ids = create_test_data(Client.connect(product.port).send)
        load = Load(product.port, token, _CLIENTS)
        for write in _WRITES:
            request = operations(task_ids)[write]
            load.measure(request, 1)
            before = _cpu_seconds(product)
            _, latencies = load.measure(request, options.seconds)
            milliseconds = (_cpu_seconds(product) - before) * 1000 / len(latencies)
            table.add_row(write, f"{milliseconds:.2f}", str(round_trips[write]))
    Console().print(table)


def _cpu_seconds(product: MeasuredProduct) -> float:
    times = [each.cpu_times() for each in product.workers()]
    return sum(each.user + each.system for each in times)


if __name__ == "__main__":
    main()
