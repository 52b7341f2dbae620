"""`make smoke` succeeds on a working deployment and erases its user; it fails on a broken deployment."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from uuid import uuid4

import boto3
import pymongo
import pytest
from botocore.stub import Stubber

from tests.conftest import SECRET
from tests.serving import serving
from tools.data_folder import ROOT, DataFolder
from tools.smoke import lake_checks
from tools.smoke.api_checks import WrittenTask
from tools.smoke.client import Unexpected


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


TASK = WrittenTask(
    "0192f0c1-0000-7000-8000-000000000001", "smoke-1", datetime(2026, 11, 20, 8, 59, tzinfo=UTC)
)
SQL = (
    "SELECT dt, hour FROM bronze_task_changes WHERE task_id = '0192f0c1-0000-7000-8000-000000000001' "
    "AND request_id = 'smoke-1' AND dt >= '2026-11-20'"
)
HEADER = {"Data": [{"VarCharValue": "dt"}, {"VarCharValue": "hour"}]}
ROW = {"Data": [{"VarCharValue": "2026-11-20"}, {"VarCharValue": "08"}]}


@pytest.fixture
def athena(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    """Athena's client, which checks each request and response against AWS's model and sends nothing."""
    client = boto3.client("athena", "eu-central-1", aws_access_key_id="a", aws_secret_access_key="b")
    monkeypatch.setattr(boto3, "client", lambda service: client)
    monkeypatch.setattr(lake_checks, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(lake_checks, "STATUS_SECONDS", 0.01)
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def expect_query(athena: Stubber, query_id: str, *states: str, reason: str = "") -> None:
    """Expect the query in the workgroup and the database of LAKE; the query has these states in turn."""
    context = {"Database": "todo_insights_prod"}
    wanted = {"QueryString": SQL, "WorkGroup": "todo-insights-prod", "QueryExecutionContext": context}
    athena.add_response("start_query_execution", {"QueryExecutionId": query_id}, wanted)
    for state in states:
        status = {"State": state, **({"StateChangeReason": reason} if reason else {})}
        found = {"QueryExecution": {"QueryExecutionId": query_id, "Status": status}}
        athena.add_response("get_query_execution", found, {"QueryExecutionId": query_id})


def expect_rows(athena: Stubber, query_id: str, *rows: object) -> None:
    result = {"ResultSet": {"Rows": [HEADER, *rows]}}
    athena.add_response("get_query_results", result, {"QueryExecutionId": query_id})


def find_in_athena() -> str:
    lake = lake_checks.lake_of("athena://todo-insights-prod/todo_insights_prod")
    assert lake is not None
    return lake.find(TASK)


def test_task_is_found_in_athena_when_its_hour_is_published(athena: Stubber) -> None:
    expect_query(athena, "first-query-0000", "QUEUED", "RUNNING", "SUCCEEDED")
    expect_rows(athena, "first-query-0000")
    expect_query(athena, "second-query-000", "SUCCEEDED")
    expect_rows(athena, "second-query-000", ROW)

    assert find_in_athena() == "in the partition 2026-11-20 08"


def test_failed_query_fails_the_check_with_its_reason(athena: Stubber) -> None:
    expect_query(athena, "first-query-0000", "FAILED", reason="Insufficient permissions on the table")

    with pytest.raises(Unexpected, match="Athena: Insufficient permissions on the table"):
        find_in_athena()


def test_missing_task_fails_the_check_after_the_hour(
    athena: Stubber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lake_checks, "WAIT", timedelta(seconds=0.01))
    monkeypatch.setattr(lake_checks, "POLL_SECONDS", 0.02)
    expect_query(athena, "first-query-0000", "SUCCEEDED")
    expect_rows(athena, "first-query-0000")

    with pytest.raises(Unexpected, match="the task is not in the lake"):
        find_in_athena()


def test_denied_request_fails_the_check(athena: Stubber) -> None:
    athena.add_client_error("start_query_execution", "AccessDeniedException", "not authorized")

    with pytest.raises(Unexpected, match="AccessDeniedException"):
        find_in_athena()
