"""The artefacts of the Spark job: its entry point, the code of the pipeline, and an archive of Python."""

import hashlib
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from cloudformation.artefacts.bundle import ROOT, zip_bytes

FOLDER = "history/"
# The archive of Python and its packages, which `make history-archive` builds on Amazon Linux 2023.
ARCHIVE = Path("artefacts") / "history" / "environment.tar.gz"
_PACKAGE = "todo_insights"
_TYPES = {".py", ".sql", ".toml"}


def upload(s3: Any, bucket: str, root: Path = ROOT) -> Iterator[str]:
    """Upload the changed artefacts; yield a line of output for each one, and for a missing archive."""
    for key, content in contents(root).items():
        if _put(s3, bucket, key, content):
            yield f"{key} uploaded"
    archive = root / ARCHIVE
    if not archive.exists():
        yield f"{ARCHIVE} is not built, so todo_history_rebuild uses the last upload: docs/deploy.md"
    elif _put(s3, bucket, f"{FOLDER}{ARCHIVE.name}", archive.read_bytes()):
        yield f"{FOLDER}{ARCHIVE.name} uploaded"


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


def _put(s3: Any, bucket: str, key: str, content: bytes) -> bool:
    checksum = b64encode(hashlib.sha256(content).digest()).decode()
    if _stored_checksum(s3, bucket, key) == checksum:
        return False
    s3.put_object(Bucket=bucket, Key=key, Body=content, ChecksumAlgorithm="SHA256")
    return True


def _stored_checksum(s3: Any, bucket: str, key: str) -> str | None:
    try:
        found = s3.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED")
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            return None
        raise
    return str(found.get("ChecksumSHA256"))
