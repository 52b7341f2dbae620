"""Runs schemathesis against an API that is served with a temporary database."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.serving import serving
from tools.data_folder import BIN, ROOT, DataFolder
from tools.services import database
from tools.supervision.ports import free_port


def fuzz(directory: Path, examples: int, *options: str) -> dict[str, Any]:
    """Send about 50 systematic and `examples` random requests to each operation; follow the OpenAPI links.

    Returns the JSON report of schemathesis. `directory` is an empty folder for database, logs and report.
    """
    folder = DataFolder(directory / "data")
    (folder.path / "logs").mkdir(parents=True)
    port = free_port()
    server = database.start(folder, port)
    try:
        with serving(folder, database.uri(port)) as api:
            return _run(api.url, directory / "report.json", examples, options)
    finally:
        server.stop()


def _run(url: str, report: Path, examples: int, options: tuple[str, ...]) -> dict[str, Any]:
    command = [str(BIN / "schemathesis"), "run", f"{url}/openapi.json", "--max-examples", str(examples)]
    command += ["--report-json-path", str(report), *options]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False)
    content: dict[str, Any] = json.loads(report.read_text())
    return content
