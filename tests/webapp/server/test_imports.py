"""The start imports no package that few requests need: each costs time and memory in every process."""

import subprocess
import sys

import pytest

from tools.data_folder import ROOT

SERVE = """
from webapp.app import create_app
from webapp.database.connection import connect
from webapp.core.settings import Settings

settings = Settings(jwt_secret="x" * 48, mongodb_uri="mongodb://127.0.0.1:1")
assert create_app(settings, connect(settings)).test_client().get("/health").status_code == 200
"""
# The modules that a process must not import; each key is the code that the process runs.
UNNEEDED = {
    "import webapp.__main__": {"pymongo", "flask", "structlog"},
    SERVE: {
        *("boto3", "email_validator", "limits", "opentelemetry", "prometheus_client", "redis", "zxcvbn"),
        *("webapp.cli", "webapp.openapi.document", "webapp.sample.runner"),
    },
}


@pytest.mark.parametrize("code", UNNEEDED, ids=["check of the settings", "first request"])
def test_start_imports_only_what_requests_need(code: str) -> None:
    listing = f"{code}\nimport sys\nprint(*sys.modules)"
    program = [sys.executable, "-c", listing]
    imported = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert UNNEEDED[code] & set(imported) == set()
