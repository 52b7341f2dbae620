"""The local API, which is started with the command in the Procfile."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import requests

from tools.data_folder import BIN, ROOT, DataFolder
from tools.supervision.ports import LOOPBACK
from tools.supervision.processes import Service
from tools.supervision.supervisor import Part


def start(folder: DataFolder, env: Mapping[str, str], port: int, prefix: Sequence[object] = ()) -> Service:
    """Start the API on a port of the loopback interface; does not wait until the API `is_ready`.

    `prefix` is a command, such as unshare, that runs the command of the API.
    """
    command = [*prefix, BIN / "python", "-m", "webapp", "--chdir", ROOT]
    settings = {**env, "PORT": str(port), "HOST": LOOPBACK}
    return Service.start("The API", command, settings, folder.log("api"))


@contextmanager
def running(
    folder: DataFolder, env: Mapping[str, str], port: int, seconds: float, prefix: Sequence[object] = ()
) -> Iterator[Service]:
    """Run the API until the block ends; raises ToolError if it is not ready after this number of seconds."""
    service = start(folder, env, port, prefix)
    try:
        service.wait_until(lambda: is_ready(port), seconds)
        yield service
    finally:
        service.stop()


def part(folder: DataFolder, env: Mapping[str, str], port: int, response_seconds: float) -> Part:
    """Return the API as a part of the product, with metrics for `make top` and Prometheus.

    The API is healthy if it responds within `response_seconds`.
    """
    metrics = {
        "METRICS_FILE": str(folder.metrics_file),
        "PROMETHEUS_MULTIPROC_DIR": str(folder.path / "prometheus"),
    }
    return Part(
        "The API",
        lambda: start(folder, {**metrics, **env}, port),
        lambda: None if _is_alive(port, response_seconds) else "does not respond to GET /health",
    )


def _is_alive(port: int, seconds: float) -> bool:
    """Return whether the API responds; ignores the database, which a restart of the API cannot repair."""
    try:
        return requests.get(f"http://{LOOPBACK}:{port}/health", timeout=seconds).status_code == 200
    except requests.RequestException:
        return False


def is_ready(port: int) -> bool:
    """Return whether the API and its database are ready for requests."""
    try:
        return requests.get(f"http://{LOOPBACK}:{port}/health/ready", timeout=3).status_code == 200
    except requests.RequestException:
        return False
