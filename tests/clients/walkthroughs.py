"""What a walk through the API left behind, held against the document that its client was generated from."""

import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tools.data_folder import BIN

Operation = tuple[str, str]
LINE = re.compile(r"^([A-Z]+) (/\S*) (\d{3})$", re.MULTILINE)


def run(command: Sequence[str | Path], folder: Path, **env: str) -> str:
    """Run a tool to its end and return all that it printed; one that fails fails the test."""
    path = f"{BIN}:/usr/local/bin:/usr/bin:/bin"
    done = subprocess.run(
        command,
        cwd=folder,
        env={"PATH": path, "HOME": str(folder), **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def operations(document: Mapping[str, Any]) -> set[Operation]:
    """Every operation of the document, as its method and its path template."""
    return {
        (method.upper(), path)
        for path, item in document["paths"].items()
        for method in item
        if method != "parameters"
    }


def visited(printed: str, document: Mapping[str, Any]) -> set[Operation]:
    """The operations that a walk printed; raises KeyError for a request or an answer that is undocumented."""
    found = set()
    for method, path, status in LINE.findall(printed):
        template = _template(path, document)
        answers = document["paths"][template][method.lower()]["responses"]
        assert status in answers, f"{method} {template} answered {status}, which is not documented"
        found.add((method, template))
    return found


def _template(path: str, document: Mapping[str, Any]) -> str:
    """The template that a path fits, the most literal one where several do."""
    for template in sorted(document["paths"], key=lambda each: each.count("{")):
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), path):
            return str(template)
    raise KeyError(path)
