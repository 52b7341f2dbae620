"""The compared servers: each has one worker with eight threads, or with greenlets (gevent)."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import psutil

from tools.data_folder import BIN, ROOT
from tools.supervision.ports import LOOPBACK, free_port

PEERS = ROOT / ".venv-bench-servers" / "bin"
APP = "bench.servers.app:app"
START_SECONDS = 30


def _gunicorn(worker: str, *options: str, program: object = PEERS / "gunicorn") -> tuple[str, ...]:
    common = ("--bind", f"{LOOPBACK}:{{port}}", "--keep-alive", "75", "--no-control-socket")
    return (str(program), APP, "--worker-class", worker, "--threads", "8", *common, *options)


CANDIDATES: dict[str, Sequence[str]] = {
    "gunicorn gthread, fast parser": _gunicorn("gthread", "--http-parser", "fast"),
    "gunicorn gevent, fast parser": _gunicorn("gevent", "--http-parser", "fast"),
    "granian": (
        *(str(PEERS / "granian"), "--interface", "wsgi", "--host", LOOPBACK, "--port", "{port}"),
        *("--blocking-threads", "8", "--respawn-failed-workers", APP),
    ),
    "waitress": (
        *(str(PEERS / "waitress-serve"), f"--listen={LOOPBACK}:{{port}}", "--threads=8"),
        *("--asyncore-use-poll", "--send-bytes=18000", f"--max-request-body-size={1024 * 1024}", APP),
    ),
    "waitress in gunicorn's worker": _gunicorn("webapp.server.worker.Worker", program=BIN / "gunicorn"),
}


@dataclass(frozen=True)
class Server:
    """A running server; `start_ms` is the time until its first answer."""

    process: psutil.Process
    port: int
    start_ms: float

    def processes(self) -> list[psutil.Process]:
        """Return the processes of the server: its supervisor, if the server has one, and its worker."""
        return [self.process, *self.process.children(recursive=True)]

    def worker(self) -> psutil.Process:
        """Return the process that answers requests."""
        return self.processes()[-1]

    def cpu_seconds(self) -> float:
        """Return the CPU seconds that all processes have used so far."""
        return sum(sum(each.cpu_times()[:2]) for each in self.processes())

    def connect(self, seconds: float = 10) -> socket.socket:
        """Open a connection whose operations time out after `seconds`."""
        return socket.create_connection((LOOPBACK, self.port), timeout=seconds)

    def answers(self, seconds: float) -> bool:
        """Return whether the server answers a request within this time in seconds."""
        try:
            with self.connect(seconds) as connection:
                connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                return connection.recv(12) == b"HTTP/1.1 200"
        except OSError:
            return False


@contextmanager
def running(name: str, *, core: int | None = None) -> Iterator[Server]:
    """Run a server until the block ends, on all cores or on `core`.

    Raises RuntimeError if the server does not start.
    """
    port = free_port()
    command = [each.format(port=port) for each in CANDIDATES[name]]
    pin = [] if core is None else ["taskset", "--cpu-list", str(core)]
    began = time.perf_counter()
    process = subprocess.Popen(
        [*pin, *command],
        # The working folder is not the checkout, because gunicorn would read the gunicorn.conf.py of the
        # checkout.
        cwd="/",
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        server = Server(psutil.Process(process.pid), port, 0)
        while not server.answers(1):
            if process.poll() is not None or time.perf_counter() - began > START_SECONDS:
                raise RuntimeError(f"{name} does not start; to see the reason, run: {' '.join(command)}")
            time.sleep(0.005)
        yield Server(server.process, port, (time.perf_counter() - began) * 1000)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
