"""The artefacts of the Spark job: its entry point, the code of the pipeline, and an archive of Python."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cloudformation.artefacts.bundle import ROOT, zip_bytes
from cloudformation.artefacts.storage import put_if_changed

FOLDER = "history/"
# The archive of Python and its packages, which `make history-archive` builds on Amazon Linux 2023.
ARCHIVE = Path("artefacts") / "history" / "environment.tar.gz"
_PACKAGE = "todo_insights"
_TYPES = {".py", ".sql", ".toml"}


def upload(s3: Any, bucket: str, root: Path = ROOT) -> Iterator[str]:
    """Upload the artefacts whose content changed; yield a line for each, or for a missing archive file."""
    files, archive = contents(root), root / ARCHIVE
    if archive.exists():
        files[f"{FOLDER}{ARCHIVE.name}"] = archive.read_bytes()
    for key, content in files.items():
        if put_if_changed(s3, bucket, key, content):
            yield f"{key} uploaded"
    if not archive.exists():
        yield f"{ARCHIVE} is not built, so todo_history_rebuild uses the last uploaded one: docs/deploy.md"


def contents(root: Path = ROOT) -> dict[str, bytes]:
    """Return the entry point and the code archive by key; the same checkout always gives the same bytes."""
    package = root / "dags" / _PACKAGE
    files = {
        path.relative_to(package.parent).as_posix(): path.read_bytes()
        for path in package.rglob("*")
        if path.suffix in _TYPES
    }
    return {
        f"{FOLDER}main.py": files[f"{_PACKAGE}/history/__main__.py"],
        f"{FOLDER}{_PACKAGE}.zip": zip_bytes(files),
    }
