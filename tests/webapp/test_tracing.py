"""Traces reach a collector with the routes and the database commands, and without personal data."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from uuid import uuid4

import pytest

from webapp.core.environment import SettingsError
from webapp.tracing import ENDPOINT, is_requested

ROOT = Path(__file__).parents[2]
MARK = "zq7mark"
REQUESTS = f"""
from webapp.wsgi import build
client = build().test_client()
user = {{"email": "{MARK}@example.com", "name": "{MARK}", "password": "{MARK} correct horse"}}
for _ in range(2):
    client.post("/api/v1/users", json=user, headers={{"User-Agent": "{MARK}"}})
client.post("/api/v1/auth/login", json={{"email": user["email"], "password": "{MARK} wrong"}})
client.get("/api/v1/tasks?category={MARK}")
client.get("/{MARK}")
"""


@pytest.fixture
def collector() -> Iterator[tuple[str, list[bytes]]]:
    """An HTTP server that stores the bodies of requests; yields its address and the list of bodies."""
    received: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", received
        server.shutdown()


def test_spans_have_routes_and_commands_but_no_personal_data(
    collector: tuple[str, list[bytes]], mongodb_uri: str, tmp_path: Path
) -> None:
    address, received = collector
    env = {
        "PATH": os.environ["PATH"],
        "DATA_DIR": str(tmp_path),
        "MONGODB_URI": mongodb_uri,
        "MONGODB_DATABASE": f"traced_{uuid4().hex}",
        # The spans are sent without compression, so that the test can search their text.
        "OTEL_EXPORTER_OTLP_COMPRESSION": "none",
        ENDPOINT: address,
    }
    subprocess.run([sys.executable, "-c", REQUESTS], cwd=ROOT, env=env, check=True, timeout=120)
    spans = b"".join(received)
    for expected in (b"POST /api/v1/users", b"GET (none)", b".find", b"todo-api", b"embedded"):
        assert expected in spans
    assert not [spans[max(0, at.start() - 60) : at.end()] for at in re.finditer(MARK.encode(), spans)]


def test_nothing_is_traced_by_default() -> None:
    assert not is_requested({})


def test_missing_packages_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webapp.tracing.find_spec", lambda name: None)
    with pytest.raises(SettingsError, match=r"pip install -r requirements/tracing\.txt"):
        is_requested({ENDPOINT: "http://127.0.0.1:4318"})
