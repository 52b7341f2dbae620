"""Compares the requests that a walkthrough prints with the operations of the OpenAPI document."""

import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tools.data_folder import BIN

Operation = tuple[str, str]
LINE = re.compile(r"^([A-Z]+) (/\S*) (\d{3})$", re.MULTILINE)


def run(command: Sequence[str | Path], folder: Path, **env: str) -> str:
    """Run a command and return its output; fails if the exit status is not 0."""
    path = f"{BIN}:/usr/local/bin:/usr/bin:/bin"
    completed = subprocess.run(
        command,
        cwd=folder,
        env={"PATH": path, "HOME": str(folder), **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    assert completed.returncode == 0, completed.stdout
    return completed.stdout


def operations(document: Mapping[str, Any]) -> set[Operation]:
    """Return the method and the path template of every operation in the document."""
    return {
        (method.upper(), path)
        for path, item in document["paths"].items()
        for method in item
        if method != "parameters"
    }


def visited(printed: str, document: Mapping[str, Any]) -> set[Operation]:
    """Return the operations that a walkthrough has printed; raises KeyError for undocumented paths."""
    found = set()
    for method, path, status in LINE.findall(printed):
        template = _template(path, document)
        responses = document["paths"][template][method.lower()]["responses"]
        assert status in responses, f"{method} {template} returned {status}, which is not documented"
        found.add((method, template))
    return found


def _template(path: str, document: Mapping[str, Any]) -> str:
    """Return the path template that matches the path; if several match, the one with fewest parameters."""
    for template in sorted(document["paths"], key=lambda each: each.count("{")):
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), path):
            return str(template)
    raise KeyError(path)
