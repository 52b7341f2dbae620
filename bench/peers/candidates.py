"""The measured APIs: the command that starts each API, and the request of each operation."""

import json
import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import Request, urlopen

import psutil

from bench.peers.recording import NEW_TASK, PAGE, SECRET, Recording
from tools.data_folder import ROOT
from tools.supervision.ports import LOOPBACK, free_port

PEERS = ROOT / ".venv-bench-peers" / "bin"
# A virtualenv with the packages of a deployment; the virtualenv for development has more packages.
OURS = ROOT / ".venv-api" / "bin"
SERVER_CORE, CLIENT_CORE = "0", "1"
START_SECONDS = 60
PATCH = {"status": "in_progress", "priority": "urgent", "title": "Buy groceries, updated"}
NUMBER = "{number:012}"


def _gunicorn(app: str) -> list[str]:
    options = ["--worker-class", "gthread", "--threads", "8", "--keep-alive", "75", "--no-control-socket"]
    return [str(PEERS / "gunicorn"), f"bench.peers.apps.{app}", "--bind", "{address}", *options]


def _uvicorn(app: str) -> list[str]:
    options = ["--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning"]
    return [
        str(PEERS / "uvicorn"),
        f"bench.peers.apps.{app}",
        "--host",
        LOOPBACK,
        "--port",
        "{port}",
        *options,
    ]


@dataclass(frozen=True)
class Candidate:
    """A measured API: its title, the command that starts it, and the path before `/tasks`."""

    title: str
    command: list[str]
    prefix: str = ""

    def requests(self, recording: Recording) -> dict[str, str]:
        """Return the text of the HTTP request for each operation."""
        ours = bool(self.prefix)
        task = f"{self.prefix}/tasks/{recording.task_id if ours else recording.peer_task_id}"
        query = f"status=pending&limit={PAGE}"
        if self.title == EVE:
            query = f"where=%7B%22status%22%3A%22pending%22%7D&max_results={PAGE}&sort=-_id"
        tasks = f"{self.prefix}/tasks"
        return {
            "get": self._request("GET", task, recording.token),
            "list": self._request("GET", f"{tasks}?{query}", recording.token),
            "create": self._request("POST", tasks, recording.token, NEW_TASK),
            "patch": self._request("PATCH", task, recording.token, PATCH),
            "create with key": self._request("POST", tasks, recording.token, NEW_TASK, NUMBER),
        }

    def _request(
        self, method: str, target: str, token: str, body: Mapping[str, object] | None = None, key: str = ""
    ) -> str:
        lines = [f"{method} {target} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {token}"]
        content = "" if body is None else json.dumps(body, separators=(",", ":"))
        if content:
            lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
        if key:
            lines.append(f"Idempotency-Key: {key}")
        return "\r\n".join(lines) + "\r\n\r\n" + content


EVE = "Eve"
CANDIDATES = {
    "fastapi": Candidate("FastAPI, bare", _uvicorn("fastapi_bare:app")),
    "duties": Candidate("FastAPI, same duties", _uvicorn("fastapi_duties:app")),
    "smorest": Candidate("flask-smorest", _gunicorn("smorest_app:app")),
    "eve": Candidate(EVE, _gunicorn("eve_app:app")),
    "fixed": Candidate(
        "fixed 0.6 ms", [str(PEERS / "python"), "-m", "bench.peers.apps.fixed_time", "{port}"]
    ),
    "ours": Candidate("this API", [str(OURS / "python"), "-m", "webapp", "--chdir", str(ROOT)], "/api/v1"),
}


@dataclass(frozen=True)
class Server:
    """A running API; `start_ms` is the time until its first response."""

    process: psutil.Process
    port: int
    start_ms: float

    def cpu_seconds(self) -> float:
        """Return the CPU seconds that all processes of the server have used so far, from /proc."""
        processes = [self.process, *self.process.children(recursive=True)]
        return sum(sum(each.cpu_times()[:2]) for each in processes)

    def memory_mib(self) -> float:
        """Return the resident memory of the process that serves requests, in MiB."""
        return [self.process, *self.process.children(recursive=True)][-1].memory_info().rss / 2**20


@contextmanager
def running(candidate: Candidate, mongodb_port: int, folder: Path) -> Iterator[Server]:
    """Run an API on its own core until the block ends; raises RuntimeError if the API does not start."""
    port = free_port()
    command = [part.format(port=port, address=f"{LOOPBACK}:{port}") for part in candidate.command]
    # With these rate limits, no request is refused, but every request is counted as in production.
    limits = {f"RATE_LIMIT_{name}": "100000000/minute" for name in ("USER", "ADDRESS", "SIGN_IN")}
    env = {
        **os.environ,
        **limits,
        "PYTHONPATH": str(ROOT),
        "MONGODB_URI": f"mongodb://{LOOPBACK}:{mongodb_port}/?directConnection=true",
        "BENCH_SECRET": SECRET,
        "JWT_SECRET_KEY": SECRET,
        "WEB_CONCURRENCY": "1",
        "HOST": LOOPBACK,
        "PORT": str(port),
    }
    began = time.perf_counter()
    # The working folder is not the checkout, because gunicorn would read the checkout's gunicorn.conf.py for
    # peers, too.
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            ["taskset", "--cpu-list", SERVER_CORE, *command],
            env=env,
            cwd=folder,
            stdout=log,
            stderr=log,
        )
    try:
        url = f"http://{LOOPBACK}:{port}/health"
        while not _responds(url):
            if process.poll() is not None or time.perf_counter() - began > START_SECONDS:
                raise RuntimeError(
                    f"{candidate.title} does not start:\n{(folder / 'server.log').read_text()}"
                )
            time.sleep(0.01)
        yield Server(psutil.Process(process.pid), port, (time.perf_counter() - began) * 1000)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _responds(url: str) -> bool:
    try:
        with urlopen(Request(url), timeout=5) as response:  # noqa: S310  # http on the loopback interface
            return bool(response.status == 200)
    except OSError:
        return False
