"""One run of schemathesis against the API as it is deployed, on a database of its own."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.serving import serving
from tools.data_folder import BIN, ROOT, DataFolder
from tools.ports import free_port
from tools.services import database


def fuzz(place: Path, examples: int, *options: str) -> dict[str, Any]:
    """Try each operation with some fifty chosen requests and `examples` random ones, and go along the links.

    Returns schemathesis' own report. `place` is an empty folder for the database, the logs and the report.
    """
    folder = DataFolder(place / "data")
    (folder.path / "logs").mkdir(parents=True)
    port = free_port()
    server = database.start(folder, port)
    try:
        with serving(folder, database.uri(port)) as api:
            return _run(api.url, place / "report.json", examples, options)
    finally:
        server.stop()


def _run(url: str, report: Path, examples: int, options: tuple[str, ...]) -> dict[str, Any]:
    command = [str(BIN / "schemathesis"), "run", f"{url}/openapi.json", "--max-examples", str(examples)]
    command += ["--report-json-path", str(report), *options]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False)
    found: dict[str, Any] = json.loads(report.read_text())
    return found
