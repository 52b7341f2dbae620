"""The DAGs and their requirements, as MWAA reads them from its bucket."""

import hashlib
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cloudformation.artefacts.bundle import CERTIFICATES_FILE, ROOT
from cloudformation.errors import DeployError

FOLDER = "dags/"
REQUIREMENTS = "requirements.txt"
# The types and names of files that are uploaded; other files, such as notes and caches, are skipped.
TYPES = {".py", ".sql", ".toml", ".html", ".css", ".js"}
NAMES = {".airflowignore", "constraints.txt"}


def upload(s3: Any, bucket: str, root: Path = ROOT) -> list[str]:
    """Upload `dags/` and `requirements.txt`, delete objects of removed files, and return the changes.

    Only changed content is uploaded, because MWAA installs the requirements again for every new S3 version of
    requirements.txt.
    https://docs.aws.amazon.com/mwaa/latest/userguide/working-dags-dependencies.html

    Raises DeployError if a file is missing in the checkout.
    """
    wanted = contents(root)
    stored = _checksums(s3, bucket)
    changed = [key for key, content in wanted.items() if stored.get(key) != _checksum(content)]
    surplus = [key for key in stored if key not in wanted]
    for key in changed:
        s3.put_object(Bucket=bucket, Key=key, Body=wanted[key], ChecksumAlgorithm="SHA256")
    for key in surplus:
        s3.delete_object(Bucket=bucket, Key=key)
    return [f"{key} uploaded" for key in changed] + [f"{key} removed" for key in surplus]


def requirements_version(s3: Any, bucket: str, root: Path = ROOT) -> str | None:
    """Return the S3 version of requirements.txt, or None if the checkout's content is not uploaded yet.

    Raises DeployError if the bucket does not store versions.
    """
    if REQUIREMENTS not in _checksums(s3, bucket):
        return None
    found = _head(s3, bucket, REQUIREMENTS)
    if found.get("ChecksumSHA256") != _checksum(contents(root)[REQUIREMENTS]):
        return None
    version = str(found.get("VersionId", "null"))
    if version == "null":
        raise DeployError(f"{bucket} must be versioned for MWAA. Deploy the stack foundation again.")
    return version


def contents(root: Path = ROOT) -> dict[str, bytes]:
    """Return the content of every file by its key, in the order of the upload.

    MWAA copies the folder every 30 seconds, so modules are uploaded before the DAG files that import them.
    https://docs.aws.amazon.com/mwaa/latest/userguide/configuring-dag-folder.html
    """
    dags = root / FOLDER
    paths = {
        path.relative_to(root).as_posix(): path
        for path in dags.rglob("*")
        if path.is_file() and (path.suffix in TYPES or path.name in NAMES)
    }
    paths[f"{FOLDER}certificates/{CERTIFICATES_FILE.name}"] = CERTIFICATES_FILE
    paths[REQUIREMENTS] = dags / REQUIREMENTS
    return {key: _read(paths[key]) for key in sorted(paths, key=lambda key: (_is_dag_file(key), key))}


def _is_dag_file(key: str) -> bool:
    return key.endswith(".py") and key.count("/") == 1


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise DeployError(f"{path} is missing. Restore it with `git checkout -- {path}`.") from None


def _checksums(s3: Any, bucket: str) -> dict[str, str]:
    """Return the SHA-256 checksums of the uploaded files by key."""
    keys = [*_keys(s3, bucket, FOLDER), *_keys(s3, bucket, REQUIREMENTS)]
    return {key: _head(s3, bucket, key).get("ChecksumSHA256", "") for key in keys}


def _keys(s3: Any, bucket: str, prefix: str) -> Iterator[str]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        yield from (found["Key"] for found in page.get("Contents", []))


def _head(s3: Any, bucket: str, key: str) -> dict[str, Any]:
    # The checksum is compared instead of the ETag, because the ETag of an object with KMS encryption is not a
    # digest of the content.
    found: dict[str, Any] = s3.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED")
    return found


def _checksum(content: bytes) -> str:
    return b64encode(hashlib.sha256(content).digest()).decode()
