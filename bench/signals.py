"""The CPU time that logs and metrics cost per request: `python -m bench.signals`.

The program sends the same GET request in this process, alternately with and without logs and metrics, and
prints the CPU time of both cases.
"""

import sys
import tempfile
import time
from pathlib import Path

from flask.testing import FlaskClient
from rich.console import Console
from rich.table import Table

from tools.data_folder import DataFolder
from tools.services import database
from tools.supervision.ports import free_port
from webapp.app import create_app
from webapp.core.logs import configure_logging, request_lines
from webapp.core.settings import Settings
from webapp.database.connection import connect
from webapp.http import request_log
from webapp.http.context import services
from webapp.metrics import MetricsPublisher, MetricsRecorder

ROUNDS, REQUESTS = 15, 500
MAX_SHARE = 0.05
USER = {"email": "ada@example.com", "name": "Ada", "password": "correct horse battery"}


def main() -> int:
    """Print the cost; returns 1 if logs and metrics cost more than the share MAX_SHARE of a GET."""
    with tempfile.TemporaryDirectory() as name:
        folder = DataFolder(Path(name))
        (folder.path / "logs").mkdir()
        server = database.start(folder, port := free_port())
        try:
            return _measure(folder.path, database.uri(port))
        finally:
            server.stop()


def _measure(folder: Path, uri: str) -> int:
    settings = Settings(
        jwt_secret="a secret for measurements, long enough",  # noqa: S106
        mongodb_uri=uri,
        rate_limit_user="",
        rate_limit_address="",
        rate_limit_sign_in="",
        metrics_file=folder / "metrics.log",
    )
    app = create_app(settings, connect(settings))
    publisher = MetricsPublisher(services(app).get(MetricsRecorder), settings)
    client = app.test_client()
    client.post("/api/v1/users", json=USER)
    login = client.post("/api/v1/auth/login", json={name: USER[name] for name in ("email", "password")})
    headers = {"Authorization": f"Bearer {(login.json or {})['access_token']}"}
    task = client.post("/api/v1/tasks", json={"title": "Mow"}, headers=headers)
    path = f"/api/v1/tasks/{(task.json or {})['id']}"
    hooks = app.after_request_funcs[None]
    (hook,) = [each for each in hooks if each.__module__ == request_log.__name__]
    position = hooks.index(hook)
    with_signals, without = [], []
    with (folder / "requests.log").open("w") as log:
        configure_logging(log, {})
        if lines := request_lines():
            lines.write_in_background()
        for _ in range(ROUNDS):
            hooks.remove(hook)
            without.append(_microseconds(client, path, headers, None))
            hooks.insert(position, hook)
            with_signals.append(_microseconds(client, path, headers, publisher))
    # The lowest figure of several rounds is used, because other processes can only increase a figure.
    cost = min(with_signals) - min(without)
    share = cost / min(without)
    table = Table("", "CPU µs per GET", title="Logs and metrics")
    table.add_row("without", f"{min(without):.0f}")
    table.add_row("with", f"{min(with_signals):.0f}")
    table.add_row("difference", f"{cost:.0f} ({share:.1%})")
    Console().print(table)
    return 1 if share > MAX_SHARE else 0


def _microseconds(
    client: FlaskClient, path: str, headers: dict[str, str], publisher: MetricsPublisher | None
) -> float:
    """Return the CPU µs of one request, including its share of the time to write log lines and metrics."""
    started = time.process_time()
    for _ in range(REQUESTS):
        client.get(path, headers=headers)
    if publisher is not None:
        publisher.close()
    if lines := request_lines():
        lines.flush()
    return (time.process_time() - started) / REQUESTS * 1e6


if __name__ == "__main__":
    sys.exit(main())
