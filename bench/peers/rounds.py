"""Measures the APIs in rounds: in each round every API serves the same operations, in alternating order."""

import json
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.peers.candidates import CANDIDATES, CLIENT_CORE, PEERS, Server, running
from bench.peers.recording import Recording, record
from tools.data_folder import ROOT
from tools.supervision.ports import free_port, is_in_use

CONNECTIONS = 8
# A second measurement sends requests at this share of the highest rate that the API has reached.
MODERATE = 0.6
WARM_UP_SECONDS = 0.4


@dataclass(frozen=True)
class Figures:
    """The figures of one operation of one API in one round: CPU µs per request, requests/s, latencies in ms.

    `moderate_p50` and `moderate_p99` are the latencies at the share MODERATE of the highest rate. Only the
    operation `get` has these two figures.
    """

    cpu_us: float
    rate: float
    p50: float
    p99: float
    moderate_p50: float | None = None
    moderate_p99: float | None = None


@dataclass(frozen=True)
class Result:
    """The figures of one API in one round; `start_ms` is the time until its first response."""

    number: int
    api: str
    start_ms: float
    memory_mib: float
    operations: dict[str, Figures]

    def as_json(self) -> str:
        """Return the result as one line of JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str) -> "Result":
        """Read a line that `as_json` returned."""
        read = json.loads(line)
        operations = {name: Figures(**figures) for name, figures in read.pop("operations").items()}
        return cls(**read, operations=operations)


def measure(apis: Sequence[str], rounds: int, seconds: float, first: int = 0) -> Iterator[Result]:
    """Measure the APIs in rounds and yield each result; the first round has the number `first`."""
    console = Console(stderr=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        recording = record(folder)
        with stand_in(recording, folder) as port:
            for number in range(first, first + rounds):
                for api in apis[:: 1 if number % 2 == 0 else -1]:
                    console.print(f"round {number + 1}: {CANDIDATES[api].title}")
                    yield _result(number, api, port, recording, folder, seconds)


@contextmanager
def stand_in(recording: Recording, folder: Path) -> Iterator[int]:
    """Run the stand-in for the database on the core of the client; yields its port."""
    port = free_port()
    program = [str(PEERS / "python"), "-m", "bench.peers.canned", str(port), str(recording.replies)]
    with (folder / "canned.log").open("wb") as log:
        process = subprocess.Popen(
            ["taskset", "--cpu-list", CLIENT_CORE, *program], cwd=ROOT, stdout=log, stderr=log
        )
    try:
        deadline = time.monotonic() + 10
        while not is_in_use(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the stand-in does not start:\n{(folder / 'canned.log').read_text()}")
            time.sleep(0.02)
        yield port
    finally:
        process.kill()
        process.wait()


def _result(
    number: int, api: str, mongodb_port: int, recording: Recording, folder: Path, seconds: float
) -> Result:
    candidate, operations = CANDIDATES[api], dict[str, Figures]()
    with running(candidate, mongodb_port, folder) as server:
        for name, request in candidate.requests(recording).items():
            _send(server, request, WARM_UP_SECONDS)
            before = server.cpu_seconds()
            sent = _send(server, request, seconds)
            cpu_us = (server.cpu_seconds() - before) / sent["requests"] * 1e6
            rate, moderate = sent["requests"] / sent["seconds"], dict[str, float]()
            if name == "get":
                found = _send(server, request, seconds, rate * MODERATE)
                moderate = {f"moderate_{each}": found[each] for each in ("p50", "p99")}
            operations[name] = Figures(cpu_us, rate, sent["p50"], sent["p99"], **moderate)
        return Result(number, api, server.start_ms, server.memory_mib(), operations)


def _send(server: Server, request: str, seconds: float, rate: float = 0) -> dict[str, Any]:
    """Repeat a request for `seconds`; raises RuntimeError if a response has an error status."""
    job = {"request": request, "port": server.port, "seconds": seconds, "connections": CONNECTIONS}
    program = [str(PEERS / "python"), "-m", "bench.peers.sender", json.dumps(job | {"rate": rate})]
    command = ["taskset", "--cpu-list", CLIENT_CORE, *program]
    sent: dict[str, Any] = json.loads(subprocess.check_output(command, cwd=ROOT))
    if sent["failed"] or not sent["requests"]:
        raise RuntimeError(
            f"{sent['failed']} of {sent['requests']} responses have an error status: {request}"
        )
    return sent
