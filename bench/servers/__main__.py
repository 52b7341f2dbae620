"""Compares HTTP servers: CPU per request, memory, start time, and the handling of difficult clients.

The server runs on core 0. The client that sends the load, wrk (apt-get install wrk), runs on core 1 with
eight connections. CPU time is the sum over all processes of the server. Each round measures every server, and
the lowest figure of the rounds is used, because other programs can only increase a figure. A star marks an
answer that is a problem document (RFC 9457).
"""

import argparse
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from bench.servers.candidates import CANDIDATES, Server, running
from bench.servers.probes import PROBES
from tools.supervision.ports import LOOPBACK

CONNECTIONS = 8


@dataclass(frozen=True)
class Cost:
    """The CPU µs per request, requests per second, resident MiB of the worker, and ms to the first answer."""

    cpu_us: float
    rate: float
    rss_mib: float
    start_ms: float


def load(server: Server, seconds: int) -> tuple[int, float]:
    """Send requests for `seconds`; returns the number of requests, and the CPU seconds of the server."""
    before = server.cpu_seconds()
    command = ["taskset", "--cpu-list", "1", "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s"]
    url = f"http://{LOOPBACK}:{server.port}/"
    report = subprocess.run([*command, url], check=True, capture_output=True, text=True).stdout
    (requests,) = re.findall(r"(\d+) requests in", report)
    return int(requests), server.cpu_seconds() - before


def cost(name: str, seconds: int) -> Cost:
    """Measure the cost of one server once."""
    with running(name, core=0) as server:
        load(server, 1)
        requests, cpu = load(server, seconds)
        rss = server.worker().memory_info().rss / 1024**2
        return Cost(cpu / requests * 1e6, requests / seconds, rss, server.start_ms)


def behaviour(name: str) -> dict[str, str]:
    """Run each probe with a newly started server; returns the results by the name of the probe."""
    found = {}
    for title, probe in PROBES.items():
        with running(name) as server:
            found[title] = probe(server)
    return found


def main() -> None:
    """Measure all servers, and print a table of costs and a table of probes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk is not installed; on Debian and Ubuntu: apt-get install wrk")
    costs = defaultdict[str, list[Cost]](list)
    for number in range(options.rounds):
        for name in list(CANDIDATES)[:: 1 if number % 2 == 0 else -1]:
            costs[name].append(cost(name, options.seconds))
    with ThreadPoolExecutor(len(CANDIDATES)) as pool:
        behaviours = dict(zip(CANDIDATES, pool.map(behaviour, CANDIDATES), strict=True))
    console = Console(width=150)
    console.print(_cost_table(costs))
    console.print(_behaviour_table(behaviours))


def _cost_table(costs: dict[str, list[Cost]]) -> Table:
    table = Table("server", "CPU µs/request", "requests/s", "worker MiB", "start ms", title="Cost")
    for name, each in costs.items():
        table.add_row(
            name,
            f"{min(one.cpu_us for one in each):.0f}",
            f"{max(one.rate for one in each):.0f}",
            f"{min(one.rss_mib for one in each):.0f}",
            f"{min(one.start_ms for one in each):.0f}",
        )
    return table


def _behaviour_table(behaviours: dict[str, dict[str, str]]) -> Table:
    table = Table("probe", *behaviours, title="Behaviour")
    for probe in PROBES:
        table.add_row(probe, *(found[probe] for found in behaviours.values()))
    return table


if __name__ == "__main__":
    main()
