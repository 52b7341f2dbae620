"""`make smoke` succeeds on a working deployment and erases its user; it fails on a broken deployment."""

import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from uuid import uuid4

import pymongo
import pytest

from tests.conftest import SECRET
from tests.serving import serving
from tools.data_folder import ROOT, DataFolder


def smoke(**variables: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "tools.smoke"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "COLUMNS": "200", **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )


def test_working_deployment_passes_and_keeps_no_user(
    data_folder: DataFolder, mongodb_uri: str, tmp_path: Path
) -> None:
    database = f"smoke_{uuid4().hex}"
    with serving(data_folder, mongodb_uri, MONGODB_DATABASE=database, JWT_SECRET_KEY=SECRET) as api:
        ran = smoke(
            BASE_URL=api.url,
            LAKE="local",
            DATA_DIR=str(data_folder.path),
            MONGODB_URI=mongodb_uri,
            MONGODB_DATABASE=database,
            LAKE_URI=(tmp_path / "lake").as_uri(),
        )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "10 checks, 0 failed" in ran.stdout
    assert "published by a provisional run" in ran.stdout
    with pymongo.MongoClient[dict[str, object]](mongodb_uri) as client:
        assert client[database].users.count_documents({"deleted_at": {"$exists": False}}) == 0


class Broken(BaseHTTPRequestHandler):
    """An HTTP server that answers every request with an empty object."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"{}")

    do_POST = do_PATCH = do_DELETE = do_GET

    def log_message(self, *arguments: object) -> None:
        """Log nothing."""


@pytest.fixture
def broken_url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Broken) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_broken_deployment_fails_every_check(broken_url: str) -> None:
    ran = smoke(BASE_URL=broken_url)
    assert ran.returncode == 1
    assert "POST /api/v1/users: status 200 instead of 201" in ran.stdout
    assert ran.stderr == ""


def test_unreachable_deployment_fails() -> None:
    ran = smoke(BASE_URL="http://127.0.0.1:9")
    assert (ran.returncode, "is the API reachable?" in ran.stdout) == (1, True)


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({}, "BASE_URL must be"),
        ({"BASE_URL": "localhost"}, "BASE_URL must be"),
        ({"BASE_URL": "http://localhost", "LAKE": "s3://x"}, "LAKE must be"),
    ],
)
def test_wrong_variables_are_named(variables: dict[str, str], message: str) -> None:
    ran = smoke(**variables)
    assert (ran.returncode, message in ran.stdout) == (2, True)
