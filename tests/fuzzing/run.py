"""One run of schemathesis against the API as it is deployed, on a database of its own."""

import json
import math
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.serving import serving
from tools import database
from tools.places import BIN, ROOT, DataFolder
from tools.ports import free_port
from webapp.apidocs.__main__ import DOCUMENT


def fuzz(place: Path, cases: int, *options: str) -> dict[str, Any]:
    """Generate about `cases` requests, and return schemathesis' own report.

    `place` is an empty folder for the database, the logs and the reports.
    """
    folder = DataFolder(place / "data")
    (folder.path / "logs").mkdir(parents=True)
    port = free_port()
    server = database.start(folder, port)
    try:
        with serving(folder, database.uri(port)) as api:
            return _run(api.url, place / "report.json", math.ceil(cases / _operations()), options)
    finally:
        server.stop()


def _operations() -> int:
    return sum(len(item) for item in json.loads(DOCUMENT.read_text())["paths"].values())


def _run(url: str, report: Path, examples: int, options: tuple[str, ...]) -> dict[str, Any]:
    command = [
        BIN / "schemathesis",
        "--config-file",
        ROOT / "schemathesis.toml",
        "run",
        f"{url}/openapi.json",
    ]
    wanted = ["--max-examples", str(examples), "--report-json-path", report, *options]
    subprocess.run([*command, *wanted], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False)
    found: dict[str, Any] = json.loads(report.read_text())
    return found
